//! The `webhook-verify` crate's layer.

use std::convert::Infallible;

use axum::body::Body;
use http::Request;
use tower::{Layer as _, ServiceExt, service_fn};
use webhook_verify::tower::VerifyLayer;
use webhook_verify::{Provider, Secret};

use crate::case::Row;
use crate::service::handle;
use crate::signature::Key;

pub(crate) fn row(provider: Provider, key: Key) -> Row {
    let layer = VerifyLayer::<Body>::new(provider, Secret::new(key.secret));
    let service = layer.layer(service_fn(handle::<Body>));
    let service =
        ServiceExt::<Request<Body>>::map_err(service, |error| -> Infallible { panic!("it breaks off: {error}") });
    Row::serve("webhook-verify", service)
}
