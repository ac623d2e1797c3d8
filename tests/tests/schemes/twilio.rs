//! Twilio.

use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Twilio;
use countersign::{AuthErrorKind, MemoryStore};
use http::HeaderValue;

use crate::harness::{Vector, assert_verdicts, layer, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, assert_covered, assert_covers};

const FIELD: &str = "x-twilio-signature";
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

fn twilio(vector: &Vector) -> countersign::HmacAuthLayer {
    vector.layer(Twilio::new())
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("twilio"), twilio, &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("twilio").into_iter().filter(Vector::is_valid) {
        assert_eq!(vector.signed_anew(&Twilio::new(), &[FIELD]).headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    assert_covers(&vectors("twilio"), twilio, Twilio::new().profile().covers(), &[FIELD]).await;
}

/// Made with the package of PyPI, `RequestValidator("12345").compute_signature(url, params, "HMAC_SHA256")`.
#[tokio::test]
async fn newer_keys_sign_with_sha_256_and_are_asked_for_by_their_id() {
    let vector = vector("twilio", "docs-example");
    let mut request = vector.request.clone();
    request.headers_mut().insert(FIELD, HeaderValue::from_static(SHA256));
    request.headers_mut().insert(SETTINGS, HeaderValue::from_static("key=wk1,algorithm=HMAC_SHA256"));
    let store = || MemoryStore::new().with_secret("wk1", vector.secret());
    assert_eq!(send(layer(Twilio::new(), store(), vector.now), &request).await, Ok(()));
    let alone = || Twilio::new().with_sha256_alone();
    assert_eq!(send(layer(alone(), store(), vector.now), &request).await, Ok(()));
    assert_eq!(send(vector.layer(alone()), &vector.request).await, Err(AuthErrorKind::MalformedCredentials));
    let signed = vector.signed_anew(&alone(), &[FIELD]);
    assert_eq!(
        (&signed.headers()[FIELD], signed.headers()[SETTINGS].as_bytes()),
        (&request.headers()[FIELD], &b"key=the-only-one,algorithm=HMAC_SHA256"[..])
    );
    // Without the field it is another key's, of another algorithm.
    request.headers_mut().remove(SETTINGS);
    assert_eq!(
        send(layer(Twilio::new(), store(), vector.now), &request).await,
        Err(AuthErrorKind::MalformedCredentials)
    );
    for settings in [
        "key=wk1",
        "algorithm=HMAC_SHA256",
        "key=wk1,algorithm=HMAC_SHA1",
        "key=wk1,algorithm=hmac_sha256",
        "key=wk1,key=wk2,algorithm=HMAC_SHA256",
        "key=,algorithm=HMAC_SHA256",
        "key=wk1,algorithm=HMAC_SHA256,x=y",
        "",
    ] {
        request.headers_mut().insert(SETTINGS, settings.parse().unwrap());
        let refused = send(layer(Twilio::new(), store(), vector.now), &request).await;
        assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{settings}");
    }
}

#[tokio::test]
async fn the_url_is_tried_with_and_without_its_port() {
    let vector = vector("twilio", "docs-example");
    for (authority, expected) in [
        ("mycompany.com:443", Ok(())),
        ("mycompany.com:8443", Ok(())),
        ("mycompany.com.evil:443", Err(AuthErrorKind::BadSignature)),
    ] {
        let mut request = vector.request.clone();
        *request.uri_mut() =
            format!("https://{authority}{}", vector.request.uri().path_and_query().unwrap()).parse().unwrap();
        assert_eq!(send(twilio(&vector), &request).await, expected, "{authority}");
    }
    let mut with_port = vector.clone();
    *with_port.request.uri_mut() = "https://mycompany.com:443/myapp.php?foo=1&bar=2".parse().unwrap();
    let signed = with_port.signed_anew(&Twilio::new(), &[FIELD]);
    let mut without_port = signed.clone();
    *without_port.uri_mut() = vector.request.uri().clone();
    assert_eq!(send(twilio(&vector), &without_port).await, Ok(()));
}

#[tokio::test]
async fn a_request_in_origin_form_is_verified_with_the_public_url() {
    let vector = vector("twilio", "docs-example");
    let mut request = vector.request.clone();
    *request.uri_mut() = "/myapp.php?foo=1&bar=2".parse().unwrap();
    request.headers_mut().insert("host", HeaderValue::from_static("inside:8080"));
    assert_eq!(send(twilio(&vector), &request).await, Err(AuthErrorKind::MalformedCredentials));
    let behind = || "https://mycompany.com".parse().unwrap();
    assert_eq!(send(twilio(&vector).with_public_url(behind()), &request).await, Ok(()));
    *request.uri_mut() = "/php?foo=1&bar=2".parse().unwrap();
    assert_eq!(send(twilio(&vector).with_public_url(behind()), &request).await, Err(AuthErrorKind::BadSignature));
}

/// Neither a body of another type nor one that comes to a request without one is covered.
#[tokio::test]
async fn a_body_that_is_neither_a_form_nor_has_its_digest_in_the_url_is_refused() {
    let vector = vector("twilio", "json-body-sha256");
    let digest = vector.request.uri().query().unwrap().to_owned();
    for query in [String::new(), format!("?x{digest}"), format!("?a=b&x={digest}")] {
        let mut vector = vector.clone();
        *vector.request.uri_mut() = format!("https://example.com/json{query}").parse().unwrap();
        let signed = vector.signed_anew(&Twilio::new(), &[FIELD]);
        assert_eq!(send(twilio(&vector), &signed).await, Err(AuthErrorKind::InsufficientCoverage), "{query}");
        assert_eq!(send(twilio(&vector), &signed.map(|_| "".into())).await, Ok(()), "{query}");
    }
    for (query, fits) in [
        (format!("?a=b&{digest}&c=d"), true),
        (format!("?{digest}&{digest}"), false),
        (format!("?{digest}0"), false),
        (format!("?{}", &digest[..digest.len() - 1]), false),
        (format!("?bodySHA256={}", digest[11..].to_uppercase()), false),
        ("?bodySHA256=".to_owned(), false),
        (format!("?é{digest}"), false),
    ] {
        let mut vector = vector.clone();
        *vector.request.uri_mut() = format!("https://example.com/json{query}").parse().unwrap();
        match vector.try_signed_anew(&Twilio::new(), &[FIELD]) {
            Ok(signed) if fits => assert_eq!(send(twilio(&vector), &signed).await, Ok(()), "{query}"),
            Ok(signed) => {
                assert_eq!(send(twilio(&vector), &signed).await, Err(AuthErrorKind::InsufficientCoverage), "{query}");
            }
            Err(_) => assert!(!fits, "{query}"),
        }
    }
}

#[tokio::test]
async fn a_form_is_one_however_its_type_is_written() {
    let vector = vector("twilio", "docs-example");
    for value in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLencoded"] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("content-type", value.parse().unwrap());
        assert_eq!(send(twilio(&vector), &request).await, Ok(()), "{value}");
    }
    let mut request = vector.request.clone();
    request.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(send(twilio(&vector), &request).await, Err(AuthErrorKind::InsufficientCoverage));
}

#[tokio::test]
async fn a_form_of_too_many_fields_or_with_other_bytes_that_are_not_utf_8_is_refused() {
    let mut vector = vector("twilio", "docs-example");
    for (body, other, expected) in [
        ("a=1&".repeat(1024), "a=1&".repeat(1024), Ok(())),
        ("a=1&".repeat(1024), "a=1&".repeat(1025), Err(AuthErrorKind::BadSignature)),
        ("a=%ff".to_owned(), "a=%fe".to_owned(), Err(AuthErrorKind::BadSignature)),
        ("a=+&b".to_owned(), "b=&&a=%20".to_owned(), Ok(())),
    ] {
        *vector.request.body_mut() = body.into();
        let mut signed = vector.signed_anew(&Twilio::new(), &[FIELD]);
        *signed.body_mut() = other.into();
        assert_eq!(send(twilio(&vector), &signed).await, expected);
    }
}

/// Whoever asks with a form too large to be held hears the same for every key.
#[tokio::test]
async fn a_form_is_held_for_keys_that_do_not_exist_too() {
    let vector = vector("twilio", "docs-example");
    for key in ["twilio", "another"] {
        let store = MemoryStore::new().with_secret(key, vector.secret());
        let layer = layer(Twilio::new(), store, vector.now).with_body_budget(64);
        assert_eq!(send(layer, &vector.request).await, Err(AuthErrorKind::BudgetExhausted), "{key}");
    }
}

/// A body whose digest stands in the URL is delimited; a form is not, in any way that its names and values allow.
#[tokio::test]
async fn the_fields_of_a_form_run_into_each_other() {
    let mut vector = vector("twilio", "docs-example");
    *vector.request.body_mut() = "ab=c&d=".into();
    let signed = vector.signed_anew(&Twilio::new(), &[FIELD]);
    for (body, expected) in
        [("a=bcd", Ok(())), ("ab=cd", Ok(())), ("d=&ab=c", Ok(())), ("ab=c", Err(AuthErrorKind::BadSignature))]
    {
        assert_eq!(send(twilio(&vector), &signed.clone().map(|_| body.into())).await, expected, "{body}");
    }
    let scheme = Twilio::new();
    let found = World::new().with_bodies(&[""]).collisions(&scheme, scheme.profile().covers(), FIELD);
    assert_eq!(found, [].into(), "without a form, nothing does");
    assert_covered(&[crate::harness::vector("twilio", "json-body-sha256")], twilio, Part::Query).await;
}

const SHA256: &str = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=";
