//! Client and server on one thread, so that all that both of them hold is counted.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::{AuthErrorKind, HmacAuthLayer};
use countersign_tests::Server;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tower::Layer as _;

use crate::upload::Upload;

/// What a handler got of an upload, and what that took.
#[derive(Debug)]
pub struct Outcome {
    pub status: u16,
    /// How many bytes the handler got, and what it got after them.
    pub bytes: usize,
    pub refused: Option<AuthErrorKind>,
    /// The most bytes that were held at any one time, by client and server together.
    pub held: u64,
}

/// Sends an upload under this head to a server behind this layer, whose handler counts.
pub fn exchange(layer: &HmacAuthLayer, head: &Request<()>, upload: Upload) -> Outcome {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let got = Arc::new(Mutex::new((0, None)));
    let mut status = 0;
    let measured = allocation_counter::measure(|| {
        status = runtime.block_on(send(layer, head.clone().map(|()| upload), got.clone()));
    });
    let (bytes, refused) = *got.lock().unwrap();
    Outcome { status, bytes, refused, held: measured.bytes_max }
}

type Got = Arc<Mutex<(usize, Option<AuthErrorKind>)>>;

async fn send(layer: &HmacAuthLayer, request: Request<Upload>, got: Got) -> u16 {
    let service = layer.layer(tower::service_fn(move |request: Request<AuthBody<Incoming>>| {
        let got = got.clone();
        async move {
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => got.lock().unwrap().0 += frame.into_data().unwrap().len(),
                    Err(error) => got.lock().unwrap().1 = error.refusal().map(countersign::AuthError::kind),
                }
            }
            let status = if got.lock().unwrap().1.is_some() { 401 } else { 201 };
            Ok::<_, Infallible>(Response::builder().status(status).body(Full::<Bytes>::default()).unwrap())
        }
    }));
    let server = Server::start(service).await;
    let stream = TokioIo::new(TcpStream::connect(server.address()).await.unwrap());
    let (mut client, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.send_request(request).await.unwrap().status().as_u16()
}
