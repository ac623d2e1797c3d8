//! HMAC signatures by hand.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{StatusCode, header};
use sha2::Sha256;
use tower::{Layer as _, service_fn};

use crate::case::Row;
use crate::service::handle;
use crate::signature::{Key, LIMIT};

pub(crate) fn row(keys: Vec<Key>) -> Row {
    let secrets: HashMap<_, _> = keys.into_iter().map(|key| (key.id, key.secret.into_bytes())).collect();
    let layer = from_fn_with_state(Arc::new(secrets), require_signature);
    Row::serve("axum from_fn by hand", layer.layer(service_fn(handle)))
}

/// Whose key.
#[derive(Clone)]
#[allow(dead_code, reason = "a handler would read it")]
struct Partner(String);

/// For `axum::middleware::from_fn_with_state`: the same format, read and verified as people do it by hand. It knows neither
/// queries that are not in their canonical form already nor anything else that few requests have.
async fn require_signature(
    State(secrets): State<Arc<HashMap<String, Vec<u8>>>>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let (mut head, body) = request.into_parts();
    let credentials = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credentials = credentials.and_then(|value| value.strip_prefix("USTUDIO-HMAC-V2 "));
    let (key_id, signature) = credentials.and_then(|value| value.split_once(' ')).ok_or(StatusCode::UNAUTHORIZED)?;
    let signature = hex::decode(signature).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let secret = secrets.get(key_id).ok_or(StatusCode::UNAUTHORIZED)?;

    let body = to_bytes(body, LIMIT).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let prefix = format!("{}\n{}\n{}\n", head.method, head.uri.path(), head.uri.query().unwrap_or_default());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    mac.update(prefix.as_bytes());
    mac.update(&body);
    mac.verify_slice(&signature).map_err(|_| StatusCode::UNAUTHORIZED)?;

    let partner = Partner(key_id.to_owned());
    head.extensions.insert(partner);
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}
