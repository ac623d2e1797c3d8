//! The server: two services, each behind a layer that demands what a signature can cover there.

use std::future::Future;
use std::io::{self, Write as _, stdout};
use std::net::SocketAddr;
use std::time::Duration;

use countersign::hmac::Coverage;
use countersign::hmac::schemes::Rfc9421;
use countersign::{Authenticated, HmacAuthLayer, MemoryStore, Secret};
use http::HeaderName;
use tokio::sync::Notify;
use tokio::time::sleep;
use tonic::service::LayerExt as _;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use crate::depot::orders_server::{Orders, OrdersServer};
use crate::depot::uploads_server::{Uploads, UploadsServer};
use crate::depot::{Chunk, Order, Placed, Uploaded};
use crate::digest::StreamDigest;
use crate::{Failure, KEY_ID, UPLOAD_DIGEST};

/// How long a call may take until its answer begins: a whole upload, too.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
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
/// The longest upload, in bytes.
const LONGEST_UPLOAD: usize = 64 << 20;

/// All that can be known before the first message is there. The body is not in it, and that has to be said: unless told
/// otherwise, a layer demands the body.
const HEAD: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::NONCE);

pub(crate) async fn run(address: &str, secret: Secret) -> Result<(), Failure> {
    let address: SocketAddr = address.parse().map_err(|_| format!("{address} is no address like 127.0.0.1:3000"))?;

    // Both layers remember which calls were made, in the memory of this process; several instances share a store:
    // `.with_replay_protection(store)`.
    let keys = MemoryStore::new().with_secret(KEY_ID, secret);
    let whole = HmacAuthLayer::new(Rfc9421::new(), keys.clone());
    let head = HmacAuthLayer::new(Rfc9421::new(), keys)
        .with_required_components(HEAD)
        .with_required_field(HeaderName::from_static(UPLOAD_DIGEST));

    let server = Server::builder()
        .timeout(CALL_TIMEOUT)
        .http2_keepalive_interval(Some(PING_INTERVAL))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
        .max_connection_age(LONGEST_CONNECTION)
        .max_connection_age_grace(LAST_CALLS)
        .max_concurrent_streams(CALLS_AT_ONCE)
        // One layer for one service: what a signature has to cover differs. `named_layer` keeps the service's name, by which
        // tonic finds the way to it.
        .add_service(whole.named_layer(OrdersServer::new(Depot)))
        .add_service(head.named_layer(UploadsServer::new(Depot)));

    let incoming = TcpIncoming::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let incoming = incoming.with_nodelay(Some(true));
    let (address, stop) = (incoming.local_addr()?, stop_signal()?);
    writeln!(stdout(), "listening on {address}")?;

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

/// Both services. Their methods are only reached by signed calls.
#[derive(Debug)]
struct Depot;

/// Who calls. The layer has put it there; if somebody removes the layer, calls fail instead of being anybody's.
fn caller<T>(request: &Request<T>) -> Result<Authenticated, Status> {
    let caller = Authenticated::of(request.extensions()).cloned();
    caller.ok_or_else(|| Status::internal("no layer has authenticated this call"))
}

#[tonic::async_trait]
impl Orders for Depot {
    async fn place(&self, request: Request<Order>) -> Result<Response<Placed>, Status> {
        let caller = caller(&request)?;
        let (who, covered, item) = (caller.subject(), caller.covered(), &request.get_ref().item);
        Ok(Response::new(Placed { text: format!("{item} for {who}; covered {covered:?}") }))
    }
}

#[tonic::async_trait]
impl Uploads for Depot {
    async fn upload(&self, request: Request<Streaming<Chunk>>) -> Result<Response<Uploaded>, Status> {
        let caller = caller(&request)?;
        let announced = request.metadata().get(UPLOAD_DIGEST).cloned();
        let announced = announced.ok_or_else(|| Status::internal("the layer does not demand the digest"))?;
        let (mut chunks, mut digest, mut count, mut bytes) = (request.into_inner(), StreamDigest::default(), 0, 0);
        while let Some(Chunk { data }) = chunks.message().await? {
            bytes += data.len();
            if bytes > LONGEST_UPLOAD {
                return Err(Status::resource_exhausted("the upload is too long"));
            }
            // Somebody unknown may have sent this chunk: up to here it would be written to a temporary place.
            digest.feed(&data);
            count += 1;
        }
        if digest.spelled() != announced {
            return Err(Status::data_loss("the chunks are not what was announced"));
        }
        // Only now it counts.
        let (who, covered) = (caller.subject(), caller.covered());
        Ok(Response::new(Uploaded { text: format!("{bytes} bytes in {count} chunks from {who}; covered {covered:?}") }))
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
