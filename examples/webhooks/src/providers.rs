//! What is done with a delivery. Every handler is only reached with a body that its provider signed, byte for byte.
//!
//! Providers wait for a few seconds and deliver again when there was no answer, or none with 2xx. So put the work into a queue,
//! under the delivery's id, in one transaction with a look whether that id is there already, and answer.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign::Authenticated;
use serde_json::{Value, json};

/// The fields that name event and delivery are *not* signed: whoever sees a delivery could send its body under the name of
/// another event, so decide by what the body says.
pub(crate) async fn github(caller: Authenticated, headers: HeaderMap, body: Bytes) -> Response {
    let field = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(event), Some(delivery)) = (field("x-github-event"), field("x-github-delivery")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    delivered(&caller, event, delivery, &body)
}

/// The id is in the body, `evt_…`, and stays the same when Stripe delivers again.
pub(crate) async fn stripe(caller: Authenticated, body: Bytes) -> Response {
    let Some(event) = object(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    match (text(&event, "type"), text(&event, "id")) {
        (Some(kind), Some(id)) => delivered(&caller, kind, id, &body),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Events are JSON; commands and buttons are forms, to be parsed by `axum::Form` from the same bytes. When a URL is
/// registered, Slack wants to read a word of its own again.
pub(crate) async fn slack(caller: Authenticated, body: Bytes) -> Response {
    let Some(event) = object(&body) else { return delivered(&caller, "form", "-", &body) };
    match (text(&event, "type"), text(&event, "challenge")) {
        (Some("url_verification"), Some(challenge)) => challenge.to_owned().into_response(),
        (Some(kind), _) => delivered(&caller, kind, text(&event, "event_id").unwrap_or("-"), &body),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The id is signed, and stays the same when the message is sent again.
pub(crate) async fn standard(caller: Authenticated, headers: HeaderMap, body: Bytes) -> Response {
    // Svix sends its own names; the layer has seen to it that both say the same, where there are both.
    let id = ["webhook-id", "svix-id"].iter().find_map(|name| headers.get(*name)?.to_str().ok());
    match (id, object(&body)) {
        (Some(id), Some(message)) => delivered(&caller, text(&message, "type").unwrap_or("-"), id, &body),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn delivered(caller: &Authenticated, event: &str, id: &str, body: &Bytes) -> Response {
    // Which of several secrets it was shows when an old one is no longer used, and can be retired.
    let (provider, secret, bytes) = (caller.method(), caller.secret_label(), body.len());
    tracing::info!(provider, event, id, secret, bytes, "delivered");
    Json(json!({ "provider": provider, "event": event, "id": id })).into_response()
}

fn object(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}
