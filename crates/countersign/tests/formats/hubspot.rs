//! HubSpot v3: signed bytes after the body. And what no known format has, but the base can say: bytes around the body within
//! a digest, within another.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::harness::{Covered, assert_covered, send, vector, vectors};
use crate::text::{seconds_since_1970, unix_seconds};

struct HubSpot {
    key_id: KeyId,
    /// Whether the body is signed by way of two digests instead, each with bytes around what it is taken of.
    nested: bool,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("HubSpot", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)));
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::SCHEME)
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::BODY)
    .and(Coverage::CREATED);
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
const SIGNATURE: HeaderName = HeaderName::from_static("x-hubspot-signature-v3");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-hubspot-request-timestamp");

struct Milliseconds(String);

impl HmacScheme for HubSpot {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        let bad = Malformed::new("no time in milliseconds");
        let text = head.single(&TIMESTAMP)?.and_then(|value| value.to_str().ok()).ok_or(bad)?;
        let (seconds, millis) = text.split_at_checked(10).ok_or(bad)?;
        let millis = millis.parse().ok().filter(|_| millis.len() == 3).ok_or(bad)?;
        let created: SystemTime = unix_seconds(seconds)? + Duration::from_millis(millis);
        let presented = Presented::new(self.key_id.clone()).with_signature(signature.as_bytes())?;
        Ok(Some(presented.with_created(created).with_extra(Milliseconds(text.to_owned()))))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Milliseconds(time) = presented.extra().ok_or(Malformed::new("no time"))?;
        let mut base = SignatureBase::new();
        base.push(Coverage::METHOD, head.method().as_str());
        base.push(Coverage::SCHEME, head.scheme().ok_or(Malformed::new("no scheme"))?);
        base.push_literal("://");
        base.push(Coverage::AUTHORITY, head.authority().ok_or(Malformed::new("no authority"))?);
        base.push_path_and_query(head);
        if self.nested {
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
        base.push(Coverage::CREATED, time);
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let time = format!("{}000", seconds_since_1970(intent.now()));
        head.headers.insert(TIMESTAMP, HeaderValue::try_from(&time).map_err(|_| Malformed::new("no time"))?);
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()).with_extra(Milliseconds(time)))
    }

    fn attach(&self, head: &mut Parts, _: &Presented, signature: &str) -> Result<(), Malformed> {
        let value = HeaderValue::try_from(signature).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(SIGNATURE, value);
        Ok(())
    }
}

fn hubspot(nested: bool) -> HubSpot {
    HubSpot { key_id: KeyId::new("the-only-one").unwrap(), nested }
}

/// The format does not delimit URL and body: the spliced request verifies, and no trait can help that.
#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("hubspot-v3") {
        let expected = match vector.expect.as_str() {
            "valid" | "policy:undelimited_concatenation" => Ok(()),
            "policy:future" => Err(AuthErrorKind::FromTheFuture),
            _ => Err(vector.refusal()),
        };
        let known_as: http::Uri = vector.json["public_url"].as_str().unwrap().parse().unwrap();
        let origin = format!("{}://{}", known_as.scheme_str().unwrap(), known_as.authority().unwrap());
        let layer = vector.layer(hubspot(false)).with_public_url(origin.parse().unwrap());
        assert_eq!(send(layer, &vector.request).await, expected, "{}", vector.id);
    }
}

const FIELDS: [&str; 2] = ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"];

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("hubspot-v3").into_iter().filter(|vector| vector.is_valid() && !vector.id.starts_with("edge"))
    {
        let signed = vector.signed_anew(&hubspot(false), &FIELDS);
        for name in FIELDS {
            assert_eq!(signed.headers()[name], vector.request.headers()[name], "{}", vector.id);
        }
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts = [
        Covered::Method,
        Covered::Scheme,
        Covered::Authority,
        Covered::Path,
        Covered::Header("x-hubspot-request-timestamp"),
        Covered::Header("x-hubspot-signature-v3"),
        Covered::Body,
    ];
    assert_covered(&vectors("hubspot-v3"), |vector| vector.layer(hubspot(false)), &parts).await;
    assert_covered(&[vector("hubspot-v3", "post")], |vector| vector.layer(hubspot(false)), &[Covered::Query]).await;
}

/// Made by hand of the same parts: a scheme whose base has no body in it signs the digests that it is given.
#[tokio::test]
async fn digests_within_digests_are_taken_from_the_inside_out() {
    let mut vector = vector("hubspot-v3", "post");
    vector.request = vector.signed_anew(&hubspot(true), &FIELDS);
    assert_covered(&[vector.clone()], |vector| vector.layer(hubspot(true)), &[Covered::Body]).await;

    let sha = |algorithm, encoding, bytes: &[u8]| BodyClaim::new(algorithm, encoding, "").digest_of(bytes);
    let inner = [b"before ", vector.request.body().as_ref(), b" after"].concat();
    let outer = format!("outer {} end", sha(DigestAlgorithm::Sha256, Encoding::Hex, &inner));
    let digest = sha(DigestAlgorithm::Sha512, Encoding::Base64, outer.as_bytes());
    assert_eq!(STANDARD.decode(&digest).unwrap().len(), 64);
    let mut by_hand = vector.clone();
    *by_hand.request.body_mut() = digest.into();
    let by_hand = by_hand.signed_anew(&hubspot(false), &FIELDS);
    assert_eq!(vector.request.headers()[FIELDS[0]], by_hand.headers()[FIELDS[0]]);
}
