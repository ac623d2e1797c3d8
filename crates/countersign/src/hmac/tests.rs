//! What an answer costs: bytes hashed, counted in the engine itself.

use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::{
    Clock, KeyId, ManualClock, Secret, SecretStore, SecretVersion, Secrets, StoreError, async_trait,
};
use http::Request;
use http_body_util::Full;

use crate::auth::{AuthErrorKind, Authenticate as _};
use crate::hmac::mac::FED;
use crate::hmac::schemes::UstudioV2;
use crate::hmac::{HmacAuthenticator, HmacScheme};
use crate::sentry::SentryMessage;
use crate::{HmacAuthLayer, sign_request};

const BODY: &[u8] = &[b'b'; 5_000];

/// Knows `known`, had `disabled` once, and nothing else.
struct Store;

#[async_trait]
impl SecretStore for Store {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let over = SecretVersion::new(secret()).with_not_after(SystemTime::UNIX_EPOCH);
        Ok(match key_id.as_str() {
            "known" => secret().into(),
            "disabled" => over.into(),
            _ => Secrets::none(),
        })
    }
}

fn secret() -> Secret {
    Secret::new("a secret of more than sixteen bytes").unwrap()
}

fn clock() -> ManualClock {
    ManualClock::at_unix(1_700_000_000)
}

/// The refusal of a message of this key, and how many bytes were hashed to come to it.
async fn cost(
    authenticator: &HmacAuthenticator,
    scheme: &impl HmacScheme,
    key: &str,
    body: &'static [u8],
) -> (Option<AuthErrorKind>, usize) {
    let (mut head, ()) = Request::post("/x").body(()).unwrap().into_parts();
    sign_request(&mut head, BODY, scheme, &key.parse().unwrap(), &secret(), clock().now()).unwrap();
    let request = Request::from_parts(head, Full::new(Bytes::from_static(body)));
    let before = FED.get();
    let decision = authenticator.authenticate(request).decide().await;
    (decision.err().map(|error| error.kind()), FED.get() - before)
}

async fn no_answer_tells_by_its_cost_whether_the_key_exists(scheme: impl HmacScheme + Clone) {
    let layer = HmacAuthLayer::new(scheme.clone(), Store).with_clock(clock()).with_insecure_no_replay_protection();
    let authenticator = layer.authenticator();
    let other: &'static [u8] = &[b'c'; BODY.len()];
    let good = cost(authenticator, &scheme, "known", BODY).await;
    assert_eq!(good.0, None);
    assert!(good.1 > BODY.len(), "the body is hashed: {}", good.1);
    let bad = cost(authenticator, &scheme, "known", other).await;
    assert_eq!(bad, (Some(AuthErrorKind::BadSignature), good.1));
    for key in ["unknown", "disabled"] {
        assert_eq!(cost(authenticator, &scheme, key, BODY).await, (Some(AuthErrorKind::UnknownKey), good.1), "{key}");
    }
    // What is refused from the head is not hashed at all, or the count above would say nothing.
    let small = layer.with_body_limit(10);
    assert_eq!(cost(small.authenticator(), &scheme, "known", BODY).await, (Some(AuthErrorKind::BodyTooLarge), 0));
}

#[tokio::test]
async fn every_refusal_of_a_signed_request_hashes_as_much() {
    no_answer_tells_by_its_cost_whether_the_key_exists(UstudioV2::new()).await;
}

#[tokio::test]
async fn every_refusal_of_a_sentry_message_hashes_as_much() {
    no_answer_tells_by_its_cost_whether_the_key_exists(SentryMessage::new()).await;
}

#[tokio::test]
async fn both_renderings_of_a_timestamp_are_hashed_whichever_matches() {
    let layer = HmacAuthLayer::new(SentryMessage::new(), Store).with_clock(clock());
    let message = |timestamp: &str| {
        let credentials = format!("Sentry sentry_key=known, sentry_timestamp={timestamp}, sentry_signature=00");
        let request = Request::post("/store/").header("authorization", credentials);
        request.body(Full::new(Bytes::from_static(BODY))).unwrap()
    };
    let cost = async |timestamp: &str| {
        let before = FED.get();
        assert!(layer.authenticator().authenticate(message(timestamp)).decide().await.is_err());
        FED.get() - before
    };
    let length = |text: &str| text.len() + 1 + BODY.len();
    assert_eq!(cost("1700000000.123456").await, length("1700000000.123456") + length("1700000000.12"));
    assert_eq!(cost("1700000000.12").await, length("1700000000.12"));
}
