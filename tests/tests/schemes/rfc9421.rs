//! RFC 9421 with HMAC-SHA-256.

use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::Rfc9421;
use countersign::hmac::{BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme};
use countersign::{AuthErrorKind, HmacAuthLayer, ManualClock, MemoryStore};
use countersign_tests::GivenDigest;
use http::Request;

use crate::harness::{Decision, Stricter, Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, assert_covered, assert_covers};

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);
const TOO_LITTLE: AuthErrorKind = AuthErrorKind::InsufficientCoverage;
const FIELDS: [&str; 2] = ["signature-input", "signature"];

const DECIDED: &[Decision] =
    &[("no-components", Ok(()), Err(TOO_LITTLE), "a signature that covers nothing of the request fits every request")];

const STRICTER: &[Stricter] = &[
    ("absent-query", TOO_LITTLE, "the query alone is covered"),
    ("multi-signature-tag-app", TOO_LITTLE, "method and path alone are covered"),
    ("rfc9421-B.2.5", TOO_LITTLE, "method, path, query and body are not covered"),
    ("component-dropped", TOO_LITTLE, "the method was taken off the list"),
];

/// As the vector's verifier is configured: some look for a tag.
fn verifying(vector: &Vector) -> Rfc9421 {
    match vector.json["expect_tag"].as_str() {
        None => Rfc9421::new(),
        Some(tag) => Rfc9421::new().with_tag(tag),
    }
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(verifying(vector))
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("rfc9421-hmac-sha256"), layer, DECIDED, STRICTER).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let covering = |names: &[&str]| Rfc9421::new().without_nonce().with_covered_components(names);
    for (id, scheme, without) in [
        (
            "post-digest",
            covering(&["@method", "@authority", "@path", "@query", "content-type", "content-digest"]),
            &["content-digest", "signature-input", "signature"][..],
        ),
        ("no-components", covering(&[]), &FIELDS),
        ("absent-query", covering(&["@query"]), &FIELDS),
        // Beside a signature of another label, in place of the one of this.
        ("multi-signature-tag-app", covering(&["@method", "@path"]).with_label("app").with_tag("app"), &[]),
    ] {
        let vector = vector("rfc9421-hmac-sha256", id);
        assert_eq!(vector.signed_anew(&scheme, without).headers(), vector.request.headers(), "{id}");
    }
}

#[tokio::test]
async fn what_we_sign_covers_everything_and_passes_once() {
    let mut vector = vector("rfc9421-hmac-sha256", "post-digest");
    vector.request = vector.signed_anew(&Rfc9421::new(), &["content-digest", "signature-input", "signature"]);
    let fields = ["content-digest", "signature"];
    assert_covers(std::slice::from_ref(&vector), layer, Rfc9421::new().profile().covers(), &fields).await;
    // The label is signed by nobody, but has to be the same in both fields.
    assert_covered(std::slice::from_ref(&vector), layer, Part::Field("signature-input")).await;
    let all = Rfc9421::new().profile().covers() | Coverage::NONCE | Coverage::KEY_ID;
    assert_eq!(send(layer(&vector).with_required_components(all), &vector.request).await, Ok(()));
    let store = MemoryStore::new().with_secret(vector.key_id().as_str(), vector.secret());
    let once = HmacAuthLayer::new(Rfc9421::new(), store).with_clock(ManualClock::new(vector.now));
    for _ in 0..2 {
        let signed = vector.signed_anew(&Rfc9421::new(), &["content-digest", "signature-input", "signature"]);
        assert_eq!(send(once.clone(), &signed).await, Ok(()));
        assert_eq!(send(once.clone(), &signed).await, Err(AuthErrorKind::Replayed));
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let covers = Rfc9421::new().profile().covers();
    let rows = [vector("rfc9421-hmac-sha256", "post-digest")];
    assert_covers(&rows, layer, covers, &["content-type", "content-digest", "signature", "signature-input"]).await;
    let rows = [vector("rfc9421-hmac-sha256", "all-derived")];
    assert_covers(&rows, layer, covers | Coverage::SCHEME, &["x-dup"]).await;
}

/// Method, target and query in other words.
#[tokio::test]
async fn the_target_can_be_covered_in_several_ways() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    for (names, missing) in [
        (&["@method", "@target-uri", "content-digest"][..], Coverage::NONE),
        (&["@method", "@authority", "@request-target", "content-digest"], Coverage::NONE),
        (&["@method", "host", "@path", "@query", "content-digest"], Coverage::NONE),
        (&["@authority", "@path", "@query", "content-digest"], Coverage::METHOD),
        (&["@method", "@path", "@query", "content-digest"], Coverage::AUTHORITY),
        (&["@method", "@authority", "@query", "content-digest"], Coverage::PATH),
        (&["@method", "@authority", "@path", "content-digest"], Coverage::QUERY),
        (&["@method", "@authority", "@path", "@query"], Coverage::BODY),
    ] {
        let scheme = Rfc9421::new().with_covered_components(names);
        let mut signed = vector.clone();
        signed.request = vector.signed_anew(&scheme, &["content-digest", "signature-input", "signature"]);
        let expected = if missing == Coverage::NONE { Ok(()) } else { Err(TOO_LITTLE) };
        assert_eq!(send(layer(&signed), &signed.request).await, expected, "{names:?}");
        let lax = layer(&signed).with_insecure_reference_policy();
        assert_eq!(send(lax, &signed.request).await, Ok(()), "{names:?}");
        if missing == Coverage::NONE {
            for part in [Part::Method, Part::Authority, Part::Path, Part::Query, Part::Body] {
                assert_covered(std::slice::from_ref(&signed), layer, part).await;
            }
        }
    }
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = Rfc9421::new().without_nonce().with_covered_components([
        "@method",
        "@path",
        "@query",
        "content-digest",
        "x-a",
        "x-b",
    ]);
    let world = World::new()
        .with_bodies(&["", "a", "\n"])
        .with_field("x-a", &["", "1", "1\"x-b\": 2", "1, 2"])
        .with_field("x-b", &["", "2"]);
    assert_eq!(world.collisions(&scheme, scheme.profile().covers(), "signature"), [].into());
}

