//! Kong's hmac-auth.

use countersign::AuthErrorKind;
use countersign::hmac::schemes::Kong;
use countersign::hmac::{Algorithm, Coverage, HmacScheme as _};
use http::HeaderValue;
use http::header::AUTHORIZATION;

use crate::harness::{Decision, Stricter, Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);
const TOO_LITTLE: AuthErrorKind = AuthErrorKind::InsufficientCoverage;

const DECIDED: &[Decision] = &[(
    "params-reordered",
    Ok(()),
    Err(TOO_LITTLE),
    "parameters have no order (RFC 9110 §11.2); the target is not covered",
)];

const STRICTER: &[Stricter] = &[
    ("date-only", TOO_LITTLE, "the target is not covered"),
    ("request-target", TOO_LITTLE, "the body is not covered"),
    ("sha384", TOO_LITTLE, "the target is not covered"),
    ("sha512", TOO_LITTLE, "the target is not covered"),
    ("missing-header-signed-empty", TOO_LITTLE, "the target is not covered"),
    ("edge-300", TOO_LITTLE, "the target is not covered"),
    ("unknown-user", TOO_LITTLE, "the target is not covered, whoever it is"),
];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    // Verdicts that depend on how Kong is configured: what it enforces, and that it accepts HMAC-SHA-1.
    let apart = ["enforce-headers-missing", "sha1"];
    let (apart, rows): (Vec<_>, Vec<_>) =
        vectors("kong-hmac-auth").into_iter().partition(|vector| apart.contains(&&*vector.id));
    assert_verdicts(&rows, |vector| vector.layer(Kong::new()), DECIDED, STRICTER).await;
    let [sha1, enforced] = apart.as_slice() else { panic!("two rows") };
    let lax = |scheme| sha1.layer(scheme).with_insecure_reference_policy();
    assert_eq!(send(lax(Kong::new().with_insecure_sha1()), &sha1.request).await, Ok(()));
    assert_eq!(send(lax(Kong::new()), &sha1.request).await, MALFORMED);
    let target = Coverage::METHOD | Coverage::PATH | Coverage::QUERY;
    let enforcing = enforced.layer(Kong::new()).with_required_components(target);
    assert_eq!(send(enforcing, &enforced.request).await, Err(enforced.refusal()));
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let sha = |algorithm| Kong::new().with_covered_components(["date"]).with_algorithm(algorithm);
    for (id, scheme, changed) in [
        ("digest", Kong::new().with_covered_components(["date", "request-line", "digest"]), false),
        ("request-target", Kong::new().with_covered_components(["date", "@request-target"]), false),
        ("date-only", sha(Algorithm::HmacSha256), false),
        ("sha1", sha(Algorithm::HmacSha1).with_insecure_sha1(), false),
        ("sha384", sha(Algorithm::HmacSha384), false),
        ("sha512", sha(Algorithm::HmacSha512), false),
        ("missing-header-signed-empty", Kong::new().with_covered_components(["date", "x-absent"]), false),
        ("digest", Kong::new(), true),
    ] {
        let vector = vector("kong-hmac-auth", id);
        let signed = vector.signed_anew(&scheme, &["authorization"]);
        assert_eq!(signed.headers() != vector.request.headers(), changed, "{id}");
    }
    let vector = vector("kong-hmac-auth", "sha1");
    assert!(
        vector.try_signed_anew(&sha(Algorithm::HmacSha1), &["authorization"]).is_err(),
        "no server would accept it"
    );
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let vectors = [vector("kong-hmac-auth", "digest")];
    let layer = |vector: &Vector| vector.layer(Kong::new());
    assert_covers(&vectors, layer, Kong::new().profile().covers(), &["date", "digest", "authorization"]).await;
    // What we sign has the host in it.
    let mut ours = vectors[0].clone();
    ours.request.headers_mut().insert("host", "api.example.com".parse().unwrap());
    ours.request = ours.signed_anew(&Kong::new(), &["authorization"]);
    let covers = Kong::new().profile().covers() | Coverage::AUTHORITY;
    assert_covers(&[ours], layer, covers, &["date", "digest", "authorization"]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Kong::new().with_covered_components(["date", "request-line", "digest", "x-a"]);
    let world = World::new().with_bodies(&["", "a", "\n"]).with_field("x-a", &["", "1", "x-a: 1", "GET / HTTP/1.1"]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), "authorization"), [].into());
}

/// The weakness of the original: it judges a time that nobody signed, and lets a signature of the date alone fit everything.
#[tokio::test]
async fn whatever_the_sender_left_out_is_refused_unless_told_otherwise() {
    let vector = vector("kong-hmac-auth", "digest");
    for (covered, expected) in [
        (&["date", "request-line", "digest"][..], Ok(())),
        (&["x-date", "@request-target", "digest"], Ok(())),
        (&["request-line", "digest"], Err(TOO_LITTLE)),
        (&["date", "digest"], Err(TOO_LITTLE)),
        (&["date", "request-line"], Err(TOO_LITTLE)),
        (&["x-other", "request-line", "digest"], Err(TOO_LITTLE)),
    ] {
        let scheme = Kong::new().with_covered_components(covered);
        let signed = vector.signed_anew(&scheme, &["authorization"]);
        assert_eq!(send(vector.layer(Kong::new()), &signed).await, expected, "{covered:?}");
        let lax = vector.layer(Kong::new()).with_insecure_reference_policy();
        assert_eq!(send(lax, &signed).await, Ok(()), "{covered:?}");
    }
}

