//! Requests of described formats.

use bytes::Bytes;
use countersign::hmac::schemes::CustomScheme;
use countersign::hmac::schemes::custom::{Component as C, CustomSchemeBuilder, TimeUnit};
use countersign::hmac::{Algorithm, DigestAlgorithm, Encoding, HmacScheme as _};
use countersign::{AuthErrorKind as Kind, HmacAuthLayer, ManualClock, MemoryStore};
use http::{HeaderValue, Request};

use super::acme;
use crate::harness::{Outcome, Vector, send, vector};
use crate::mutation::{Part, admitted, assert_covered, assert_covers};

const MALFORMED: Outcome = Err(Kind::MalformedCredentials);

/// A signed request for `description`.
pub(super) fn signed(description: CustomSchemeBuilder, request: Request<&'static str>) -> (CustomScheme, Vector) {
    let scheme = description.build().unwrap();
    let mut vector = vector("razorpay", "basic");
    vector.json["secret"] = serde_json::json!({ "id": "acme", "utf8": "a secret" });
    vector.request = request.map(|body| Bytes::from_static(body.as_bytes()));
    vector.request = vector.signed_anew(&scheme, &[]);
    (scheme, vector)
}

pub(super) fn order() -> Request<&'static str> {
    let request = Request::post("https://example.com/orders?dry=1").header("content-type", "text/plain");
    request.header("x-acme-delivery", "d-1").body("one of them").unwrap()
}

fn timed(components: &[C]) -> CustomSchemeBuilder {
    CustomScheme::builder("Acme")
        .with_signature_field("x-signature")
        .with_timestamp_field("x-time", TimeUnit::Seconds)
        .with_separator("\n")
        .with_component(C::Timestamp)
        .with_components(components.to_vec())
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let (scheme, vector) = signed(acme(), order());
    let layer = |vector: &Vector| vector.layer(scheme.clone());
    let fields = ["x-acme-signature", "x-acme-key", "x-acme-time", "x-acme-nonce", "content-type", "x-acme-delivery"];
    assert_covers(&[vector], layer, scheme.profile().covers(), &fields).await;

    let digest = C::BodyDigest(DigestAlgorithm::Sha384, Encoding::Base64Url);
    let components = [C::Method, C::Authority, C::Path, C::Query, digest];
    let description = timed(&components).with_algorithm(Algorithm::HmacSha512).with_encoding(Encoding::Base64Url);
    let (scheme, vector) = signed(description, order());
    let layer = |vector: &Vector| vector.layer(scheme.clone());
    assert_covers(&[vector], layer, scheme.profile().covers(), &["x-signature", "x-time"]).await;
}

/// What every field has to be: there, once, spelled in one way.
#[tokio::test]
async fn each_field_is_there_once_in_one_spelling() {
    let (scheme, vector) = signed(acme(), order());
    let outcome = async |name: &'static str, value: Option<&str>| {
        let mut request = vector.request.clone();
        match value {
            Some(value) => request.headers_mut().insert(name, value.parse().unwrap()),
            None => request.headers_mut().remove(name),
        };
        send(vector.layer(scheme.clone()), &request).await
    };
    let field = |name| vector.request.headers()[name].to_str().unwrap();
    let mac = field("x-acme-signature").strip_prefix("v1=").unwrap();
    assert_eq!(outcome("x-acme-signature", None).await, Err(Kind::MissingCredentials));
    for name in ["x-acme-key", "x-acme-time", "x-acme-nonce", "content-type", "x-acme-delivery"] {
        assert_eq!(outcome(name, None).await, MALFORMED, "{name}");
        let mut twice = vector.request.clone();
        twice.headers_mut().append(name, HeaderValue::from_static("1"));
        assert_eq!(send(vector.layer(scheme.clone()), &twice).await, Err(Kind::SeveralCredentials), "{name}");
    }
    for signature in [mac.to_owned(), format!("V1={mac}"), format!("v1={}", mac.to_uppercase()), format!("v1={mac} ")] {
        assert_eq!(outcome("x-acme-signature", Some(&signature)).await, MALFORMED, "{signature}");
    }
    for time in ["", "01700000000000", "+1700000000000", "1700000000000.0", "1.7e12", "9999999999999999"] {
        assert_eq!(outcome("x-acme-time", Some(time)).await, MALFORMED, "{time}");
    }
    assert_eq!(outcome("x-acme-time", Some("1700000")).await, Err(Kind::Stale));
    assert_eq!(outcome("x-acme-time", Some("1800000000000")).await, Err(Kind::FromTheFuture));
    for id in ["", "a.b", "a b", "a\tb", &"a".repeat(129)] {
        assert_eq!(outcome("x-acme-nonce", Some(id)).await, MALFORMED, "{id}");
        assert_eq!(outcome("x-acme-delivery", Some(id)).await, MALFORMED, "{id}");
    }
    assert_eq!(outcome("x-acme-key", Some("a b")).await, MALFORMED);
    assert_eq!(outcome("x-acme-key", Some("another")).await, Err(Kind::UnknownKey));
    assert_eq!(outcome("content-type", Some("")).await, Err(Kind::BadSignature));
}

