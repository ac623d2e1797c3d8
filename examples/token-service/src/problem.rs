//! What goes wrong in a handler, as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::StoreError;
use serde_json::json;

/// What went wrong, for the caller to read.
#[derive(Debug)]
pub(crate) struct Problem(StatusCode, &'static str);

impl Problem {
    pub(crate) const fn bad_request(detail: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) const fn forbidden(detail: &'static str) -> Self {
        Self(StatusCode::FORBIDDEN, detail)
    }

    pub(crate) const fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, "you have no such token")
    }

    /// The store could not do it: nothing is pretended.
    pub(crate) fn store(error: &StoreError, detail: &'static str) -> Self {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        tracing::error!(%error, cause, detail, "the store failed");
        Self(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(status, detail) = self;
        let body = json!({ "status": status.as_u16(), "title": status.canonical_reason(), "detail": detail });
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
