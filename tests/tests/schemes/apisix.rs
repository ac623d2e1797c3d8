//! APISIX's hmac-auth.

use countersign::hmac::schemes::Apisix;
use countersign::hmac::{Algorithm, Coverage, HmacScheme as _};
use countersign::{AuthErrorKind, HmacAuthLayer};

use crate::harness::{Decision, Stricter, Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const TOO_LITTLE: AuthErrorKind = AuthErrorKind::InsufficientCoverage;

const DECIDED: &[Decision] = &[(
    "target-not-covered",
    Ok(()),
    Err(TOO_LITTLE),
    "a signature that covers the date alone fits every method and path",
)];

const STRICTER: &[Stricter] = &[
    ("edge-300", TOO_LITTLE, "the target is not covered"),
    ("unknown-key", TOO_LITTLE, "the target is not covered, whoever it is"),
];

/// As APISIX is configured for each vector: HMAC-SHA-1 is on, and bodies may be limited.
fn layer(vector: &Vector) -> HmacAuthLayer {
    let layer = vector.layer(Apisix::new().with_insecure_sha1());
    match vector.json["conf"]["max_req_body_size"].as_u64() {
        None => layer,
        Some(limit) => layer.with_body_limit(usize::try_from(limit).unwrap()),
    }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("apisix-hmac-auth"), layer, DECIDED, STRICTER).await;
}

#[tokio::test]
async fn an_algorithm_is_accepted_from_the_servers_list_alone() {
    let vector = vector("apisix-hmac-auth", "sha1");
    assert_eq!(send(layer(&vector), &vector.request).await, Ok(()));
    let without = vector.layer(Apisix::new());
    assert_eq!(send(without, &vector.request).await, Err(AuthErrorKind::MalformedCredentials));
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let sha = |algorithm| Apisix::new().with_covered_components(["@request-target", "date"]).with_algorithm(algorithm);
    for (id, scheme) in [
        ("query", sha(Algorithm::HmacSha256)),
        ("digest", Apisix::new().with_covered_components(["@request-target", "date", "digest"])),
        ("sha1", sha(Algorithm::HmacSha1).with_insecure_sha1()),
        ("sha512", sha(Algorithm::HmacSha512)),
    ] {
        let vector = vector("apisix-hmac-auth", id);
        assert_eq!(vector.signed_anew(&scheme, &["authorization"]).headers(), vector.request.headers(), "{id}");
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let vectors = [vector("apisix-hmac-auth", "digest"), vector("apisix-hmac-auth", "query")];
    assert_covers(&vectors, layer, Apisix::new().profile().covers(), &["date", "digest", "authorization"]).await;
    let mut ours = vectors[0].clone();
    ours.request.headers_mut().insert("host", "api.example.com".parse().unwrap());
    ours.request = ours.signed_anew(&Apisix::new(), &["authorization"]);
    let covers = Apisix::new().profile().covers() | Coverage::AUTHORITY;
    assert_covers(&[ours], layer, covers, &["date", "digest", "authorization"]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Apisix::new().with_covered_components(["@request-target", "date", "digest", "x-a"]);
    let world = World::new().with_bodies(&["", "a", "\n"]).with_field("x-a", &["", "1", "x-a: 1", "GET /"]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), "authorization"), [].into());
}

/// APISIX leaves out what is not there, and signs as if it had not been listed.
#[tokio::test]
async fn a_listed_field_that_is_not_there_is_refused() {
    let mut vector = vector("apisix-hmac-auth", "digest");
    let names = "@request-target date digest";
    let value =
        vector.request.headers()["authorization"].to_str().unwrap().replace(names, &format!("{names} x-absent"));
    vector.request.headers_mut().insert("authorization", value.parse().unwrap());
    assert_eq!(send(layer(&vector), &vector.request).await, Err(AuthErrorKind::MalformedCredentials));
}
