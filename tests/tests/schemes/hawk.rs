//! Hawk 1.0.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::hmac::schemes::Hawk;
use countersign::hmac::{Coverage, HmacScheme as _};
use countersign::sign::verify_response;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer, ManualClock, MemoryStore};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _};

use crate::harness::{Vector, assert_verdicts, send, vector, vectors};
use crate::mutation::{Part, admitted, assert_covered, assert_covers};

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);

/// In Hawk the algorithm belongs to the key, not to the message.
fn hawk(vector: &Vector) -> Hawk {
    match vector.json["secret"]["algorithm"].as_str() {
        Some("sha1") => Hawk::new().with_insecure_sha1(),
        _ => Hawk::new(),
    }
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(hawk(vector))
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("hawk"), layer, &[], &[]).await;
}

/// The nonce apart, which is another each time: what was made of a vector's nonce and time was verified above.
#[tokio::test]
async fn signing_makes_the_hashes_of_the_vectors_and_what_verifies() {
    let without_nonce = |value: &HeaderValue| {
        let parameters = value.to_str().unwrap().split(", ");
        let rest = parameters.filter(|part| !part.starts_with("nonce=") && !part.starts_with("Hawk mac="));
        rest.map(str::to_owned).collect::<Vec<_>>()
    };
    for vector in vectors("hawk").into_iter().filter(|vector| vector.is_valid() && vector.id != "edge-60") {
        let signed = vector.signed_anew(&hawk(&vector), &["authorization"]);
        let [ours, theirs] = [&signed, &vector.request].map(|request| without_nonce(&request.headers()[AUTHORIZATION]));
        assert_eq!(ours, theirs, "{}", vector.id);
        assert_eq!(send(layer(&vector), &signed).await, Ok(()), "{}", vector.id);
        let again = vector.signed_anew(&hawk(&vector), &["authorization"]);
        assert_ne!(again.headers()[AUTHORIZATION], signed.headers()[AUTHORIZATION], "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    // The scheme is covered by way of the port that it has by default.
    let covers = Hawk::new().profile().covers() | Coverage::SCHEME;
    assert_covers(&vectors("hawk"), layer, covers, &["authorization"]).await;
    assert_covered(&[vector("hawk", "edge-60")], layer, Part::Field("content-type")).await;
    // The type's parameters are not.
    for changed in admitted(&[vector("hawk", "post-json-hash")], layer, Part::Field("content-type")).await {
        let value = changed.headers()["content-type"].to_str().unwrap();
        assert!(value.starts_with("application/json;"), "{value}");
    }
}

#[tokio::test]
async fn a_body_without_a_hash_is_refused_and_so_is_one_that_comes_to_a_request_without_one() {
    let bare = vector("hawk", "host-uppercase");
    let request = bare.request.clone().map(|_| "a body".into());
    assert_eq!(send(layer(&bare), &request).await, Err(AuthErrorKind::InsufficientCoverage));
    let hashed = vector("hawk", "edge-60");
    let taken = hashed.request.clone().map(|_| bytes::Bytes::new());
    assert_eq!(send(layer(&hashed), &taken).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn a_nonce_is_good_once_for_its_time_whatever_is_signed_with_it() {
    let vector = vector("hawk", "post-json-hash");
    let store = MemoryStore::new().with_secret(vector.key_id().as_str(), vector.secret());
    let layer = HmacAuthLayer::new(Hawk::new(), store).with_clock(ManualClock::new(vector.now));
    assert_eq!(send(layer.clone(), &vector.request).await, Ok(()));
    assert_eq!(send(layer.clone(), &vector.request).await, Err(AuthErrorKind::Replayed));
    for _ in 0..3 {
        let signed = vector.signed_anew(&Hawk::new(), &["authorization"]);
        assert_eq!(send(layer.clone(), &signed).await, Ok(()), "a fresh nonce");
        assert_eq!(send(layer.clone(), &signed).await, Err(AuthErrorKind::Replayed));
    }
}

/// Only who has the secret is told the time, and can tell that it is ours: `tsm` is its MAC.
#[tokio::test]
async fn a_proved_caller_whose_clock_is_wrong_is_told_ours() {
    let vector = vector("hawk", "stale-61");
    let challenge = async |request: &Request<bytes::Bytes>, now| {
        let later = Vector { now, ..vector.clone() };
        let inner = tower::service_fn(async |_| {
            Ok::<_, std::convert::Infallible>(Response::new(Full::<bytes::Bytes>::default()))
        });
        let service = layer(&later).layer(inner);
        let response = service.oneshot(request.clone().map(Full::new)).await.unwrap();
        let kind = response.extensions().get::<AuthError>().unwrap().kind();
        (kind, response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned())
    };
    // Of the vectors: `stale_timestamp_challenge`, made with the same key.
    let told =
        "Hawk ts=\"1700000000\", tsm=\"i/oRdO+JQfFJmlpJdoW9S5K3riTThZktIYdb6Tv3Vmk=\", error=\"Stale timestamp\"";
    let hour = Duration::from_secs(3600);
    let at = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for (signed_at, kind) in [(at - hour, AuthErrorKind::Stale), (at + hour, AuthErrorKind::FromTheFuture)] {
        let other = Vector { now: signed_at, ..vector.clone() };
        let mut request = other.signed_anew(&Hawk::new(), &["authorization"]);
        assert_eq!(challenge(&request, at).await, (kind, told.to_owned()));
        // Whoever cannot sign learns nothing.
        let value = request.headers()[AUTHORIZATION].to_str().unwrap().replace("nonce=\"", "nonce=\"x");
        request.headers_mut().insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(challenge(&request, at).await, (AuthErrorKind::BadSignature, "Hawk".to_owned()));
    }
}

#[tokio::test]
async fn the_port_has_to_be_known() {
    let vector = vector("hawk", "sha1-alg");
    let mut request = vector.request.clone();
    *request.uri_mut() = "/r".parse().unwrap();
    assert_eq!(send(layer(&vector), &request).await, MALFORMED, "HTTP/1.1 does not say the scheme");
    let known = layer(&vector).with_public_url("https://example.com".parse().unwrap());
    assert_eq!(send(known, &request).await, Ok(()));
    request.headers_mut().insert("host", "example.com:443".parse().unwrap());
    assert_eq!(send(layer(&vector), &request).await, Ok(()));
    request.headers_mut().insert("host", "example.com:8443".parse().unwrap());
    assert_eq!(send(layer(&vector), &request).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn parameters_are_those_of_hawk_each_once_and_in_one_spelling() {
    let vector = vector("hawk", "post-json-hash");
    let good = vector.request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    for (value, expected) in [
        (good.replace("Hawk", "hawk"), Ok(())),
        (good.replace(", ", ","), Ok(())),
        (format!("{good}, ts=\"1700000000\""), MALFORMED),
        (format!("{good}, realm=\"x\""), MALFORMED),
        (format!("{good}, ext=\"\""), MALFORMED),
        (format!("{good}, ext=\"a\\\"b\""), MALFORMED),
        (format!("{good}, dlg=\"x\""), MALFORMED),
        (format!("{good}, app=\"x\""), Err(AuthErrorKind::BadSignature)),
        (format!("{good}, ext=\"x\""), Err(AuthErrorKind::BadSignature)),
        (good.replace("ts=\"1700000000\"", "ts=\"01700000000\""), MALFORMED),
        (good.replace("ts=\"1700000000\"", "ts=\"1700000000.0\""), MALFORMED),
        (good.replace("id=\"dh37fgj492je\", ", ""), MALFORMED),
        ("Hawk".to_owned(), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{value}");
    }
}

/// Made with `@hapi/hawk` 8.0.0: `Hawk.client.header(url, 'GET', { credentials, timestamp, nonce, ext, app, dlg })`.
#[tokio::test]
async fn delegation_and_ext_are_signed() {
    let vector = vector("hawk", "host-uppercase");
    let mut request = vector.request.clone();
    *request.uri_mut() = "https://example.com/resource".parse().unwrap();
    request.headers_mut().insert("host", "example.com".parse().unwrap());
    request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static(DELEGATED));
    let delegated = Vector { request, ..vector };
    assert_eq!(send(layer(&delegated), &delegated.request).await, Ok(()));
    assert_covered(&[delegated], layer, Part::Field("authorization")).await;
}

const DELEGATED: &str = "Hawk id=\"dh37fgj492je\", ts=\"1700000000\", nonce=\"j4h3g2\", ext=\"some-app-data, and more\", mac=\"8ly/BHXOe9lXZ30uVLmHxphPGaOvg0Iru/ah0aR9VRE=\", app=\"hf48hd83qwkj\", dlg=\"d8djwekds9cj\"";

/// `Server-Authorization` as `@hapi/hawk` makes it, `ext` and all.
#[test]
fn the_response_of_the_vectors_verifies_and_no_other() {
    let path = format!("{}/vectors/hawk.json", env!("CARGO_MANIFEST_DIR"));
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let row = &file["response_vectors"][0];
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let request = Request::builder().method(&*text("method")).uri(text("url"));
    let request = request.header(AUTHORIZATION, text("request_header")).body(()).unwrap().into_parts().0;
    let body = STANDARD.decode(text("response_body_base64")).unwrap();
    let secret = vector("hawk", "post-json-hash").secret();
    let verified = |signature: &str, body: &[u8]| {
        let mut fields = HeaderMap::new();
        fields.insert("content-type", text("response_content_type").parse().unwrap());
        fields.insert("server-authorization", signature.parse().unwrap());
        verify_response(&request, &fields, Some(body), &Hawk::new(), &secret).map_err(|error| error.kind())
    };
    let good = text("server_authorization");
    assert_eq!(verified(&good, &body), Ok(()));
    assert_eq!(verified(&good, b"{}"), Err(AuthErrorKind::BadSignature));
    for (place, byte) in good.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()) {
        let mut changed = good.clone().into_bytes();
        changed[place] = byte ^ 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(verified(&changed, &body).is_err(), "{changed}");
    }
}
