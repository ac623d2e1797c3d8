//! A MAC of the body in one field: a format that is known only when it is configured, as for some fifteen providers.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use std::convert::Infallible;
use tower::{Layer, ServiceExt};

use crate::harness::{Covered, assert_covered, send, vector, vectors};

struct BodyMac {
    profile: SchemeProfile,
    field: HeaderName,
    /// What is signed before the body; lent to the base.
    before: String,
    key_id: KeyId,
}

impl BodyMac {
    fn new(field: &str, encoding: Encoding) -> Self {
        let field = HeaderName::try_from(field).unwrap();
        let profile = SchemeProfile::new("BodyMac", Algorithm::HmacSha256, encoding, Coverage::BODY, &[])
            .with_credentials([field.clone()]);
        Self { profile, field, before: String::new(), key_id: KeyId::new("the-only-one").unwrap() }
    }
}

impl HmacScheme for BodyMac {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        match head.single(&self.field)? {
            None => Ok(None),
            Some(signature) => Presented::new(self.key_id.clone()).with_signature(signature.as_bytes()).map(Some),
        }
    }

    fn bases<'r>(&'r self, _: &SignedHead<'r>, _: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_literal(&self.before);
        base.push_body();
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _: &Presented, signature: &str) -> Result<(), Malformed> {
        let value = HeaderValue::try_from(signature).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(&self.field, value);
        Ok(())
    }
}

fn line() -> BodyMac {
    BodyMac::new("x-line-signature", Encoding::Base64)
}

fn razorpay() -> BodyMac {
    BodyMac::new("x-razorpay-signature", Encoding::Hex)
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for (file, scheme) in [("line", line as fn() -> BodyMac), ("razorpay", razorpay)] {
        for vector in vectors(file) {
            let expected = if vector.is_valid() { Ok(()) } else { Err(AuthErrorKind::BadSignature) };
            assert_eq!(send(vector.layer(scheme()), &vector.request).await, expected, "{file} {}", vector.id);
        }
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("line").into_iter().filter(|vector| vector.is_valid()) {
        let signed = vector.signed_anew(&line(), &["x-line-signature"]);
        assert_eq!(signed.headers()["x-line-signature"], vector.request.headers()["x-line-signature"]);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts = [Covered::Header("x-line-signature"), Covered::Body];
    assert_covered(&vectors("line"), |vector| vector.layer(line()), &parts).await;
}

#[tokio::test]
async fn a_configured_field_is_stripped_like_any_other_credential() {
    let vector = vector("line", vectors("line").iter().find(|vector| vector.is_valid()).unwrap().id.as_str());
    let layer = vector.layer(line()).with_credentials_stripped();
    let service = layer.layer(tower::service_fn(async |request: Request<_>| {
        assert!(!request.headers().contains_key("x-line-signature"));
        Ok::<_, Infallible>(Response::new(Full::<bytes::Bytes>::default()))
    }));
    assert!(service.oneshot(vector.request.map(Full::new)).await.unwrap().status().is_success());
}
