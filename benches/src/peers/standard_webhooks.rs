//! The `standardwebhooks` crate, called by a service: it has no layer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use standardwebhooks::Webhook;
use tower::service_fn;

use crate::case::Row;
use crate::peers::refuse;
use crate::service::handle;
use crate::signature::{Key, LIMIT};

pub(crate) fn row(key: &Key) -> Row {
    let webhook = Arc::new(Webhook::new(&key.secret).expect("the secret is spelled as it has to be"));
    Row::serve("standardwebhooks", service_fn(move |request| verify(webhook.clone(), request)))
}

async fn verify(webhook: Arc<Webhook>, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else { return refuse(StatusCode::PAYLOAD_TOO_LARGE) };
    match webhook.verify(&body, &head.headers) {
        Ok(()) => handle(Request::from_parts(head, Body::from(body))).await,
        Err(_) => refuse(StatusCode::UNAUTHORIZED),
    }
}
