//! The server: two services behind one layer.

use std::future::Future;
use std::io::{self, Write as _, stdout};
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use countersign::{
    Authenticated, BearerTokenLayer, Clock, MemoryStore, RequireScopeLayer, RequiredScopes, SystemClock, TokenFormat,
    TokenInfo,
};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_stream::{Stream, StreamExt as _};
use tonic::service::LayerExt as _;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use crate::Failure;
use crate::post::gate_server::{Gate, GateServer};
use crate::post::post_server::{Post, PostServer};
use crate::post::{Caller, CountRequest, Line, Number, OpenReply, OpenRequest, WhoAmIRequest};

/// How long a call may take until its answer begins; a stream may go on for longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a connection is asked whether anybody is still there, and how long the answer may take.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may last, and how much longer its calls in progress. It also ends connections on which nobody
/// ever says anything.
const LONGEST_CONNECTION: Duration = Duration::from_secs(30 * 60);
const LAST_CALLS: Duration = Duration::from_secs(5 * 60);
/// How many calls one connection may have in progress.
const CALLS_AT_ONCE: u32 = 100;
/// How long calls in progress may take once the server was told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn run(address: &str) -> Result<(), Failure> {
    let address: SocketAddr = address.parse().map_err(|_| format!("{address} is no address like 127.0.0.1:3000"))?;

    // New at every start, so that nobody deploys the tokens of an example.
    let format = TokenFormat::new("post")?;
    let now = SystemClock::new().now();
    let (of_ada, of_bob) = (format.mint(now), format.mint(now));
    let store = MemoryStore::new()
        .with_token(of_ada.expose_secret(), TokenInfo::new("ada").with_scope("gate:open".parse()?))
        .with_token(of_bob.expose_secret(), TokenInfo::new("bob"));

    let gate = RequireScopeLayer::new(RequiredScopes::all_of("gate:open".parse()?));
    let server = Server::builder()
        .timeout(CALL_TIMEOUT)
        .http2_keepalive_interval(Some(PING_INTERVAL))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
        .max_connection_age(LONGEST_CONNECTION)
        .max_connection_age_grace(LAST_CALLS)
        .max_concurrent_streams(CALLS_AT_ONCE)
        // Around everything, unknown services included: who has no token does not even learn what there is.
        .layer(BearerTokenLayer::new(store))
        .add_service(PostServer::new(Greeter))
        // `named_layer` keeps the service's name, by which tonic finds the way to it.
        .add_service(gate.named_layer(GateServer::new(Greeter)));

    let incoming = TcpIncoming::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let incoming = incoming.with_nodelay(Some(true));
    let (address, stop) = (incoming.local_addr()?, stop_signal()?);
    let mut out = stdout();
    writeln!(out, "listening on {address}; try these in another terminal:\n")?;
    for token in [&of_ada, &of_bob] {
        writeln!(out, "TOKEN={} cargo run -p tonic-bearer -- client http://{address}", token.expose_secret())?;
    }

    let told = Notify::new();
    let stop = async {
        stop.await;
        tracing::info!("stopping");
        told.notify_one();
    };
    tokio::select! {
        served = server.serve_with_incoming_shutdown(incoming, stop) => served?,
        () = async { told.notified().await; sleep(DRAIN_TIMEOUT).await } => {
            tracing::warn!("stopped with calls in progress: they took longer than {DRAIN_TIMEOUT:?}");
        }
    }
    Ok(())
}

/// Both services. Their methods are only reached with a good token.
#[derive(Debug)]
struct Greeter;

/// Who calls. The layer has put it there; if somebody removes the layer, calls fail instead of being anybody's.
fn caller<T>(request: &Request<T>) -> Result<Authenticated, Status> {
    let caller = Authenticated::of(request.extensions()).cloned();
    caller.ok_or_else(|| Status::internal("no layer has authenticated this call"))
}

#[tonic::async_trait]
impl Post for Greeter {
    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Result<Response<Caller>, Status> {
        let caller = caller(&request)?;
        let scope = caller.token().map(|token| token.scope().to_string()).unwrap_or_default();
        Ok(Response::new(Caller { subject: caller.subject().to_owned(), scope }))
    }

    type CountStream = Pin<Box<dyn Stream<Item = Result<Number, Status>> + Send>>;

    async fn count(&self, request: Request<CountRequest>) -> Result<Response<Self::CountStream>, Status> {
        let numbers = (1..=request.into_inner().up_to).map(|value| Ok(Number { value }));
        Ok(Response::new(Box::pin(tokio_stream::iter(numbers).throttle(Duration::from_millis(300)))))
    }

    type TalkStream = Pin<Box<dyn Stream<Item = Result<Line, Status>> + Send>>;

    async fn talk(&self, request: Request<Streaming<Line>>) -> Result<Response<Self::TalkStream>, Status> {
        // The token was judged when the call began. A stream that outlives its token goes on: end it here if it must not.
        let caller = caller(&request)?;
        let answer = move |line: Line| Line { text: format!("{} said {}", caller.subject(), line.text) };
        Ok(Response::new(Box::pin(request.into_inner().map(move |line| line.map(&answer)))))
    }
}

#[tonic::async_trait]
impl Gate for Greeter {
    async fn open(&self, request: Request<OpenRequest>) -> Result<Response<OpenReply>, Status> {
        Ok(Response::new(OpenReply { text: format!("open for {}", caller(&request)?.subject()) }))
    }
}

/// Done at Ctrl-C or SIGTERM. Listens from the moment of this call.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
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
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
