//! A format of one's own. Whoever calls the service signs with the same description: `countersign::sign_request`, or
//! `countersign::SignLayer` around a tower client.

use std::time::Duration;

use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component, InvalidScheme, TimeUnit};

/// `X-Acme-Signature: v1=<hex>`, HMAC-SHA-256 of what stands here below, each on a line of its own. The body comes last, so that
/// it may have line feeds in it; put it anywhere else, or leave the separator out, and the description is refused.
pub(crate) fn acme() -> Result<CustomScheme, InvalidScheme> {
    CustomScheme::builder("Acme")
        .with_signature_field("x-acme-signature")
        .with_signature_prefix("v1=")
        .with_key_id_field("x-acme-key")
        .with_timestamp_field("x-acme-time", TimeUnit::Seconds)
        .with_leeway(Duration::from_secs(300), Duration::from_secs(60))
        .with_separator("\n")
        .with_components([
            Component::Timestamp,
            Component::Method,
            Component::PathAndQuery,
            Component::Field("content-type"),
            Component::Body,
        ])
        .build()
}
