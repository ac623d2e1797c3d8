//! AWS Signature Version 4.

use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::SigV4;
use countersign::hmac::{Coverage, HmacScheme as _};
use countersign::{AuthErrorKind, HmacAuthLayer};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};

use crate::harness::{Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::{Part, assert_covered, assert_covers};

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);
const DIGEST: &str = "x-amz-content-sha256";

fn sigv4() -> SigV4 {
    SigV4::new("us-east-1", "service").with_presigned_urls()
}

fn layer(vector: &Vector) -> HmacAuthLayer {
    vector.layer(sigv4())
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("aws-sigv4"), layer, &[], &[]).await;
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let rows = vectors("aws-sigv4").into_iter().filter(|vector| vector.is_valid() && vector.id != "edge-skew-300");
    for vector in rows.filter(|vector| vector.id != "presigned-query") {
        let signed = vector.signed_anew(&sigv4(), &["authorization", "x-amz-date"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
    let vector = vector("aws-sigv4", "presigned-query");
    let mut bare = vector.clone();
    *bare.request.uri_mut() = "https://example.amazonaws.com/obj?x=1".parse().unwrap();
    let scheme = sigv4().with_signature_in_query(Duration::from_secs(300));
    let signed = bare.signed_anew(&scheme, &[]);
    assert_eq!(signed.uri(), vector.request.uri());
    // Signing again replaces the first signature.
    assert_eq!(vector.signed_anew(&scheme, &[]).uri(), vector.request.uri());
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let (in_query, in_field): (Vec<_>, Vec<_>) =
        vectors("aws-sigv4").into_iter().partition(|vector| vector.id == "presigned-query");
    let fields = ["x-amz-date", "content-type", "x-amz-security-token", "authorization"];
    assert_covers(&in_field, layer, sigv4().profile().covers(), &fields).await;
    assert_covers(&in_query, layer, sigv4().profile().covers(), &[]).await;
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = sigv4();
    let world = World::new().with_bodies(&["", "a", "\n"]).with_field("x-amz-a", &["", "1", "x-amz-b:1", "1;x-amz-b"]);
    let found = world.collisions(&scheme, scheme.profile().covers(), "authorization");
    // An empty query is none, and a name without a value has an empty one.
    let means = |query: &str| match query {
        "Some(\"\")" => "None".to_owned(),
        query => query.replace("a=b&c\"", "a=b&c=\"").replace("(\"a\")", "(\"a=\")"),
    };
    for (one, other) in found {
        let [one, other] = [one, other].map(|mut meaning| {
            meaning[2] = means(&meaning[2]);
            meaning
        });
        assert_eq!(one, other);
    }
}

/// What botocore 1.44.5 makes: `S3SigV4Auth`, `S3SigV4QueryAuth(expires=120)` and `SigV4Auth`, at the same time and with the same key.
#[tokio::test]
async fn the_rules_of_s3_and_of_the_others_are_botocores() {
    let base = vector("aws-sigv4", "post-utf8");
    let request = |method: &str, uri: &str, fields: &[(&'static str, &'static str)], body: &'static [u8]| {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, HeaderValue::from_static(value));
        }
        request.body(Bytes::from_static(body)).unwrap()
    };
    let s3 = || SigV4::new("us-east-1", "s3").with_presigned_urls();
    let put = request(
        "PUT",
        "https://bucket.s3.amazonaws.com/a%20b//c%2F(d)/../e?x-id=PutObject",
        &[
            ("content-type", "text/plain"),
            ("x-amz-meta-a", "one   two"),
            ("host", "bucket.s3.amazonaws.com"),
            ("x-amz-date", "20231114T221320Z"),
            (DIGEST, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/us-east-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=a9689125731e8314346698c92c1ae101129ff6b753854bda9574f9542e822cfa",
            ),
        ],
        b"hello",
    );
    let get = request(
        "GET",
        "https://bucket.s3.amazonaws.com/a%20b?x=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20231114%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20231114T221320Z&X-Amz-Expires=120&X-Amz-SignedHeaders=host&X-Amz-Signature=67b312b71ab4ef673ae9745cbcd29de51349e42f337b152932494b6d63de75d4",
        &[],
        b"",
    );
    let plain = request(
        "GET",
        "https://example.amazonaws.com/a%20b/c(d)?x=1&a=b%2Fc",
        &[
            ("host", "example.amazonaws.com"),
            ("x-amz-a", "1"),
            ("x-amz-b", "two  words"),
            ("x-amz-date", "20231114T221320Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-a;x-amz-b;x-amz-date, Signature=0237aa4dfb13a45627d323d08c784b935375243b071e5c0ea87b4228c536cdf0",
            ),
        ],
        b"",
    );
    for (scheme, request) in [(s3(), &put), (s3(), &get), (sigv4(), &plain)] {
        let layer = base.layer(scheme.clone());
        assert_eq!(send(layer, request).await, Ok(()), "{}", request.uri());
        let vector = Vector { request: request.clone(), ..base.clone() };
        if request.headers().contains_key("authorization") {
            let signed = vector.signed_anew(&scheme, &["authorization", "x-amz-date"]);
            assert_eq!(signed.headers(), request.headers(), "{}", request.uri());
        } else {
            let scheme = scheme.with_signature_in_query(Duration::from_secs(120));
            assert_eq!(vector.signed_anew(&scheme, &[]).uri(), request.uri());
        }
    }
    // The body of a presigned request to S3 is not covered, so there may be none.
    let with_body = get.map(|_| Bytes::from_static(b"added"));
    assert_eq!(send(base.layer(s3()), &with_body).await, Err(AuthErrorKind::InsufficientCoverage));
    let lax = base.layer(s3()).with_insecure_reference_policy();
    assert_eq!(send(lax, &with_body).await, Ok(()));
}