/// Bytes that would make a target end elsewhere than it does.
#[tokio::test]
async fn a_target_that_could_be_read_in_two_ways_is_refused() {
    let (scheme, vector) = signed(timed(&[C::TargetUri, C::Body]), order());
    for (uri, expected) in [
        ("https://example.com/orders?dry=1", Ok(())),
        ("https://EXAMPLE.com/orders?dry=1", Ok(())),
        ("http://example.com/orders?dry=1", Err(Kind::BadSignature)),
        ("https://example.com:443/orders?dry=1", Err(Kind::BadSignature)),
        ("https://example.com/orders?dry=1%0A", Err(Kind::BadSignature)),
        ("https://example.com/orders?dry={1}", MALFORMED),
        ("https://example.com/orders\"", MALFORMED),
        ("ftp://example.com/orders?dry=1", MALFORMED),
        ("/orders?dry=1", MALFORMED),
    ] {
        let mut request = vector.request.clone();
        *request.uri_mut() = uri.parse().unwrap();
        assert_eq!(send(vector.layer(scheme.clone()), &request).await, expected, "{uri}");
    }
    let mut request = vector.request.clone();
    *request.uri_mut() = "/orders?dry=1".parse().unwrap();
    let layer = || vector.layer(scheme.clone()).with_public_url("https://example.com".parse().unwrap());
    assert_eq!(send(layer(), &request).await, Ok(()));
    let behind = layer().with_public_url("https://example.com/orders".parse().unwrap());
    *request.uri_mut() = "/?dry=1".parse().unwrap();
    assert_eq!(send(behind, &request).await, Err(Kind::BadSignature), "/orders/ is not /orders");

    let without_url = timed(&[C::Authority, C::Method, C::Body]);
    let (scheme, vector) = signed(without_url, order());
    for host in ["", "a/b", "a b", "a@b", "a{"] {
        let mut request = vector.request.clone();
        *request.uri_mut() = "/orders?dry=1".parse().unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(send(vector.layer(scheme.clone()), &request).await, MALFORMED, "{host}");
    }
    let mut request = vector.request.clone();
    *request.method_mut() = "post".parse().unwrap();
    assert_eq!(send(vector.layer(scheme), &request).await, MALFORMED, "a method in lower case");
}

/// Where a query is not signed, none can be added, unless the operator says otherwise.
#[tokio::test]
async fn a_query_that_is_not_signed_is_refused() {
    let mut request = order();
    *request.uri_mut() = "https://example.com/orders".parse().unwrap();
    let (scheme, vector) = signed(timed(&[C::Path, C::Body]), request);
    assert_covered(std::slice::from_ref(&vector), |vector| vector.layer(scheme.clone()), Part::Query).await;
    let mut request = vector.request.clone();
    *request.uri_mut() = "https://example.com/orders?dry=1".parse().unwrap();
    let layer = || vector.layer(scheme.clone());
    assert_eq!(send(layer(), &request).await, Err(Kind::InsufficientCoverage));
    assert_eq!(send(layer().with_insecure_reference_policy(), &request).await, Ok(()));
    *request.uri_mut() = "https://example.com/orders?".parse().unwrap();
    assert_eq!(send(layer(), &request).await, Err(Kind::InsufficientCoverage));

    let (scheme, vector) = signed(timed(&[C::Path, C::Query, C::Body]), order());
    let mut request = vector.request.clone();
    *request.uri_mut() = "https://example.com/orders?".parse().unwrap();
    assert_eq!(send(vector.layer(scheme), &request).await, MALFORMED, "an empty query reads like none");
}

