//! The server: a tower service of functions, with the layer around it.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use bytes::Bytes;
use countersign::body::{AuthBody, BodyError};
use countersign::hmac::schemes::UstudioV2;
use countersign::{Authenticated, HmacAuthLayer, MemoryStore, Secret};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::net::TcpListener;
use tower::ServiceBuilder;

use crate::{Failure, KEY_ID, serve};

pub(crate) async fn run(address: &str, secret: Secret) -> Result<ExitCode, Failure> {
    let store = MemoryStore::new().with_secret(KEY_ID, secret);
    // The format signs neither time nor nonce: who sees a signed request can send it again. If that matters, choose a format
    // with a time, or add `.with_replay_protection_for(store, remember)`.
    let service = ServiceBuilder::new().layer(HmacAuthLayer::new(UstudioV2::new(), store)).service_fn(answer);

    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let stop = serve::stop_signal()?;
    writeln!(stdout(), "listening on {}", listener.local_addr()?)?;
    serve::serve(listener, service, stop).await;
    Ok(ExitCode::SUCCESS)
}

/// Only called for requests that are signed with the secret. The body is what was verified, and no longer than the layer
/// allows.
async fn answer(request: Request<AuthBody<Incoming>>) -> Result<Response<Full<Bytes>>, BodyError> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let caller = Authenticated::of(&head.extensions).map_or("nobody", Authenticated::subject);
    let text = format!("{caller} sent {} {} with {} bytes of body\n", head.method, head.uri, body.len());
    Ok(Response::new(Full::new(text.into())))
}
