//! The routes, each behind the layer of its provider.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use countersign::HmacAuthLayer;
use countersign::hmac::schemes::{GitHub, Slack, StandardWebhooks, Stripe};

use crate::providers;
use crate::secrets::SharedStore;

/// The longest payload that GitHub sends, in bytes ("Webhook events and payloads"); the others stay far below the 2 MiB that
/// a layer reads unless told otherwise.
const LONGEST_GITHUB_PAYLOAD: usize = 25 * 1024 * 1024;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Everything.
pub(crate) fn router(store: &SharedStore) -> Result<Router, Box<dyn Error>> {
    // GitHub signs neither time nor delivery id, so a delivery could be sent again for ever: here its body is accepted once an
    // hour. The price: a redelivery that you ask for within the hour is refused too, also when the handler failed.
    let github = HmacAuthLayer::new(GitHub::new(), store.clone())
        .with_replay_protection_for(store.clone(), HOUR)
        .with_body_limit(LONGEST_GITHUB_PAYLOAD);

    // These sign a time, and sign again when they deliver again: what was seen is a replay, and is remembered in the store, so
    // that it stays one after a restart and on all instances.
    let stripe = HmacAuthLayer::new(Stripe::new(), store.clone()).with_replay_protection(store.clone());
    let slack = HmacAuthLayer::new(Slack::new(), store.clone()).with_replay_protection(store.clone());
    let standard = HmacAuthLayer::new(StandardWebhooks::new(), store.clone()).with_replay_protection(store.clone());

    Ok(Router::new()
        .route("/github", post(providers::github).layer(github))
        .route("/stripe", post(providers::stripe).layer(stripe))
        .route("/slack", post(providers::slack).layer(slack))
        .route("/standard", post(providers::standard).layer(standard))
        .fallback(async || StatusCode::NOT_FOUND)
        // The layers have limited the bodies; axum's own, lower limit would refuse what GitHub may send.
        .layer(DefaultBodyLimit::disable()))
}
