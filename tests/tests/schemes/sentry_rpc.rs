//! Sentry's calls between its services.

use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::SentryRpc;
use countersign::{AuthErrorKind, MemoryStore, Secret};
use http::header::AUTHORIZATION;

use crate::harness::{Vector, assert_verdicts, layer, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, assert_covered};

/// The others are a format of their own, see `body_mac.rs`.
fn rows() -> Vec<Vector> {
    vectors("sentry-modern").into_iter().filter(|vector| vector.id.starts_with("rpc0-")).collect()
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&rows(), |vector| vector.layer(SentryRpc::new()), &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in rows() {
        let signed = vector.signed_anew(&SentryRpc::new(), &["authorization"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    for part in [Part::Path, Part::Body, Part::Field("authorization")] {
        assert_covered(&rows(), |vector| vector.layer(SentryRpc::new()), part).await;
    }
}

/// Neither is covered, so there is one of each.
#[tokio::test]
async fn another_method_and_any_query_are_refused() {
    let vector = vector("sentry-modern", "rpc0-json");
    let mut put = vector.request.clone();
    *put.method_mut() = http::Method::PUT;
    assert_eq!(send(vector.layer(SentryRpc::new()), &put).await, Err(AuthErrorKind::MethodNotAllowed));
    for query in ["?", "?a=b"] {
        let mut request = vector.request.clone();
        *request.uri_mut() = format!("{}{query}", vector.request.uri()).parse().unwrap();
        let refused = send(vector.layer(SentryRpc::new()), &request).await;
        assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{query}");
    }
}

/// The original takes `/a:b` with the body `c` for `/a` with the body `b:c`.
#[test]
fn nothing_is_signed_alike() {
    let scheme = SentryRpc::new();
    let found = World::new().collisions(&scheme, scheme.profile().covers(), "authorization");
    assert_eq!(found, [].into());
}

#[tokio::test]
async fn any_live_secret_verifies() {
    let vector = vector("sentry-modern", "rpc0-json");
    let (newer, older) = (Secret::new("the newer of the two").unwrap(), vector.secret());
    for (secrets, expected) in [
        (vec![newer.clone(), older.clone()], Ok(())),
        (vec![older, newer.clone()], Ok(())),
        (vec![newer], Err(AuthErrorKind::BadSignature)),
    ] {
        let store =
            secrets.into_iter().fold(MemoryStore::new(), |store, secret| store.with_secret("sentry-rpc", secret));
        assert_eq!(send(layer(SentryRpc::new(), store, vector.now), &vector.request).await, expected);
    }
}

#[tokio::test]
async fn the_auth_scheme_is_read_in_any_case_and_the_version_is_not() {
    let vector = vector("sentry-modern", "rpc0-json");
    let value = vector.request.headers()[AUTHORIZATION].to_str().unwrap();
    let hex = value.strip_prefix("Rpcsignature rpc0:").unwrap();
    for (value, expected) in [
        (format!("rpcsignature rpc0:{hex}"), Ok(())),
        (format!("RPCSIGNATURE  rpc0:{hex}"), Ok(())),
        (format!("Rpcsignature RPC0:{hex}"), Err(AuthErrorKind::MalformedCredentials)),
        (format!("Rpcsignature rpc1:{hex}"), Err(AuthErrorKind::MalformedCredentials)),
        (format!("Rpcsignature rpc0:{hex}:x"), Err(AuthErrorKind::MalformedCredentials)),
        (format!("Rpcsignature {hex}"), Err(AuthErrorKind::MalformedCredentials)),
        ("Rpcsignature".to_owned(), Err(AuthErrorKind::MalformedCredentials)),
        (format!("Rpcsignatures rpc0:{hex}"), Err(AuthErrorKind::MissingCredentials)),
        ("Bearer token".to_owned(), Err(AuthErrorKind::MissingCredentials)),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert(AUTHORIZATION, value.parse().unwrap());
        assert_eq!(send(vector.layer(SentryRpc::new()), &request).await, expected, "{value}");
    }
    for (second, expected) in
        [(value, AuthErrorKind::SeveralCredentials), ("Bearer token", AuthErrorKind::SeveralCredentials)]
    {
        let mut request = vector.request.clone();
        request.headers_mut().append(AUTHORIZATION, second.parse().unwrap());
        assert_eq!(send(vector.layer(SentryRpc::new()), &request).await, Err(expected), "{second}");
    }
}
