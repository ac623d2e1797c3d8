//! Duo.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::Duo;
use countersign::{AuthErrorKind, HmacAuthLayer};
use http::{HeaderValue, Request};

use crate::harness::{Outcome, Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, admitted, assert_covers};

const FIELDS: [&str; 2] = ["authorization", "date"];
const MALFORMED: Outcome = Err(AuthErrorKind::MalformedCredentials);

/// The version is not in the request: who serves an API knows it.
fn duo(vector: &Vector) -> Duo {
    if vector.id.starts_with("v5-") { Duo::v5() } else { Duo::v2() }
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(duo(vector))
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("duo"), layer, &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("duo") {
        let signed = vector.signed_anew(&duo(&vector), &FIELDS);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let rows = vectors("duo");
    let (five, two): (Vec<_>, Vec<_>) = rows.into_iter().partition(|vector| vector.id.starts_with("v5-"));
    assert_covers(&five, layer, Duo::v5().profile().covers(), &["authorization", "date", "x-duo-a", "x-duo-b"]).await;
    assert_covers(&two, layer, Duo::v2().profile().covers(), &FIELDS).await;
}

/// A field of Duo's more, or less.
#[tokio::test]
async fn all_of_duos_fields_are_covered() {
    let vector = vector("duo", "v5-json");
    let mut more = vector.request.clone();
    more.headers_mut().insert("x-duo-c", HeaderValue::from_static("3"));
    let mut less = vector.request.clone();
    less.headers_mut().remove("x-duo-b").unwrap();
    let mut moved = vector.request.clone();
    moved.headers_mut().insert("x-duo-a", HeaderValue::from_static("2"));
    moved.headers_mut().insert("x-duo-b", HeaderValue::from_static("1"));
    for request in [more, less, moved] {
        assert_eq!(send(layer(&vector), &request).await, Err(AuthErrorKind::BadSignature));
    }
    let mut twice = vector.request.clone();
    twice.headers_mut().append("x-duo-a", HeaderValue::from_static("1"));
    assert_eq!(send(layer(&vector), &twice).await, Err(AuthErrorKind::SeveralCredentials));
}

/// What one version signs, the other does not read.
#[tokio::test]
async fn a_signature_of_one_version_is_none_of_the_other() {
    for vector in vectors("duo") {
        let other = if vector.id.starts_with("v5-") { Duo::v2() } else { Duo::v5() };
        assert_eq!(send(vector.layer(other), &vector.request).await, Err(AuthErrorKind::BadSignature), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_body_stands_where_it_is_covered() {
    let with = async |id: &str, change: fn(&mut Request<bytes::Bytes>)| {
        let vector = vector("duo", id);
        let mut request = vector.request.clone();
        change(&mut request);
        send(layer(&vector), &request).await
    };
    let outcome = with("get-query", |request| *request.body_mut() = "a=1".into()).await;
    assert_eq!(outcome, Err(AuthErrorKind::InsufficientCoverage));
    let outcome = with("utf8", |request| *request.uri_mut() = format!("{}?a=1", request.uri()).parse().unwrap()).await;
    assert_eq!(outcome, MALFORMED);
    for body in ["name=a+b", "name=%zz", &"a&".repeat(1024)] {
        let mut vector = vector("duo", "utf8");
        *vector.request.body_mut() = body.to_owned().into();
        assert_eq!(send(layer(&vector), &vector.request).await, MALFORMED, "{}", body.len());
        assert!(vector.try_signed_anew(&duo(&vector), &FIELDS).is_err());
    }
    let outcome = with("utf8", |request| *request.body_mut() = bytes::Bytes::from_static(b"\xff")).await;
    assert_eq!(outcome, MALFORMED);
}

/// The order of names means nothing, and neither does the way in which a byte is spelled.
#[tokio::test]
async fn parameters_are_put_in_order() {
    let vector = vector("duo", "get-query");
    for (query, expected) in [
        ("username=a%20b%2Bc~d&limit=10", Ok(())),
        ("limit=%310&username=a%20b%2bc%7Ed", Ok(())),
        ("limit=10&username=a%20b%2Bc~d&username=", MALFORMED),
        ("limit=10&username=a%20b%2Bc~d&x=", Err(AuthErrorKind::BadSignature)),
        ("limit=10&username=a+b%2Bc~d", MALFORMED),
    ] {
        let mut request = vector.request.clone();
        *request.uri_mut() = format!("https://api-xxxxxxxx.duosecurity.com/admin/v1/users?{query}").parse().unwrap();
        assert_eq!(send(layer(&vector), &request).await, expected, "{query}");
    }
    let mut request = vector.request.clone();
    *request.method_mut() = "get".parse().unwrap();
    assert_eq!(send(layer(&vector), &request).await, MALFORMED, "a method in lower case");
}

#[tokio::test]
async fn credentials_have_one_spelling() {
    let vector = vector("duo", "get-query");
    let field = vector.request.headers()["authorization"].to_str().unwrap();
    let pair = String::from_utf8(STANDARD.decode(field.strip_prefix("Basic ").unwrap()).unwrap()).unwrap();
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    for (value, expected) in [
        (field.to_owned(), Ok(())),
        (field.replace("Basic", "basic"), Ok(())),
        (format!("Bearer {pair}"), Err(AuthErrorKind::MissingCredentials)),
        (basic(&pair.to_uppercase()), MALFORMED),
        (basic(&pair[..pair.len() - 1]), MALFORMED),
        (basic(&format!("x{pair}")), Err(AuthErrorKind::UnknownKey)),
        (basic(&format!("a:{pair}")), MALFORMED),
        (basic("user:password"), MALFORMED),
        (basic(pair.split_once(':').unwrap().1), MALFORMED),
        ("Basic ***".to_owned(), MALFORMED),
        ("Basic".to_owned(), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("authorization", value.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{value}");
    }
    for (date, expected) in [
        ("Tue, 14 Nov 2023 22:13:20 GMT", Err(AuthErrorKind::BadSignature)),
        ("Tue, 14 Nov 2023 22:13:20 +0100", MALFORMED),
        ("Tue, 14 Nov 2023 22:08:19 -0000", Err(AuthErrorKind::Stale)),
        ("Tue, 14 Nov 2023 22:14:21 -0000", Err(AuthErrorKind::FromTheFuture)),
        ("", MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("date", date.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{date}");
    }
}

#[tokio::test]
async fn sha1_is_there_for_whoever_asks() {
    let vector = vector("duo", "v5-json");
    let old = || Duo::v5().with_insecure_sha1();
    let signed = vector.signed_anew(&old(), &FIELDS);
    assert_eq!(send(vector.layer(old()), &signed).await, Ok(()));
    assert_eq!(send(layer(&vector), &signed).await, MALFORMED);
    assert_eq!(send(vector.layer(old()), &vector.request).await, MALFORMED);
    let vector = Vector { request: signed, ..vector };
    assert!(admitted(&[vector], |vector| vector.layer(old()), Part::Body).await.is_empty());
}

/// Only an empty query is signed as none.
#[test]
fn nothing_is_signed_alike() {
    let scheme = Duo::v5();
    let world = World::new().with_field("x-duo-a", &["1", "1:x-duo-b", ""]);
    let found = world.collisions(&scheme, scheme.profile().covers(), "authorization");
    let empty = |query: &str| matches!(query, "None" | "Some(\"\")");
    assert!(found.iter().all(|(one, other)| empty(&one[2]) && empty(&other[2])), "{found:?}");
}
