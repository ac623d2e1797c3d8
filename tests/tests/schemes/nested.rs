//! What no known format has, but a base can say: bytes around the body within a digest, within another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use crate::harness::{Vector, vector};
use crate::mutation::{Part, assert_covered};

/// Signs the body by way of two digests, each with bytes around what it is taken of; or the body itself.
struct Nested {
    digests: bool,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("Nested", Algorithm::HmacSha256, Encoding::Hex, Coverage::BODY, &CREDENTIALS);
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

impl HmacScheme for Nested {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let signature = head.single(&SIGNATURE)?.ok_or(Malformed::new("no signature"))?;
        Presented::new("the-only-one".parse().unwrap()).with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&'r self, _: &SignedHead<'r>, _: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_literal("begin ");
        if self.digests {
            let mut inner = SignatureBase::new();
            inner.push_literal("before ");
            inner.push_body();
            inner.push_literal(" after");
            let mut outer = SignatureBase::new();
            outer.push_literal("outer ");
            outer.push_digest(DigestAlgorithm::Sha256, Encoding::Hex, inner);
            outer.push_literal(" end");
            base.push_digest(DigestAlgorithm::Sha512, Encoding::Base64, outer);
        } else {
            base.push_body();
        }
        base.push_literal(" end");
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, HeaderValue::try_from(signature).map_err(|_| Malformed::new("no value"))?);
        Ok(())
    }
}

/// Made by hand of the same parts: where nothing is digested, the digest that is sent is what is signed.
#[tokio::test]
async fn digests_within_digests_are_taken_from_the_inside_out() {
    let vector = vector("stripe", "basic-json");
    let body = |body: Bytes| Request::post("https://example.com/").body(body).unwrap();
    let base = Vector { request: body(vector.request.body().clone()), ..vector };
    let nested = Vector { request: base.signed_anew(&Nested { digests: true }, &[]), ..base.clone() };
    let layer = |vector: &Vector| vector.layer(Nested { digests: true });
    assert_covered(std::slice::from_ref(&nested), layer, Part::Body).await;

    let sha = |algorithm, encoding, bytes: &[u8]| BodyClaim::new(algorithm, encoding, "").digest_of(bytes);
    let inner = [b"before ", base.request.body().as_ref(), b" after"].concat();
    let outer = format!("outer {} end", sha(DigestAlgorithm::Sha256, Encoding::Hex, &inner));
    let digest = sha(DigestAlgorithm::Sha512, Encoding::Base64, outer.as_bytes());
    assert_eq!(STANDARD.decode(&digest).unwrap().len(), 64);
    let by_hand = Vector { request: body(digest.into()), ..base };
    let by_hand = by_hand.signed_anew(&Nested { digests: false }, &[]);
    assert_eq!(nested.request.headers()[SIGNATURE], by_hand.headers()[SIGNATURE]);
}
