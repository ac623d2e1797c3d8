//! Providers that sign with the old and the new secret at once, in one field, while their customers change over.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::custom::{Component, TimeUnit};
use countersign::hmac::schemes::{CustomScheme, Paddle, StandardWebhooks, Stripe};
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer, ManualClock, Secret, SecretVersion, Secrets, store_fn};
use countersign_tests::{Inner, Script, signed_by};
use http::{HeaderValue, Request};
use tower::{Layer as _, ServiceExt as _};

const BODY: &[u8] = b"{\"a\":1}";

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// Spelled as Standard Webhooks spell them; to the others it is a text like any other.
fn secret(name: char) -> Secret {
    Secret::new(format!("whsec_{}", name.to_string().repeat(44))).unwrap()
}

/// What a webhook carries that was signed with this secret.
fn field(scheme: &impl HmacScheme, name: &'static str, with: char) -> String {
    let request = Request::post("/hook").header("webhook-id", "msg_1");
    let signed = signed_by(("key", &secret(with)), now(), scheme, request, BODY);
    signed.headers()[name].to_str().unwrap().to_owned()
}

/// A webhook with these signatures, at a server that knows these secrets, newest first: which of them matched.
async fn receive(
    scheme: &(impl HmacScheme + Clone),
    (name, value): (&'static str, &str),
    known: &[char],
) -> Result<Option<String>, AuthErrorKind> {
    let versions = known.iter().map(|name| SecretVersion::new(secret(*name)).with_label(name.to_string()));
    let secrets: Secrets = versions.collect();
    let store = store_fn(move |_| std::future::ready(Ok(secrets.clone())));
    let layer = HmacAuthLayer::new(scheme.clone(), store).with_clock(ManualClock::new(now()));
    let request = Request::post("/hook").header("webhook-id", "msg_1");
    let mut request = signed_by(("key", &secret('x')), now(), scheme, request, BODY);
    *request.body_mut() = Script::of(Bytes::from_static(BODY));
    request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    let inner = Inner::new();
    let answer = layer.layer(inner.clone()).oneshot(request).await.unwrap();
    match answer.extensions().get::<AuthError>() {
        Some(error) => Err(error.kind()),
        None => Ok(inner.last().caller().secret_label().map(str::to_owned)),
    }
}

/// Holds a format to it; `join` makes one value of two.
async fn verifies_under_either(
    scheme: impl HmacScheme + Clone,
    name: &'static str,
    join: impl Fn(&str, &str) -> String,
) {
    let (old, new) = (field(&scheme, name, 'o'), field(&scheme, name, 'n'));
    for both in [join(&old, &new), join(&new, &old)] {
        for (known, matched) in [("o", "o"), ("n", "n"), ("no", "n"), ("on", "o")] {
            let known: Vec<char> = known.chars().collect();
            let found = receive(&scheme, (name, &both), &known).await;
            assert_eq!(found, Ok(Some(matched.to_owned())), "{name}: {both} by {known:?}");
        }
        assert_eq!(receive(&scheme, (name, &both), &['s']).await, Err(AuthErrorKind::BadSignature), "{name}");
    }
    // A provider that has changed over no longer signs with the old one.
    assert_eq!(receive(&scheme, (name, &new), &['o']).await, Err(AuthErrorKind::BadSignature), "{name}");
    assert_eq!(receive(&scheme, (name, &new), &['n', 'o']).await, Ok(Some("n".to_owned())), "{name}");
}

#[tokio::test]
async fn stripe() {
    let join = |one: &str, other: &str| format!("{one},{}", other.split_once(',').unwrap().1);
    verifies_under_either(Stripe::new(), "stripe-signature", join).await;
}

#[tokio::test]
async fn paddle() {
    let join = |one: &str, other: &str| format!("{one};{}", other.split_once(';').unwrap().1);
    verifies_under_either(Paddle::new(), "paddle-signature", join).await;
}

#[tokio::test]
async fn standard_webhooks() {
    verifies_under_either(StandardWebhooks::new(), "webhook-signature", |one, other| format!("{one} {other}")).await;
}

#[tokio::test]
async fn a_format_of_ones_own() {
    let scheme = CustomScheme::builder("Acme")
        .with_signature_field("x-signature")
        .with_signature_prefix("v1=")
        .with_several_signatures(',')
        .with_key_id("acme".parse().unwrap())
        .with_timestamp_field("x-time", TimeUnit::Seconds)
        .with_separator("\n")
        .with_components([Component::Timestamp, Component::PathAndQuery, Component::Body])
        .build();
    verifies_under_either(scheme.unwrap(), "x-signature", |one, other| format!("{one},{other}")).await;
}