/// An empty query would be signed as if there were none.
#[tokio::test]
async fn an_empty_query_is_refused() {
    let mut vector = vector("rfc9421-hmac-sha256", "absent-query");
    *vector.request.uri_mut() = "https://example.com/foo?".parse().unwrap();
    let lax = layer(&vector).with_insecure_reference_policy();
    assert_eq!(send(lax, &vector.request).await, MALFORMED);
    assert!(vector.try_signed_anew(&Rfc9421::new(), &FIELDS).is_err());
}

#[tokio::test]
async fn all_digests_that_can_be_judged_have_to_hold_and_others_do_not_count() {
    let base = vector("rfc9421-hmac-sha256", "post-digest");
    let sha256 = base.request.headers()["content-digest"].to_str().unwrap().to_owned();
    let sha512 = |of: &[u8]| {
        let digest = BodyClaim::new(DigestAlgorithm::Sha512, Encoding::Base64, "").digest_of(of);
        format!("sha-512=:{digest}:")
    };
    let right = sha512(base.request.body());
    let wrong = sha512(b"else");
    for (digests, expected) in [
        (right.clone(), Ok(())),
        (format!("{sha256}, {right}"), Ok(())),
        (format!("{sha256}, {wrong}"), Err(AuthErrorKind::BadSignature)),
        (wrong, Err(AuthErrorKind::BadSignature)),
        (format!("md5=:AAAA:, {sha256}"), Ok(())),
        ("md5=:AAAA:".to_owned(), Err(TOO_LITTLE)),
        ("unixsum=1".to_owned(), Err(TOO_LITTLE)),
        (format!("{sha256}, {sha256}"), MALFORMED),
        (sha256.replace(":", ""), MALFORMED),
        (sha256.replace("sha-256", "SHA-256"), MALFORMED),
        (format!(" {sha256}"), Ok(())),
        (sha256.replace("=:", "=: "), MALFORMED),
        ("sha-256".to_owned(), MALFORMED),
        (String::new(), MALFORMED),
    ] {
        let mut vector = base.clone();
        let digests = http::HeaderValue::from_str(digests.trim()).unwrap();
        vector.request.headers_mut().insert("content-digest", digests.clone());
        let signed = sign_as_it_is(&vector);
        assert_eq!(send(layer(&vector), &signed).await, expected, "{digests:?}");
    }
}

/// Signs the `Content-Digest` that is there, right or wrong, as far as it can be signed.
fn sign_as_it_is(vector: &Vector) -> Request<Bytes> {
    vector.try_signed_anew(&GivenDigest::of(Rfc9421::new()), &FIELDS).unwrap_or_else(|_| vector.request.clone())
}

