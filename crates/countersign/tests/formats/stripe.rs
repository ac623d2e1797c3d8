//! Stripe: the time within the credentials, several signatures, others that must be ignored.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use std::time::Duration;

use crate::harness::{Covered, assert_covered, send, vector, vectors};
use crate::text::{is_lower_hex, seconds_since_1970, unix_seconds};

struct Stripe {
    key_id: KeyId,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("Stripe", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// The time as it was spelled: that spelling is what is signed.
struct Time(String);

impl HmacScheme for Stripe {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&SIGNATURE)? else { return Ok(None) };
        let value = value.to_str().map_err(|_| Malformed::new("not ASCII"))?;
        let mut presented = Presented::new(self.key_id.clone());
        let (mut time, mut signatures) = (None, 0);
        for item in value.split(',') {
            match item.split_once('=').ok_or(Malformed::new("an item has no value"))? {
                ("t", _) if time.is_some() => return Err(Malformed::several()),
                ("t", text) => time = Some(text),
                ("v1", hex) if is_lower_hex(hex, 64) => {
                    presented = presented.with_signature(hex.as_bytes())?;
                    signatures += 1;
                }
                ("v1", _) => return Err(Malformed::new("a signature is not 64 lower-case hexadecimal digits")),
                _ => {}
            }
        }
        let time = time.filter(|_| signatures > 0).ok_or(Malformed::new("the time or the signature is missing"))?;
        Ok(Some(presented.with_created(unix_seconds(time)?).with_extra(Time(time.to_owned()))))
    }

    fn bases<'r>(&self, _: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Time(time) = presented.extra().ok_or(Malformed::new("no time"))?;
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, time.as_str());
        base.push_literal(".");
        base.push_body();
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let time = seconds_since_1970(intent.now()).to_string();
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()).with_extra(Time(time)))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Time(time) = presented.extra().ok_or(Malformed::new("no time"))?;
        let value = HeaderValue::try_from(format!("t={time},v1={signature}"));
        head.headers.insert(SIGNATURE, value.map_err(|_| Malformed::new("not a field value"))?);
        Ok(())
    }
}

fn stripe() -> Stripe {
    Stripe { key_id: KeyId::new("the-only-one").unwrap() }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("stripe") {
        let expected = match vector.expect.as_str() {
            "valid" => Ok(()),
            "policy:future" => Err(AuthErrorKind::FromTheFuture),
            _ => Err(vector.refusal()),
        };
        assert_eq!(send(vector.layer(stripe()), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("stripe").into_iter().filter(|vector| vector.id.starts_with("basic-")) {
        let signed = vector.signed_anew(&stripe(), &["stripe-signature"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts = [Covered::Header("stripe-signature"), Covered::Body];
    assert_covered(&vectors("stripe"), |vector| vector.layer(stripe()), &parts).await;
}

#[tokio::test]
async fn one_of_several_signatures_is_enough_and_seventeen_are_too_many() {
    let vector = vector("stripe", "basic-json");
    let good = vector.request.headers()["stripe-signature"].to_str().unwrap().split_once(',').unwrap().1.to_owned();
    for (others, expected) in [(15, Ok(())), (16, Err(AuthErrorKind::MalformedCredentials))] {
        let bad = format!("v1={},", "0".repeat(64)).repeat(others);
        let mut request = vector.request.clone();
        let value = format!("t=1700000000,{bad}{good}");
        request.headers_mut().insert("stripe-signature", value.parse().unwrap());
        assert_eq!(send(vector.layer(stripe()), &request).await, expected);
    }
}