#[tokio::test]
async fn a_claimed_digest_is_held_against_the_body() {
    let mut vector = vector("aws-sigv4", "post-utf8");
    vector.request = vector.signed_anew(&sigv4().with_content_sha256(), &["authorization", "x-amz-date"]);
    assert!(vector.request.headers().contains_key(DIGEST));
    for part in [Part::Field(DIGEST), Part::Body] {
        assert_covered(std::slice::from_ref(&vector), layer, part).await;
    }
    let mut nothing = crate::harness::vector("aws-sigv4", "session-token");
    nothing.request = nothing.signed_anew(&sigv4().with_content_sha256(), &["authorization", "x-amz-date"]);
    assert_eq!(send(layer(&nothing), &nothing.request).await, Ok(()));
    let added = nothing.request.clone().map(|_| "added".into());
    assert_eq!(send(layer(&nothing), &added).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn an_unsigned_payload_is_refused_unless_told_otherwise() {
    let mut vector = vector("aws-sigv4", "post-utf8");
    vector.request.headers_mut().insert(DIGEST, HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    let signed = vector.signed_anew(&sigv4(), &["authorization", "x-amz-date"]);
    assert_eq!(send(layer(&vector), &signed).await, Err(AuthErrorKind::InsufficientCoverage));
    assert_eq!(send(layer(&vector).with_insecure_reference_policy(), &signed).await, Ok(()));
    for other in ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "", "UNSIGNED"] {
        let mut request = signed.clone();
        request.headers_mut().insert(DIGEST, other.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, MALFORMED, "{other}");
    }
}

#[tokio::test]
async fn what_the_canonical_form_would_make_alike_is_refused() {
    let base = vector("aws-sigv4", "session-token");
    for (target, expected) in [
        ("/?b=2&a=1", Ok(())),
        ("/?a=1&b=2", Ok(())),
        ("/?a=1&a=2", Ok(())),
        ("/?a=2&a=1", Err(())),
        ("/?a=+", Err(())),
        ("/?a=%zz", Err(())),
        ("/a//b", Err(())),
        ("/a/./b", Err(())),
        ("/a/../b", Err(())),
        ("/a/.b", Ok(())),
        ("/a%2F..%2Fb", Ok(())),
    ] {
        let mut vector = base.clone();
        *vector.request.uri_mut() = format!("https://example.amazonaws.com{target}").parse().unwrap();
        let signed = vector.try_signed_anew(&sigv4(), &["authorization", "x-amz-date"]);
        assert_eq!(signed.as_ref().map(|_| ()).map_err(|_| ()), expected, "{target}");
        match signed {
            Ok(signed) => assert_eq!(send(layer(&vector), &signed).await, Ok(()), "{target}"),
            Err(_) => assert_eq!(send(layer(&vector), &vector.request).await, MALFORMED, "{target}"),
        }
    }
}

#[tokio::test]
async fn host_and_security_token_have_to_be_signed() {
    let vector = vector("aws-sigv4", "session-token");
    let value = vector.request.headers()[AUTHORIZATION].to_str().unwrap();
    let mut request = vector.request.clone();
    let without = value.replace(";x-amz-security-token", "");
    request.headers_mut().insert(AUTHORIZATION, without.parse().unwrap());
    assert_eq!(send(layer(&vector), &request).await, MALFORMED);
    assert_eq!(send(layer(&vector).with_insecure_reference_policy(), &request).await, MALFORMED);
    let without = value.replace("host;", "");
    request.headers_mut().insert(AUTHORIZATION, without.parse().unwrap());
    assert_eq!(send(layer(&vector), &request).await, Err(AuthErrorKind::InsufficientCoverage));
}

#[tokio::test]
async fn the_scope_is_ours_and_of_the_day() {
    let vector = vector("aws-sigv4", "post-utf8");
    for (region, service) in [("us-east-2", "service"), ("us-east-1", "s3"), ("us-east-1/x", "service"), ("", "")] {
        let other = vector.layer(SigV4::new(region, service));
        assert_eq!(send(other, &vector.request).await, MALFORMED, "{region} {service}");
    }
    let value = vector.request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    for (from, to, expected) in [
        ("AWS4-HMAC-SHA256", "aws4-hmac-sha256", Ok(())),
        (", ", ",", Ok(())),
        ("20231114/", "20231113/", MALFORMED),
        ("aws4_request", "aws4_reques", MALFORMED),
        ("AKIDEXAMPLE/", "a/b/", MALFORMED),
        ("AKIDEXAMPLE/", "/", MALFORMED),
        ("AKIDEXAMPLE", "AKIDOTHER", Err(AuthErrorKind::UnknownKey)),
        ("content-type;host", "host;content-type", MALFORMED),
        ("content-type;host", "Content-Type;host", MALFORMED),
        ("content-type;host", "content-type;content-type;host", MALFORMED),
        ("content-type;host", "content-type;host;x-absent", MALFORMED),
        ("content-type;host", ";content-type;host", MALFORMED),
        ("Signature=bc", "Signature=BC", MALFORMED),
        (", Signature", ", Signature=1, Signature", MALFORMED),
        (", Signature", ", Other=1, Signature", MALFORMED),
    ] {
        let mut request = vector.request.clone();
        assert_ne!(value.replace(from, to), value, "{from}");
        request.headers_mut().insert(AUTHORIZATION, value.replacen(from, to, 1).parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, expected, "{from} {to}");
    }
    for date in ["20231114T221320", "2023-11-14T22:13:20Z", "1700000000", ""] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("x-amz-date", date.parse().unwrap());
        assert_eq!(send(layer(&vector), &request).await, MALFORMED, "{date}");
    }
}

/// `X-Amz-Expires` shortens what the layer allows, and never lengthens it.
#[tokio::test]
async fn a_presigned_url_is_good_for_as_long_as_both_sides_want() {
    let base = vector("aws-sigv4", "presigned-query");
    let signed_for = |seconds| {
        let mut vector = base.clone();
        *vector.request.uri_mut() = "https://example.amazonaws.com/obj?x=1".parse().unwrap();
        vector.signed_anew(&sigv4().with_signature_in_query(Duration::from_secs(seconds)), &[])
    };
    for (seconds, later, expected) in [
        (60, 59, Ok(())),
        (60, 60, Err(AuthErrorKind::Stale)),
        (604_800, 300, Ok(())),
        (604_800, 301, Err(AuthErrorKind::Stale)),
    ] {
        let vector = Vector { now: base.now + Duration::from_secs(later), ..base.clone() };
        assert_eq!(send(layer(&vector), &signed_for(seconds)).await, expected, "{seconds} {later}");
    }
    let long = Vector { now: base.now + Duration::from_secs(86_400), ..base.clone() };
    let day = layer(&long).with_leeway(Duration::from_secs(604_800), Duration::from_secs(300));
    assert_eq!(send(day, &signed_for(604_800)).await, Ok(()));
    for lifetime in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(604_801)] {
        let scheme = sigv4().with_signature_in_query(lifetime);
        assert!(base.try_signed_anew(&scheme, &[]).is_err(), "{lifetime:?}");
    }
}

