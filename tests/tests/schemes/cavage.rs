//! The draft before RFC 9421.

use std::time::Duration;

use countersign::hmac::schemes::Cavage;
use countersign::hmac::{Algorithm, Coverage, HmacScheme as _};
use countersign::{AuthErrorKind, HmacAuthLayer};

use crate::harness::{Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, admitted, assert_covers};

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);
const TOO_LITTLE: Result<(), AuthErrorKind> = Err(AuthErrorKind::InsufficientCoverage);

/// As `httpsig` verifies: HMAC-SHA-1 is on, and the digest is a field like any other. The row `request-target` has the digest of
/// a body that is not in it.
fn by_reference(vector: &Vector) -> HmacAuthLayer {
    vector.layer(Cavage::new().with_insecure_sha1().with_insecure_reference_digest())
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("draft-cavage"), by_reference, &[], &[]).await;
    for (id, expected) in
        [("request-target", Err(AuthErrorKind::BadSignature)), ("sha512", Ok(())), ("sha1", MALFORMED)]
    {
        let vector = vector("draft-cavage", id);
        assert_eq!(send(vector.layer(Cavage::new()), &vector.request).await, expected, "{id}");
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let sha = |algorithm| Cavage::new().with_covered_components(["(request-target)", "date"]).with_algorithm(algorithm);
    for (id, scheme) in
        [("sha512", sha(Algorithm::HmacSha512)), ("sha1", sha(Algorithm::HmacSha1).with_insecure_sha1())]
    {
        let vector = vector("draft-cavage", id);
        assert_eq!(vector.signed_anew(&scheme, &["authorization"]).headers(), vector.request.headers(), "{id}");
    }
    // With the body that its digest is of.
    let vector = with_body();
    assert_eq!(vector.signed_anew(&Cavage::new(), &["authorization"]).headers(), vector.request.headers());
}

/// The row `request-target`, with the body that its digest is of.
fn with_body() -> Vector {
    let mut vector = vector("draft-cavage", "request-target");
    *vector.request.body_mut() = r#"{"action":"opened","number":1}"#.into();
    vector
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let layer = |vector: &Vector| vector.layer(Cavage::new());
    let covers = Cavage::new().profile().covers() | Coverage::AUTHORITY;
    assert_covers(&[with_body()], layer, covers, &["date", "digest"]).await;
    assert_credentials_are_covered(&with_body()).await;
}

/// But for the name `algorithm`: whoever does not name one means the one that is named here (§2.2: parameters that are not known
/// are left alone).
async fn assert_credentials_are_covered(vector: &Vector) {
    let field = Part::Field("authorization");
    for changed in admitted(std::slice::from_ref(vector), |vector| vector.layer(Cavage::new()), field).await {
        let value = changed.headers()["authorization"].to_str().unwrap();
        assert!(!value.contains(",algorithm="), "{value}");
    }
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Cavage::new().with_covered_components(["(request-target)", "(created)", "digest", "x-a"]);
    let world = World::new().with_bodies(&["", "a", "\n"]).with_field("x-a", &["", "1", "x-a: 1", "(created): 1"]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), "authorization"), [].into());
}

