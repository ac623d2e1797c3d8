//! Providers that sign the body alone.

use std::convert::Infallible;

use bytes::Bytes;
use countersign::AuthErrorKind;
use countersign::hmac::HmacScheme as _;
use countersign::hmac::schemes::BodyMac;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, ServiceExt};

use crate::harness::{Vector, assert_verdicts, send, vector, vectors};
use crate::injectivity::World;
use crate::mutation::assert_covers;

/// The providers that there are vectors of: file, which of its rows, constructor, field.
type Provider = (&'static str, fn(&Vector) -> bool, New, &'static str);
type New = fn() -> BodyMac;

const WITH_VECTORS: [Provider; 5] = [
    // The third row's signature stands in the JSON, over some of it: a format of its own.
    ("adyen", |vector| vector.id.starts_with("payload-"), BodyMac::adyen, "hmacsignature"),
    ("line", |_| true, BodyMac::line, "x-line-signature"),
    ("razorpay", |_| true, BodyMac::razorpay, "x-razorpay-signature"),
    ("sentry-modern", |vector| vector.id.starts_with("hook-"), BodyMac::sentry_hook, "sentry-hook-signature"),
    // The others' signature stands in the query: a format of its own.
    ("shopify", |vector| vector.json["kind"] == "webhook", BodyMac::shopify, "x-shopify-hmac-sha256"),
];

const ALL: [(New, &str); 13] = [
    (BodyMac::adyen, "hmacsignature"),
    (BodyMac::asana, "x-hook-signature"),
    (BodyMac::bitbucket, "x-hub-signature"),
    (BodyMac::dropbox, "x-dropbox-signature"),
    (BodyMac::gitea, "x-gitea-signature"),
    (BodyMac::intercom, "x-hub-signature"),
    (BodyMac::line, "x-line-signature"),
    (BodyMac::meta, "x-hub-signature-256"),
    (BodyMac::razorpay, "x-razorpay-signature"),
    (BodyMac::sentry_hook, "sentry-hook-signature"),
    (BodyMac::shopify, "x-shopify-hmac-sha256"),
    (BodyMac::typeform, "typeform-signature"),
    (BodyMac::vercel, "x-vercel-signature"),
];

fn rows((file, which, ..): &Provider) -> Vec<Vector> {
    vectors(file).into_iter().filter(which).collect()
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for provider in &WITH_VECTORS {
        assert_verdicts(&rows(provider), |vector| vector.layer(provider.2()), &[], &[]).await;
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for provider in &WITH_VECTORS {
        for vector in rows(provider).into_iter().filter(Vector::is_valid) {
            let signed = vector.signed_anew(&provider.2(), &[provider.3]);
            assert_eq!(signed.headers(), vector.request.headers(), "{} {}", provider.0, vector.id);
        }
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    for provider in &WITH_VECTORS {
        let covers = provider.2().profile().covers();
        assert_covers(&rows(provider), |vector| vector.layer(provider.2()), covers, &[provider.3]).await;
    }
}

/// Made by hand of the documentation's words, with `openssl dgst -hmac`: what is signed is `{}`, with the key `secret`.
#[tokio::test]
async fn what_is_documented_is_what_is_signed() {
    let mut vector = vector("razorpay", "tampered");
    *vector.request.body_mut() = Bytes::from_static(b"{}");
    vector.json["secret"] = serde_json::json!({ "utf8": "secret" });
    for (scheme, field, prefix, mac) in DOCUMENTED {
        let mut request = vector.request.clone();
        request.headers_mut().insert(field, format!("{prefix}{mac}").parse().unwrap());
        assert_eq!(send(vector.layer(scheme()), &request).await, Ok(()), "{field}");
        request.headers_mut().insert(field, format!("{prefix}{}", mac.to_uppercase()).parse().unwrap());
        assert!(send(vector.layer(scheme()), &request).await.is_err(), "{field}");
    }
}

const SHA256: &str = "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13";
const SHA1: &str = "5d61605c3feea9799210ddcb71307d4ba264225f";
const DOCUMENTED: [(New, &str, &str, &str); 8] = [
    (BodyMac::asana, "x-hook-signature", "", SHA256),
    (BodyMac::bitbucket, "x-hub-signature", "sha256=", SHA256),
    (BodyMac::dropbox, "x-dropbox-signature", "", SHA256),
    (BodyMac::gitea, "x-gitea-signature", "", SHA256),
    (BodyMac::intercom, "x-hub-signature", "sha1=", SHA1),
    (BodyMac::meta, "x-hub-signature-256", "sha256=", SHA256),
    (BodyMac::typeform, "typeform-signature", "sha256=", "dzJZAsrKgS3CWXM6rNBGtzgXNyx3e42VtAJkdHRRbhM="),
    (BodyMac::vercel, "x-vercel-signature", "", SHA1),
];

#[tokio::test]
async fn every_provider_reads_what_it_writes_and_no_other() {
    let vector = vector("razorpay", "basic");
    let secret = serde_json::json!({ "utf8": "00".repeat(32) });
    for (scheme, field) in ALL {
        let mut vector = vector.clone();
        vector.json["secret"] = secret.clone();
        vector.request.headers_mut().clear();
        let signed = vector.signed_anew(&scheme(), &[]);
        assert_eq!(send(vector.layer(scheme()), &signed).await, Ok(()), "{field}");
        let value = signed.headers()[field].to_str().unwrap();
        for other in [&value[1..], &value[..value.len() - 1], &format!("{value} "), &format!("x{value}"), ""] {
            let mut request = signed.clone();
            // A blank at the end is no part of a value (RFC 9110 §5.5), but here nobody takes it off.
            request.headers_mut().insert(field, other.parse().unwrap());
            let refused = send(vector.layer(scheme()), &request).await;
            assert_eq!(refused, Err(AuthErrorKind::MalformedCredentials), "{field}: {other}");
        }
        let mut twice = signed.clone();
        twice.headers_mut().append(field, signed.headers()[field].clone());
        assert_eq!(send(vector.layer(scheme()), &twice).await, Err(AuthErrorKind::SeveralCredentials), "{field}");
    }
}

#[test]
fn nothing_is_signed_alike() {
    let scheme = BodyMac::line();
    assert_eq!(World::new().collisions(&scheme, scheme.profile().covers(), "x-line-signature"), [].into());
}

/// The format is not known before it is configured, and its field is a credential all the same.
#[tokio::test]
async fn the_field_is_stripped_like_any_other_credential() {
    let vector = vector("line", "basic");
    let layer = vector.layer(BodyMac::line()).with_credentials_stripped();
    let service = layer.layer(tower::service_fn(async |request: Request<_>| {
        assert!(!request.headers().contains_key("x-line-signature"));
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    assert!(service.oneshot(vector.request.map(Full::new)).await.unwrap().status().is_success());
}
