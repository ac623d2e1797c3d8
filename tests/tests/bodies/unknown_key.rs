//! An unknown key costs what a known one costs and is answered alike: nobody learns which keys there are.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::Rejection;
use countersign::hmac::schemes::UstudioV2;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer, KeyId, SecretVersion, Secrets, StoreError, store_fn};
use countersign_tests::{Answer, Inner, KEY, Script, Server, Wire, secret, signed, ustudio_credentials};
use http::{Request, Response};
use tower::{Layer as _, ServiceExt as _};

/// Knows the one key, one that was disabled, and one whose secret is empty.
async fn answer(key_id: KeyId) -> Result<Secrets, StoreError> {
    Ok(match key_id.as_str() {
        KEY => secret().into(),
        "disabled-ke" => SecretVersion::new(secret()).with_not_after(SystemTime::UNIX_EPOCH).into(),
        "not-yet-liv" => {
            let far = SystemTime::UNIX_EPOCH + Duration::from_secs(100_000_000_000);
            SecretVersion::new(secret()).with_not_before(far).into()
        }
        "secretless-" => Secrets::from_raw([""]),
        _ => Secrets::none(),
    })
}

/// Keys of one length, of which the first alone is good for anything.
const KEYS: [(&str, AuthErrorKind); 5] = [
    (KEY, AuthErrorKind::BadSignature),
    ("unknown-key", AuthErrorKind::UnknownKey),
    ("disabled-ke", AuthErrorKind::UnknownKey),
    ("not-yet-liv", AuthErrorKind::UnknownKey),
    ("secretless-", AuthErrorKind::UnknownKey),
];

fn layer() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store_fn(answer))
}

/// A request that the one key signed, for another path, in the name of `key`.
fn request(key: &str, body: Script) -> Request<Script> {
    let mut request = signed(&UstudioV2::new(), Request::post("/another"), b"0123456789").map(|_| body);
    *request.uri_mut() = "/x".parse().unwrap();
    let credentials = request.headers()["authorization"].to_str().unwrap().replace(KEY, key);
    request.headers_mut().insert("authorization", credentials.parse().unwrap());
    request
}

/// What each key is answered on the wire, with a signature that is not good.
async fn answers(layer: HmacAuthLayer, body: &str) -> Vec<Answer> {
    let inner = Inner::new();
    let server = Server::start(layer.layer(inner.clone())).await;
    let mut answers = Vec::new();
    for (key, _) in KEYS {
        let credentials = ustudio_credentials("POST", "/another", body.as_bytes()).replace(KEY, key);
        let length = body.len();
        let request = format!(
            "POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        answers.push(Wire::exchange(server.address(), request.as_bytes()).await.without_date());
    }
    assert_eq!(inner.calls(), 0);
    answers
}

#[tokio::test]
async fn every_key_without_a_good_signature_is_answered_byte_for_byte_alike() {
    for body in ["", "0123456789"] {
        let answers = answers(layer(), body).await;
        assert_eq!(answers[0].status, 401);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    }
    let telling = |rejection: &Rejection<'_>| Response::new(Bytes::from(rejection.error().to_string()));
    let answers = answers(layer().with_rejection(telling), "").await;
    assert!(answers[1..].iter().all(|answer| *answer != answers[0]), "a layer that tells is found out");
}

#[tokio::test]
async fn as_much_is_read_of_every_body() {
    let mut polled = Vec::new();
    for (key, kind) in KEYS {
        let body = Script::trickling(&[7; 100_000], 1000);
        let poller = body.poller();
        let answer = layer().layer(Inner::new()).oneshot(request(key, body)).await.unwrap();
        assert_eq!(answer.extensions().get::<AuthError>().unwrap().kind(), kind, "{key}");
        polled.push((poller.polls(), poller.bytes()));
    }
    assert!(polled.iter().all(|polled| *polled == (polled.0, 100_000) && polled.0 > 100), "{polled:?}");
    assert!(polled.windows(2).all(|pair| pair[0] == pair[1]), "{polled:?}");
}

#[tokio::test]
async fn nothing_is_kept_of_a_body_that_cannot_be_admitted() {
    let narrow = layer().with_body_budget(1);
    for (key, kind) in &KEYS[1..] {
        let answer = narrow.layer(Inner::new()).oneshot(request(key, Script::of("0123456789"))).await.unwrap();
        assert_eq!(answer.extensions().get::<AuthError>().unwrap().kind(), *kind, "{key}");
    }
    // A budget of one byte is too small for whoever could be admitted.
    let answer = narrow.layer(Inner::new()).oneshot(request(KEY, Script::of(Bytes::from("0123456789")))).await.unwrap();
    assert_eq!(answer.status(), 503);
}

#[tokio::test]
async fn limits_hold_for_unknown_keys_too() {
    for (key, _) in KEYS {
        let body = Script::trickling(&[7; 1000], 100);
        let poller = body.poller();
        let answer = layer().with_body_limit(450).layer(Inner::new()).oneshot(request(key, body)).await.unwrap();
        assert_eq!((answer.status().as_u16(), poller.bytes()), (413, 500), "{key}");
    }
}
