//! What is guarded: it tells what reached it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use bytes::Bytes;
use countersign::Authenticated;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_http::decompression::RequestDecompressionLayer;

use super::{Counters, Scheme, Settings};

/// Answers 200 on every path, once it has the whole body.
pub(super) fn inner(settings: &Settings, counters: &Counters) -> Router {
    let inner = Inner {
        counters: counters.clone(),
        max_body: settings.max_body,
        timeout: settings.body_timeout,
        limits_are_its_own: matches!(settings.scheme, Scheme::Bearer | Scheme::Oauth) || settings.inflate,
    };
    let router = Router::new().fallback(answer).with_state(inner);
    if settings.inflate { router.layer(RequestDecompressionLayer::new()) } else { router }
}

#[derive(Clone)]
struct Inner {
    counters: Counters,
    max_body: usize,
    timeout: Duration,
    /// Tokens say nothing of a body, and what is inflated inside the guard was not judged by it. Every other body has to
    /// be within the limits when it gets here.
    limits_are_its_own: bool,
}

impl Inner {
    async fn read(&self, body: Body) -> Result<Bytes, StatusCode> {
        let error = match tokio::time::timeout(self.timeout, Limited::new(body, self.max_body).collect()).await {
            Ok(Ok(body)) => return Ok(body.to_bytes()),
            _ if !self.limits_are_its_own => StatusCode::INTERNAL_SERVER_ERROR,
            Ok(Err(error)) if error.is::<LengthLimitError>() => StatusCode::PAYLOAD_TOO_LARGE,
            Ok(Err(_)) => StatusCode::BAD_REQUEST,
            Err(_) => StatusCode::REQUEST_TIMEOUT,
        };
        Err(error)
    }
}

async fn answer(State(inner): State<Inner>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = match inner.read(body).await {
        Ok(body) => body,
        Err(status) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            return response;
        }
    };
    inner.counters.count_inner_call();
    let uri = head.extensions.get::<OriginalUri>().map_or(&head.uri, |original| &original.0);
    let identity = Authenticated::of(&head.extensions).map(Authenticated::subject);
    let seen = [
        ("x-inner-called", Some("1")),
        ("x-inner-method", Some(head.method.as_str())),
        ("x-inner-path", Some(uri.path())),
        ("x-inner-query", uri.query()),
        ("x-inner-identity", identity),
    ];
    let mut response = Response::new(Body::from(body));
    for (name, value) in seen {
        if let Some(value) = value {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("it came from a head");
            response.headers_mut().insert(name, value);
        }
    }
    response
}
