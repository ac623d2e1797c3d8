//! Sentry's signed messages by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use countersign::{Clock as _, SystemClock};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{StatusCode, header};
use sha1::Sha1;

/// For `axum::middleware::from_fn_with_state`: the same messages, read and verified as people do it by hand, and as Sentry
/// 2.0 signed them alone.
pub(crate) async fn require_sentry_signature(
    State(key): State<Arc<[u8]>>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let credentials = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let list = credentials.and_then(|value| value.strip_prefix("Sentry ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let (mut signature, mut timestamp) = (None, None);
    for (name, value) in list.split(',').filter_map(|item| item.trim().split_once('=')) {
        match name {
            "sentry_signature" => signature = Some(value),
            "sentry_timestamp" => timestamp = Some(value),
            _ => {}
        }
    }
    let (Some(signature), Some(timestamp)) = (signature, timestamp) else { return Err(StatusCode::UNAUTHORIZED) };
    let signed_at: f64 = timestamp.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let now = SystemClock::new().now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    if signed_at < now.as_secs_f64() - 3600.0 {
        return Err(StatusCode::GONE);
    }
    let signature = hex::decode(signature).map_err(|_| StatusCode::FORBIDDEN)?;

    let body = to_bytes(body, 2 << 20).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    mac.update(format!("{timestamp} ").as_bytes());
    mac.update(&body);
    mac.verify_slice(&signature).map_err(|_| StatusCode::FORBIDDEN)?;
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}