#[tokio::test]
async fn which_of_several_signatures_counts_is_said_by_tag_or_label() {
    let vector = vector("rfc9421-hmac-sha256", "multi-signature-tag-app");
    let lax = |scheme: Rfc9421| vector.layer(scheme).with_insecure_reference_policy();
    for (scheme, expected) in [
        (Rfc9421::new(), Err(AuthErrorKind::SeveralCredentials)),
        (Rfc9421::new().with_tag("app"), Ok(())),
        (Rfc9421::new().with_label("app"), Ok(())),
        (Rfc9421::new().with_label("app").with_tag("app"), Ok(())),
        (Rfc9421::new().with_label("proxy"), Err(AuthErrorKind::UnknownKey)),
        (Rfc9421::new().with_label("app").with_tag("proxy"), Err(AuthErrorKind::MissingCredentials)),
        (Rfc9421::new().with_tag("other"), Err(AuthErrorKind::MissingCredentials)),
    ] {
        assert_eq!(send(lax(scheme.clone()), &vector.request).await, expected, "{scheme:?}");
    }
}

#[tokio::test]
async fn structured_fields_have_one_spelling_and_what_is_not_known_is_refused() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    let [input, signature] = FIELDS.map(|name| vector.request.headers()[name].to_str().unwrap().to_owned());
    let cases = [
        ("created=1700000000", "created=01700000000", MALFORMED),
        ("created=1700000000", "created=+1700000000", MALFORMED),
        ("created=1700000000", "created=-1700000000", MALFORMED),
        ("created=1700000000", "created=1700000000.0", MALFORMED),
        ("created=1700000000", "created=\"1700000000\"", MALFORMED),
        ("created=1700000000", "created=@1700000000", MALFORMED),
        ("created=1700000000", "created=1700000000;created=1700000000", MALFORMED),
        ("created=1700000000", "created=1700000000;other=1", MALFORMED),
        ("created=1700000000", "created=1700000000; expires=1700000001", MALFORMED),
        ("created=1700000000", "created=1700000000;expires=1700000000", Err(AuthErrorKind::Stale)),
        ("created=1700000000", "created=1700000000;tag=x", MALFORMED),
        ("created=1700000000;", "", Err(TOO_LITTLE)),
        (";keyid=\"test-shared-secret\"", "", MALFORMED),
        ("keyid=\"test-shared-secret\"", "keyid=\"\"", MALFORMED),
        ("keyid=\"test-shared-secret\"", "keyid=test", MALFORMED),
        ("\"hmac-sha256\"", "\"hmac-sha512\"", MALFORMED),
        ("\"hmac-sha256\"", "hmac-sha256", MALFORMED),
        (";alg=\"hmac-sha256\"", "", Err(AuthErrorKind::BadSignature)),
        ("\"@method\" ", "\"@method\"  ", MALFORMED),
        ("\"@method\"", "\"@method\" \"@method\"", MALFORMED),
        ("\"@method\"", "\"@method\";req", MALFORMED),
        ("\"content-type\"", "\"content-type\";sf", MALFORMED),
        ("\"content-type\"", "\"content-type\";bs", MALFORMED),
        ("\"content-type\"", "\"content-type\";key=\"a\"", MALFORMED),
        ("\"content-type\"", "\"content-type\";tr", MALFORMED),
        ("\"content-type\"", "\"Content-Type\"", MALFORMED),
        ("\"content-type\"", "\"x-absent\"", MALFORMED),
        ("\"content-type\"", "content-type", MALFORMED),
        ("\"content-type\"", "\"@status\"", MALFORMED),
        ("\"content-type\"", "\"@signature-params\"", MALFORMED),
        ("\"content-type\"", "\"@query-param\"", MALFORMED),
        ("\"content-type\"", "\"@query-param\";name=\"absent\"", MALFORMED),
        ("sig1=(", "sig1=1, sig2=(", MALFORMED),
        ("sig1=(", "sig2=(", MALFORMED),
        ("sig1=(", "sig1 = (", MALFORMED),
        ("sig1=", "", MALFORMED),
    ];
    for (from, to, expected) in cases {
        let changed = input.replacen(from, to, 1);
        assert_ne!(changed, input, "{from}");
        let mut request = vector.request.clone();
        request.headers_mut().insert("signature-input", changed.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{changed}");
    }
    for (changed, expected) in [
        (signature.replace("=:\"", ":"), Ok(())),
        (signature.replace("=:", "=:="), MALFORMED),
        (signature.replacen("sig1=:", "sig1=::", 1), MALFORMED),
        (signature.replacen("sig1=:", "sig2=:", 1), MALFORMED),
        (format!("{signature};a=1"), MALFORMED),
        (format!("{signature}, sig2=1"), Ok(())),
        (format!("{signature},sig2=1"), MALFORMED),
        ("sig1=1".to_owned(), MALFORMED),
        ("sig1".to_owned(), MALFORMED),
        ("sig1=::".to_owned(), Err(AuthErrorKind::BadSignature)),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("signature", changed.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{changed}");
    }
    for name in FIELDS {
        let mut request = vector.request.clone();
        request.headers_mut().remove(name);
        assert_eq!(send(layer(&vector), &request).await, MALFORMED, "without {name}");
        let mut request = vector.request.clone();
        let again = request.headers()[name].clone();
        request.headers_mut().append(name, again);
        assert_eq!(send(layer(&vector), &request).await, Err(AuthErrorKind::SeveralCredentials), "two of {name}");
    }
}

/// Padding is part of base64: `AA==` and `AA` are not two spellings of one signature.
#[tokio::test]
async fn a_signature_is_padded() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    let signature =
        vector.request.headers()["signature"].to_str().unwrap().replace("=:", ":").replacen("sig1:", "sig1=:", 1);
    let mut request = vector.request.clone();
    request.headers_mut().insert("signature", signature.parse().unwrap());
    assert_eq!(send(layer(&vector), &request).await, MALFORMED);
}