/// Where the body follows the target at once, it begins with what cannot be in a target.
#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let description = || timed(&[]).with_separator("").with_components([C::Method, C::PathAndQuery, C::JsonObject]);
    for body in ["", "{}", "{"] {
        let (scheme, vector) = signed(description(), order().map(|_| body));
        assert_eq!(send(vector.layer(scheme.clone()), &vector.request).await, Ok(()), "{body}");
        let layer = |vector: &Vector| vector.layer(scheme.clone());
        for part in [Part::Method, Part::Path, Part::Query, Part::Body] {
            assert_eq!(admitted(std::slice::from_ref(&vector), layer, part).await.len(), 0, "{body} {part:?}");
        }
    }
    let (scheme, vector) = signed(description(), order().map(|_| "{}"));
    for (uri, body, expected) in [
        ("https://example.com/orders?dry=", "1{}", MALFORMED),
        ("https://example.com/orders?dry=1{", "}", MALFORMED),
        ("https://example.com/orders?dry=1{}", "", MALFORMED),
        ("https://example.com/orders?dry=1", " {}", MALFORMED),
        ("https://example.com/orders?dry=1", "", Err(Kind::BadSignature)),
    ] {
        let mut request = vector.request.clone().map(|_| Bytes::from_static(body.as_bytes()));
        *request.uri_mut() = uri.parse().unwrap();
        assert_eq!(send(vector.layer(scheme.clone()), &request).await, expected, "{uri} {body}");
    }
}

#[tokio::test]
async fn a_nonce_passes_once() {
    let (scheme, vector) = signed(acme(), order());
    let store = MemoryStore::new().with_secret("acme", vector.secret());
    let layer = HmacAuthLayer::new(scheme.clone(), store).with_clock(ManualClock::new(vector.now));
    assert_eq!(send(layer.clone(), &vector.request).await, Ok(()));
    assert_eq!(send(layer.clone(), &vector.request).await, Err(Kind::Replayed));
    // Signed again with a nonce of its own, the same passes.
    assert_eq!(send(layer.clone(), &vector.signed_anew(&scheme, &[])).await, Ok(()));
}

#[tokio::test]
async fn one_of_several_signatures_is_enough() {
    let description = timed(&[C::Body])
        .with_signature_prefix("v1=")
        .with_several_signatures(',')
        .with_key_id("acme".parse().unwrap());
    let (scheme, vector) = signed(description, order());
    let ours = vector.request.headers()["x-signature"].to_str().unwrap().to_owned();
    let other = format!("v1={}", "0".repeat(64));
    for (value, expected) in [
        (format!("{other},{ours}"), Ok(())),
        (format!("v0=x,{ours},"), Ok(())),
        (other.clone(), Err(Kind::BadSignature)),
        (format!("{other}, {ours}"), Err(Kind::BadSignature)),
        (format!("v1=,{ours}"), MALFORMED),
        ("v0=x".to_owned(), MALFORMED),
        (vec![&*other; 17].join(","), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("x-signature", value.parse().unwrap());
        assert_eq!(send(vector.layer(scheme.clone()), &request).await, expected, "{value}");
    }
}

#[tokio::test]
async fn in_authorization_an_auth_scheme_tells_whose_credentials_they_are() {
    let description = timed(&[C::Body]).with_signature_field("authorization").with_signature_prefix("Acme-MAC ");
    let (scheme, vector) = signed(description, order());
    let ours = vector.request.headers()["authorization"].to_str().unwrap().to_owned();
    let mac = ours.strip_prefix("Acme-MAC ").unwrap();
    for (value, expected) in [
        (format!("acme-mac  {mac}"), Ok(())),
        (format!("Acme-MACx {mac}"), Err(Kind::MissingCredentials)),
        ("Basic x".to_owned(), Err(Kind::MissingCredentials)),
        ("Acme-MAC".to_owned(), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("authorization", value.parse().unwrap());
        assert_eq!(send(vector.layer(scheme.clone()), &request).await, expected, "{value}");
    }
}
