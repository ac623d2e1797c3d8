//! Serves HTTP/1.1 and HTTP/2 (prior knowledge) with the limits that a server needs in the open: `axum::serve` has none.
//! Nothing in here is about authentication; take the file as it is.

use std::error::Error;
use std::future::{self, Future};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tower::{Service, ServiceExt};

/// How long a connection may take to send a whole head; on HTTP/1.1 also how long it may be idle between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How often an HTTP/2 connection is asked whether anybody is still there, and how long the answer may take.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests in progress may take once the server was told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets requests in progress finish, for a bounded time.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S, stop: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: Body<Error: Into<Box<dyn Error + Send + Sync>>, Data: Send> + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING_INTERVAL).keep_alive_timeout(PING_TIMEOUT);
    let graceful = GracefulShutdown::new();

    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Without this, small answers wait for the network's own timers. If it fails, they are slow, not wrong.
        let _ = stream.set_nodelay(true);
        let first_request = Arc::new(Notify::new());
        let arrived = first_request.clone();
        let service = service.clone().map_request(move |request| {
            arrived.notify_one();
            request
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            tokio::select! {
                result = connection => if let Err(error) = result {
                    tracing::debug!(error, "connection failed");
                },
                () = too_late(&first_request) => tracing::debug!("connection closed: no request in time"),
            }
        });
    }

    drop(listener);
    let open = graceful.count();
    tracing::info!(open, "stopping");
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests in progress: they took longer than {DRAIN_TIMEOUT:?}");
    }
}

/// Done when a connection's first request is overdue. hyper's own timeouts begin once it knows which version of HTTP is
/// spoken, and who sends nothing never lets it know.
async fn too_late(first_request: &Notify) {
    if timeout(HEAD_TIMEOUT, first_request.notified()).await.is_ok() {
        future::pending().await
    }
}

/// Connections that failed before they were accepted concern nobody else. Other errors (no file descriptors left) stay for
/// a while, and trying again at once would only burn time.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "cannot accept connections");
        sleep(Duration::from_secs(1)).await;
    }
}

/// Done at Ctrl-C or SIGTERM. Listens from the moment of this call.
#[cfg(unix)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done at Ctrl-C. Listens from the moment of this call.
#[cfg(windows)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
