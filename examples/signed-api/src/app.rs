//! The routes, and what stands in front of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::get;
use countersign::hmac::schemes::Rfc9421;
use countersign::{Authenticated, BearerTokenLayer, ChallengeText, HmacAuthLayer};
use countersign_sqlx::SqliteStore;

/// Everything.
pub(crate) fn router(store: &SqliteStore) -> Router {
    // Unless told otherwise this demands that method, authority, path, query, time and body are covered, whatever the sender
    // says it has signed. Spent nonces are in the same file: a request is good once, also after a restart. Several instances
    // share a PostgreSQL database or a Redis instead.
    let signed = HmacAuthLayer::new(Rfc9421::new(), store.clone()).with_replay_protection(store.clone());
    let token = BearerTokenLayer::new(store.clone()).with_realm(ChallengeText::from_static("signed-api"));

    // A token is good as often as it is sent, and says nothing of the request. So orders are signed, and who only reads may do
    // with either: the one that a request has is judged; both at once are refused.
    let either = token.or(signed.clone());
    let orders = Router::new()
        .route("/orders", get(show).post(show))
        .route(
            "/busy",
            get({
                let busy = Arc::<AtomicBool>::default();
                async move |caller, method, uri, body| match busy.fetch_not(Ordering::Relaxed) {
                    false => Err(StatusCode::SERVICE_UNAVAILABLE),
                    true => Ok(show(caller, method, uri, body).await),
                }
            }),
        )
        // Inside the layer too: strangers do not learn which paths there are.
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(signed);
    Router::new().route("/reports", get(show)).layer(either).fallback_service(orders)
}

/// Only reached by requests that were let through. The body is what was signed.
async fn show(caller: Authenticated, method: Method, uri: Uri, body: Bytes) -> String {
    let (who, how, bytes) = (caller.subject(), caller.method(), body.len());
    format!("{who} sent {method} {uri} with {bytes} bytes of body; {how} covered {:?}\n", caller.covered())
}