#[tokio::test]
async fn credentials_in_the_query_are_read_where_told_to_and_once() {
    let vector = vector("aws-sigv4", "presigned-query");
    let not_told = vector.layer(SigV4::new("us-east-1", "service"));
    assert_eq!(send(not_told, &vector.request).await, Err(AuthErrorKind::MissingCredentials));
    let uri = vector.request.uri().to_string();
    for (from, to, expected) in [
        ("X-Amz-Expires=300", "X-Amz-Expires=0300", MALFORMED),
        ("X-Amz-Expires=300", "X-Amz-Expires=0", MALFORMED),
        ("X-Amz-Expires=300", "X-Amz-Expires=604801", MALFORMED),
        ("X-Amz-Expires=300", "X-Amz-Expires=301", Err(AuthErrorKind::BadSignature)),
        ("&X-Amz-Expires=300", "", MALFORMED),
        ("X-Amz-Expires=300", "X-Amz-Expires=300&X-Amz-Expires=300", MALFORMED),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", MALFORMED),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=", MALFORMED),
        ("X-Amz-Signature=", "X-Amz-Signature=0&X-Amz-Signature=", MALFORMED),
        ("X-Amz-Signature=", "x-amz-signature=", Err(AuthErrorKind::MissingCredentials)),
    ] {
        let mut request = vector.request.clone();
        *request.uri_mut() = uri.replace(from, to).parse().unwrap();
        assert_eq!(send(layer(&vector), &request).await, expected, "{from} {to}");
    }
    let mut both = vector.signed_anew(&sigv4(), &[]);
    assert_eq!(send(layer(&vector), &both).await, Err(AuthErrorKind::SeveralCredentials));
    *both.uri_mut() = "https://example.amazonaws.com/obj?x=1".parse().unwrap();
    let once = Vector { request: both, ..vector.clone() };
    let signed = once.signed_anew(&sigv4(), &["authorization", "x-amz-date"]);
    assert_eq!(send(layer(&vector), &signed).await, Ok(()));
    // Required of every signature, wherever it stands.
    let demanding = layer(&vector).with_required_components(sigv4().profile().covers() | Coverage::CONTENT_TYPE);
    assert_eq!(send(demanding, &vector.request).await, Err(AuthErrorKind::InsufficientCoverage));
}
