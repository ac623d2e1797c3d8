//! The two documents below `/.well-known/`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::answer;
use crate::metadata::Metadata;
use crate::server::Server;

/// RFC 8414.
pub(crate) async fn authorization_server(State(server): State<Arc<Server>>) -> Response {
    document(&metadata(&server).authorization_server())
}

/// RFC 9728.
pub(crate) async fn protected_resource(State(server): State<Arc<Server>>) -> Response {
    document(&metadata(&server).protected_resource())
}

fn metadata(server: &Server) -> Metadata<'_> {
    Metadata {
        issuer: &server.issuer,
        scopes: &server.scopes,
        implicit: server.implicit,
        refresh: server.refresh.is_some(),
    }
}

/// For everybody, pages of other origins included, and good for a while.
fn document(value: &Value) -> Response {
    let mut response = answer::json(StatusCode::OK, value);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
