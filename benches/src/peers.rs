//! What people would use instead, written as they write it.

pub(crate) mod bearer;
pub(crate) mod grpc;
pub(crate) mod rfc9421;
pub(crate) mod sentry;
pub(crate) mod signature;
pub(crate) mod sigv4;
pub(crate) mod standard_webhooks;
pub(crate) mod webhook_verify;

use std::convert::Infallible;

use axum::body::Body;
use http::{Response, StatusCode};

/// What a service answers itself.
#[allow(clippy::unnecessary_wraps, reason = "a service answers with a result")]
fn refuse(status: StatusCode) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    Ok(response)
}
