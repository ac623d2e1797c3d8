//! Formats that are described.

mod hostile;
mod known;
mod requests;
mod signed_alike;
mod unsafe_descriptions;

use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component, CustomSchemeBuilder, TimeUnit};

/// A format that has a bit of everything.
fn acme() -> CustomSchemeBuilder {
    CustomScheme::builder("Acme")
        .with_signature_field("x-acme-signature")
        .with_signature_prefix("v1=")
        .with_key_id_field("x-acme-key")
        .with_timestamp_field("x-acme-time", TimeUnit::Milliseconds)
        .with_nonce_field("x-acme-nonce")
        .with_separator("\n")
        .with_components([
            Component::Literal("acme"),
            Component::Timestamp,
            Component::Nonce,
            Component::KeyId,
            Component::Method,
            Component::TargetUri,
            Component::Field("content-type"),
            Component::Id("x-acme-delivery"),
            Component::Body,
        ])
}
