//! Sentry's calls between its services.

use bytes::Bytes;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::SentryRpc;
use countersign::{AuthErrorKind, MemoryStore, Secret};
use countersign_tests::Compared;
use http::header::AUTHORIZATION;
use serde_json::Value;

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

const REFUSED: (u16, &str) = (400, "");
const SEPARATOR: &str = "what is no signature is refused as such";

/// What Sentry's own function makes of a signature, by its list of keys; 500 where it breaks off.
#[tokio::test]
async fn sentrys_own_rows_get_their_verdicts_but_for_what_is_listed() {
    let file: Value = serde_json::from_str(include_str!("../../vectors/sentry-dev-toolbar.json")).unwrap();
    let mut compared = Compared::default();
    for row in file["rpc_signature"].as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap();
        let keys = row["keys"].as_array().unwrap().iter().map(|key| Secret::new(key.as_str().unwrap()).unwrap());
        // The first signs: it is the newest.
        let store = keys.rev().fold(MemoryStore::new(), |store, key| store.with_secret("sentry-rpc", key));
        let request = http::Request::post(text("path"))
            .header("host", "region.test")
            .header(AUTHORIZATION, format!("Rpcsignature {}", text("signature")))
            .body(Bytes::copy_from_slice(text("body").as_bytes()))
            .unwrap();
        let comes = match send(layer(SentryRpc::new(), store, std::time::SystemTime::UNIX_EPOCH), &request).await {
            Ok(()) => 200,
            Err(AuthErrorKind::BadSignature) => 401,
            Err(AuthErrorKind::MalformedCredentials) => 400,
            Err(kind) => panic!("{row}: {kind:?}"),
        };
        let says = match &row["result"] {
            Value::Bool(true) => 200,
            Value::Bool(false) => 401,
            _ => 500,
        };
        compared.note(text("id"), (says, ""), (comes, ""));
    }
    compared.agrees_with(&[("prefix-only", REFUSED, SEPARATOR), ("two-colons", REFUSED, SEPARATOR)], 7);
}