#[tokio::test]
async fn a_parameter_of_the_query_can_be_covered_when_it_is_there_once() {
    let base = vector("rfc9421-hmac-sha256", "all-derived");
    let lax = || layer(&base).with_insecure_reference_policy();
    assert_eq!(send(lax(), &base.request).await, Ok(()));
    for (query, expected) in [
        ("x=1&x=2&y=", Ok(())),
        ("x=1&x=2&y=&y=", MALFORMED),
        ("x=1&x=2&%79=", MALFORMED),
        ("x=1&x=2", MALFORMED),
        ("x=1&x=2&y=%ff", MALFORMED),
    ] {
        let mut request = base.request.clone();
        *request.uri_mut() = format!("https://example.com:8443/a%20b/../c?{query}").parse().unwrap();
        let outcome = send(lax(), &request).await;
        assert!(
            outcome == expected || (expected == MALFORMED && outcome == Err(AuthErrorKind::BadSignature)),
            "{query}: {outcome:?}"
        );
        assert_eq!(outcome.is_ok(), expected.is_ok(), "{query}");
    }
}

#[tokio::test]
async fn more_than_sixty_four_components_are_refused() {
    let base = vector("rfc9421-hmac-sha256", "post-digest");
    for (count, expected) in [(64, true), (65, false)] {
        let mut vector = base.clone();
        let names: Vec<_> = (0..count).map(|at| format!("x-{at}")).collect();
        for name in &names {
            let name = http::HeaderName::try_from(name).unwrap();
            vector.request.headers_mut().insert(name, "1".parse().unwrap());
        }
        let scheme = Rfc9421::new().with_covered_components(&names);
        assert_eq!(vector.try_signed_anew(&scheme, &FIELDS).is_ok(), expected, "{count}");
    }
}

#[tokio::test]
async fn a_lifetime_only_shortens_what_the_layer_allows() {
    let base = vector("rfc9421-hmac-sha256", "post-digest");
    for (lifetime, later, expected) in [
        (60, 59, Ok(())),
        (60, 60, Err(AuthErrorKind::Stale)),
        (3600, 300, Ok(())),
        (3600, 301, Err(AuthErrorKind::Stale)),
    ] {
        let scheme = Rfc9421::new().with_lifetime(Duration::from_secs(lifetime));
        let signed = base.signed_anew(&scheme, &["content-digest", "signature-input", "signature"]);
        let vector = Vector { now: base.now + Duration::from_secs(later), ..base.clone() };
        assert_eq!(send(layer(&vector), &signed).await, expected, "{lifetime} {later}");
    }
}

/// HTTP/1.1 does not say the scheme, so nobody can tell whether a port is the default one.
#[tokio::test]
async fn the_authority_is_signed_in_lower_case_without_the_default_port() {
    let base = vector("rfc9421-hmac-sha256", "post-digest");
    for (uri, host, expected) in [
        ("https://EXAMPLE.com/foo?param=Value&Pet=dog", "EXAMPLE.com", Ok(())),
        ("https://example.com:443/foo?param=Value&Pet=dog", "example.com:443", Ok(())),
        ("https://example.com:80/foo?param=Value&Pet=dog", "example.com:80", Err(AuthErrorKind::BadSignature)),
        ("/foo?param=Value&Pet=dog", "example.com", Ok(())),
        ("/foo?param=Value&Pet=dog", "example.com:443", Err(AuthErrorKind::BadSignature)),
    ] {
        let mut request = base.request.clone();
        *request.uri_mut() = uri.parse().unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(send(layer(&base), &request).await, expected, "{uri} {host}");
    }
}
