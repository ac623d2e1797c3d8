//! What a client gets (RFC 6749 §5.1).

use axum::response::Response;
use countersign::Scope;
use http::StatusCode;
use serde_json::json;

use crate::answer;
use crate::minted::{Minted, Refresh};

/// The token, and how long and for what it is good.
pub(super) fn token(minted: &Minted, refresh: Option<&Refresh>, scope: &Scope) -> Response {
    let mut body = json!({
        "access_token": minted.token.expose_secret(),
        "token_type": "Bearer",
        "expires_in": minted.expires_in,
        "expires_at": minted.expires_at(),
        "scope": scope.to_string(),
    });
    if let (Some(refresh), Some(fields)) = (refresh, body.as_object_mut()) {
        fields.insert("refresh_token".to_owned(), refresh.token.expose_secret().into());
    }
    answer::json(StatusCode::OK, &body)
}