#[tokio::test]
async fn the_time_that_counts_is_the_one_that_is_signed() {
    let vector = vector("kong-hmac-auth", "digest");
    let mut request = vector.request.clone();
    request.headers_mut().insert("x-date", "Tue, 14 Nov 2000 22:13:20 GMT".parse().unwrap());
    assert_eq!(send(vector.layer(Kong::new()), &request).await, Ok(()), "Date is signed, X-Date is not");
    request.headers_mut().insert("date", "Tue, 14 Nov 2000 22:13:20 GMT".parse().unwrap());
    request.headers_mut().insert("x-date", "Tue, 14 Nov 2023 22:13:20 GMT".parse().unwrap());
    assert_eq!(send(vector.layer(Kong::new()), &request).await, Err(AuthErrorKind::Stale), "Kong takes either");
    for date in ["Tue, 14 Nov 2023 22:13:20 +0000", "1700000000", "Tuesday, 14-Nov-23 22:13:20 GMT", ""] {
        request.headers_mut().insert("date", date.parse().unwrap());
        assert_eq!(send(vector.layer(Kong::new()), &request).await, MALFORMED, "{date}");
    }
}

#[tokio::test]
async fn fields_that_occur_twice_and_names_that_are_listed_twice_are_refused() {
    let vector = vector("kong-hmac-auth", "digest");
    for name in ["date", "digest", "authorization"] {
        let mut request = vector.request.clone();
        let again = request.headers()[name].clone();
        request.headers_mut().append(name, again);
        let refused = send(vector.layer(Kong::new()), &request).await;
        assert_eq!(refused, Err(AuthErrorKind::SeveralCredentials), "{name}");
    }
    let mut both = vector.request.clone();
    let credentials = both.headers()[AUTHORIZATION].clone();
    both.headers_mut().insert("proxy-authorization", credentials);
    assert_eq!(send(vector.layer(Kong::new()), &both).await, Err(AuthErrorKind::SeveralCredentials));
    both.headers_mut().remove(AUTHORIZATION);
    assert_eq!(send(vector.layer(Kong::new()), &both).await, Ok(()));
    let twice = Kong::new().with_covered_components(["date", "date", "request-line", "digest"]);
    assert!(vector.try_signed_anew(&twice, &["authorization"]).is_err());
}

#[tokio::test]
async fn credentials_are_read_as_the_standard_has_them_and_no_other_way() {
    let vector = vector("kong-hmac-auth", "digest");
    let good = vector.request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    for (value, expected) in [
        (good.replace("hmac username", "HMAC   username"), Ok(())),
        (good.replace(", ", " , "), Ok(())),
        (good.replace("username", "USERNAME"), Ok(())),
        (format!("{good}, realm=\"more\""), Ok(())),
        (format!("{good}, username=\"bob\""), MALFORMED),
        (good.replace("hmac-sha256", "hmac-sha224"), MALFORMED),
        (good.replace("hmac-sha256", "HMAC-SHA256"), MALFORMED),
        (good.replace("algorithm=\"hmac-sha256\", ", ""), MALFORMED),
        (good.replace("\"bob\"", "\"\""), MALFORMED),
        (good.replace("date request-line", "date  request-line"), MALFORMED),
        (good.replace("date request-line", "date réquest-line"), MALFORMED),
        (good.replace("hmac username", "hmacs username"), Err(AuthErrorKind::MissingCredentials)),
        ("hmac".to_owned(), MALFORMED),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        assert_eq!(send(vector.layer(Kong::new()), &request).await, expected, "{value}");
    }
}

#[tokio::test]
async fn digests_of_other_kinds_are_refused() {
    let vector = vector("kong-hmac-auth", "digest");
    for digest in
        ["MD5=HUXZLQLMuI/KZ5KDcJPcOA==", "sha-256=/g52BFMeDZDDZadWh4wX9iZsZckPE3P4m3QMsZK443M=", "", "SHA-256"]
    {
        let mut request = vector.request.clone();
        request.headers_mut().insert("digest", digest.parse().unwrap());
        assert_eq!(send(vector.layer(Kong::new()), &request).await, MALFORMED, "{digest}");
    }
}

/// The list is short, what it names is long: all of it has to be hashed for every live secret.
#[tokio::test]
async fn a_signed_field_of_a_quarter_of_a_mebibyte_is_refused() {
    for (length, expected) in [(200_000, Ok(())), (300_000, MALFORMED)] {
        let mut vector = vector("kong-hmac-auth", "digest");
        let scheme = Kong::new().with_covered_components(["date", "request-line", "digest", "x-long"]);
        vector.request.headers_mut().insert("x-long", "x".repeat(length).parse().unwrap());
        let signed = vector.signed_anew(&scheme, &["authorization"]);
        assert_eq!(send(vector.layer(Kong::new()), &signed).await, expected);
    }
}
