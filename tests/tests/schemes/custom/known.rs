//! Known formats, described: they come out as those that are written by hand.

use std::time::Duration;

use countersign::AuthErrorKind;
use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component, TimeUnit};
use countersign::hmac::{Encoding, HmacScheme as _, KeyDecoding};

use crate::harness::{Decision, assert_verdicts, vectors};
use crate::mutation::assert_covers;

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);

fn versioned(name: &'static str, signature: &'static str, time: &'static str) -> CustomScheme {
    CustomScheme::builder(name)
        .with_signature_field(signature)
        .with_signature_prefix("v0=")
        .with_timestamp_field(time, TimeUnit::Seconds)
        .with_separator(":")
        .with_components([Component::Literal("v0"), Component::Timestamp, Component::Body])
        .build()
        .unwrap()
}

fn slack() -> CustomScheme {
    versioned("Slack", "x-slack-signature", "x-slack-request-timestamp")
}

fn zoom() -> CustomScheme {
    versioned("Zoom", "x-zm-signature", "x-zm-request-timestamp")
}

fn razorpay() -> CustomScheme {
    let description = CustomScheme::builder("Razorpay").with_signature_field("x-razorpay-signature");
    description.with_component(Component::Body).with_insecure_no_timestamp().build().unwrap()
}

fn standard_webhooks() -> CustomScheme {
    CustomScheme::builder("Standard-Webhooks")
        .with_signature_field("webhook-signature")
        .with_signature_prefix("v1,")
        .with_several_signatures(' ')
        .with_encoding(Encoding::Base64)
        .with_key_decoding(KeyDecoding::Base64 { prefix: "whsec_" })
        .with_timestamp_field("webhook-timestamp", TimeUnit::Seconds)
        .with_leeway(Duration::from_secs(300), Duration::from_secs(300))
        .with_separator(".")
        .with_components([Component::Id("webhook-id"), Component::Timestamp, Component::Body])
        .build()
        .unwrap()
}

const STANDARD: &[Decision] = &[
    ("malformed-member", Ok(()), Ok(()), "a member of another version is left alone, whatever it is"),
    ("ts-fraction", MALFORMED, MALFORMED, "a time has one spelling"),
    ("ts-plus-sign", MALFORMED, MALFORMED, "a time has one spelling"),
    ("dot-in-id-ambiguity-forged", MALFORMED, MALFORMED, "bytes could be moved between id, time and body"),
];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("slack"), |vector| vector.layer(slack()), &[], &[]).await;
    assert_verdicts(&vectors("zoom"), |vector| vector.layer(zoom()), &[], &[]).await;
    assert_verdicts(&vectors("razorpay"), |vector| vector.layer(razorpay()), &[], &[]).await;
    let rows: Vec<_> = vectors("standard-webhooks").into_iter().filter(|vector| vector.id != "svix-headers").collect();
    assert_verdicts(&rows, |vector| vector.layer(standard_webhooks()), STANDARD, &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for (file, scheme, fields) in [
        ("slack", slack(), &["x-slack-signature", "x-slack-request-timestamp"][..]),
        ("zoom", zoom(), &["x-zm-signature", "x-zm-request-timestamp"]),
        ("razorpay", razorpay(), &["x-razorpay-signature"]),
    ] {
        for vector in vectors(file).into_iter().filter(|vector| vector.is_valid()) {
            assert_eq!(vector.signed_anew(&scheme, fields).headers(), vector.request.headers(), "{file} {}", vector.id);
        }
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let fields = ["x-slack-signature", "x-slack-request-timestamp"];
    assert_covers(&vectors("slack"), |vector| vector.layer(slack()), slack().profile().covers(), &fields).await;
}
