//! The form with a nonce that was written and never released.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::sentry::{SentryMessage, SentryProtocol};
use countersign::{KeyId, ManualClock, MemoryStore, Secret, SentrySignatureLayer, sign_request};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, header};
use sha1::Sha1;

use crate::asking::{ask, django, layer, post, rows, text, time};
use crate::deviations::*;

const NOW: &str = "1304559408.12";
const NONCE: &str = "0123456789abcdef0123456789abcdef";
const BODY: &str = "eyJtZXNzYWdlIjogImhlbGxvIn0=";

fn guard(key: &str) -> SentrySignatureLayer {
    layer(key, time(NOW)).with_protocol(SentryProtocol::Nonce)
}

fn message(timestamp: &str, nonce: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(b"sec1").unwrap();
    mac.update(format!("{timestamp} {nonce} {body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    format!("Sentry signature={signature}, timestamp={timestamp}, nonce={nonce}, client=x")
}

async fn sent(layer: &SentrySignatureLayer, credentials: &str) -> (u16, String) {
    let told = ask(layer, post(credentials), BODY.as_bytes()).await;
    (told.status, told.body)
}

fn owned((status, body): (u16, &str)) -> (u16, String) {
    (status, body.to_owned())
}

#[tokio::test]
async fn the_message_that_is_known_is_admitted_once() {
    let file = django();
    let [row] = rows(&file, "nonce_variant_sentry_old_25369c0") else { panic!("one row") };
    let [signature, timestamp, nonce] = ["signature_b64", "timestamp", "nonce"].map(|name| text(row, name));
    let credentials = format!("Sentry signature={signature}, timestamp={timestamp}, nonce={nonce}, client=x");
    assert_eq!(credentials, message(timestamp, nonce, text(row, "data")), "ours is made as theirs");
    let layer = guard(text(row, "key"));
    assert_eq!(sent(&layer, &credentials).await, owned(ADMITTED));
    assert_eq!(sent(&layer, &credentials).await, owned(BAD_SIGNATURE));
}

/// The nonce itself is spent, whatever else the message says; by whoever can sign, and by nobody else.
#[tokio::test]
async fn a_nonce_passes_once_whatever_it_comes_with() {
    let layer = guard("sec1");
    let forged = message(NOW, NONCE, "another body");
    assert_eq!(sent(&layer, &forged).await, owned(BAD_SIGNATURE));
    assert_eq!(sent(&layer, &message(NOW, NONCE, BODY)).await, owned(ADMITTED), "a forged one spent nothing");
    assert_eq!(sent(&layer, &message("1304559409.5", NONCE, BODY)).await, owned(BAD_SIGNATURE));
    let another = NONCE.replace('0', "1");
    assert_eq!(sent(&layer, &message("1304559409.5", &another, BODY)).await, owned(ADMITTED));
    let careless = guard("sec1").with_insecure_no_replay_protection();
    for _ in 0..2 {
        assert_eq!(sent(&careless, &message(NOW, NONCE, BODY)).await, owned(ADMITTED), "unless it is switched off");
    }
}

#[tokio::test]
async fn what_is_signed_cannot_be_read_in_two_ways() {
    let layer = guard("sec1");
    let nonces = [
        ("", UNAUTHORIZED),
        ("0123", UNAUTHORIZED),
        ("0123456789ABCDEF0123456789ABCDEF", UNAUTHORIZED),
        ("01234567-89ab-cdef-0123-456789abcdef", UNAUTHORIZED),
        ("0123456789abcdef 123456789abcdef", UNAUTHORIZED),
        ("0123456789abcdef0123456789abcdef0", UNAUTHORIZED),
    ];
    for (nonce, expected) in nonces {
        assert_eq!(sent(&layer, &message(NOW, nonce, BODY)).await, owned(expected), "{nonce}");
    }
    let good = message(NOW, NONCE, BODY);
    let without = good.replace(&format!(", nonce={NONCE}"), "");
    assert_eq!(sent(&layer, &without).await, owned(UNAUTHORIZED), "no nonce");
    assert_eq!(sent(&layer, &format!("{good}, nonce={NONCE}")).await, owned(UNAUTHORIZED), "two");
    assert_eq!(sent(&layer, &message("1304550000.0", NONCE, BODY)).await, owned((410, "Message has expired")));
    assert_eq!(sent(&layer, &message("nan", NONCE, BODY)).await, owned(NO_TIMESTAMP));
    assert_eq!(sent(&layer, &good).await, owned(ADMITTED), "nothing else was wrong with any of them");
    let released = format!(
        "Sentry sentry_signature={}, sentry_timestamp={NOW}",
        crate::asking::signature("sec1", NOW, BODY.as_bytes())
    );
    assert_eq!(sent(&layer, &released).await, owned(UNAUTHORIZED), "the released form is another");
    let head = Request::post("/store/").header("x-sentry-auth", message(NOW, &NONCE.replace('0', "2"), BODY));
    assert_eq!(ask(&layer, head, BODY.as_bytes()).await.outcome(), UNAUTHORIZED, "and so is the field");
}

#[tokio::test]
async fn what_we_sign_is_admitted_and_names_no_key() {
    let scheme = SentryMessage::new().with_protocol(SentryProtocol::Nonce);
    let sign = |key_id: &str| {
        let (mut head, ()) = Request::post("/store/").body(()).unwrap().into_parts();
        let secret = Secret::new("sec1").unwrap();
        sign_request(&mut head, BODY.as_bytes(), &scheme, &KeyId::new(key_id).unwrap(), &secret, time(NOW))
            .map(|()| head.headers[header::AUTHORIZATION].to_str().unwrap().to_owned())
    };
    let (first, second) = (sign("global").unwrap(), sign("global").unwrap());
    assert_ne!(first, second, "each has a nonce of its own");
    let layer = guard("sec1");
    for credentials in [first, second] {
        assert_eq!(sent(&layer, &credentials).await, owned(ADMITTED), "{credentials}");
    }
    assert!(sign("pub1").is_err());
}

/// A nonce is remembered for as long as its message is fresh, and the store may be anybody's.
#[tokio::test]
async fn a_nonce_is_spent_in_the_store_that_is_given() {
    let (store, clock) = (MemoryStore::new(), ManualClock::new(time(NOW)));
    let [one, other] = [0, 1].map(|_| guard("sec1").with_clock(clock.clone()).with_replay_protection(store.clone()));
    assert_eq!(sent(&one, &message(NOW, NONCE, BODY)).await, owned(ADMITTED));
    assert_eq!(sent(&other, &message(NOW, NONCE, BODY)).await, owned(BAD_SIGNATURE));
    clock.advance(Duration::from_secs(3600));
    assert_eq!(sent(&other, &message(NOW, NONCE, BODY)).await, owned(BAD_SIGNATURE), "at its last instant");
}