/// The lists and times of the draft's newer half: `hs2019`, `created`, `expires`.
#[tokio::test]
async fn a_time_among_the_parameters_is_the_one_that_counts() {
    let base = with_body();
    let scheme = Cavage::new().with_covered_components(["(request-target)", "(created)", "host", "digest"]);
    let signed = Vector { request: base.signed_anew(&scheme, &["authorization"]), ..base.clone() };
    let layer = |vector: &Vector| vector.layer(Cavage::new());
    assert_eq!(send(layer(&signed), &signed.request).await, Ok(()));
    assert_credentials_are_covered(&signed).await;
    let value = signed.request.headers()["authorization"].to_str().unwrap().to_owned();
    for (from, to, expected) in [
        ("created=1700000000", "created=01700000000", MALFORMED),
        ("created=1700000000", "created=1700000000.5", MALFORMED),
        ("created=1700000000,", "", MALFORMED),
        ("created=1700000000", "created=1700000001", Err(AuthErrorKind::BadSignature)),
        ("created=1700000000", "created=1600000000", Err(AuthErrorKind::Stale)),
        ("created=1700000000", "created=1700000000,expires=1700000000", Err(AuthErrorKind::Stale)),
        ("created=1700000000", "created=1700000000,expires=1700000001", Ok(())),
        ("hs2019", "hmac-sha256", MALFORMED),
        ("algorithm=\"hs2019\",", "", Ok(())),
        ("hs2019", "rsa-sha256", MALFORMED),
    ] {
        let mut request = signed.request.clone();
        request.headers_mut().insert("authorization", value.replace(from, to).parse().unwrap());
        assert_eq!(send(layer(&signed), &request).await, expected, "{from} {to}");
    }
    let wide = scheme.with_algorithm(Algorithm::HmacSha512);
    assert!(base.try_signed_anew(&wide, &["authorization"]).is_err(), "hs2019 says nothing of it");
}

#[tokio::test]
async fn whatever_the_sender_left_out_is_refused_unless_told_otherwise() {
    let vector = with_body();
    for covered in [
        &["host", "date", "digest"][..],
        &["(request-target)", "host", "digest"],
        &["(request-target)", "date"],
        &["(created)"],
    ] {
        let signed = vector.signed_anew(&Cavage::new().with_covered_components(covered), &["authorization"]);
        assert_eq!(send(vector.layer(Cavage::new()), &signed).await, TOO_LITTLE, "{covered:?}");
        let lax = vector.layer(Cavage::new()).with_insecure_reference_policy();
        assert_eq!(send(lax, &signed).await, Ok(()), "{covered:?}");
    }
    // Without a list, `(created)` alone is signed.
    let signed = vector.signed_anew(&Cavage::new().with_covered_components(["(created)"]), &["authorization"]);
    let value = signed.headers()["authorization"].to_str().unwrap().replace(",headers=\"(created)\"", "");
    let mut unlisted = signed.clone();
    unlisted.headers_mut().insert("authorization", value.parse().unwrap());
    assert_eq!(send(vector.layer(Cavage::new()), &unlisted).await, TOO_LITTLE);
    let lax = vector.layer(Cavage::new()).with_insecure_reference_policy();
    assert_eq!(send(lax, &unlisted).await, Ok(()));
}

/// Several fields of one name are one, with commas between.
#[tokio::test]
async fn fields_of_one_name_are_signed_together() {
    let mut vector = with_body();
    vector.request.headers_mut().append("x-a", "1".parse().unwrap());
    vector.request.headers_mut().append("x-a", "  2 ".parse().unwrap());
    let scheme = Cavage::new().with_covered_components(["(request-target)", "date", "digest", "x-a"]);
    let signed = vector.signed_anew(&scheme, &["authorization"]);
    let mut one = signed.clone();
    one.headers_mut().insert("x-a", "1, 2".parse().unwrap());
    assert_eq!(send(vector.layer(Cavage::new()), &one).await, Ok(()));
    one.headers_mut().insert("x-a", "1,2".parse().unwrap());
    assert_eq!(send(vector.layer(Cavage::new()), &one).await, Err(AuthErrorKind::BadSignature));
    one.headers_mut().remove("x-a");
    assert_eq!(send(vector.layer(Cavage::new()), &one).await, MALFORMED);
}

#[tokio::test]
async fn three_hundred_seconds_pass_and_so_do_sixty_ahead() {
    let vector = with_body();
    let second = Duration::from_secs(1);
    for (now, expected) in [
        (vector.now + 300 * second, Ok(())),
        (vector.now + 301 * second, Err(AuthErrorKind::Stale)),
        (vector.now - 60 * second, Ok(())),
        (vector.now - 61 * second, Err(AuthErrorKind::FromTheFuture)),
    ] {
        let later = Vector { now, ..vector.clone() };
        assert_eq!(send(later.layer(Cavage::new()), &vector.request).await, expected);
    }
}
