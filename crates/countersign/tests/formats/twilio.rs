//! Twilio: sorted form fields, the public URL with and without its port, SHA-1, and a digest inside the URL.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId, MemoryStore};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::harness::{Covered, assert_covered, layer, send, vector, vectors};

struct Twilio {
    key_id: KeyId,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("Twilio", Algorithm::HmacSha1, Encoding::Base64, COVERS, &CREDENTIALS);
const URL: Coverage = Coverage::SCHEME.and(Coverage::AUTHORITY).and(Coverage::PATH).and(Coverage::QUERY);
const COVERS: Coverage = URL.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");

impl HmacScheme for Twilio {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        match head.single(&SIGNATURE)? {
            None => Ok(None),
            Some(signature) => Presented::new(self.key_id.clone()).with_signature(signature.as_bytes()).map(Some),
        }
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, _: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let scheme =
            head.scheme().ok_or(Malformed::new("the scheme of the URL is not known: configure a public URL"))?;
        let authority = head.authority().ok_or(Malformed::new("the host of the URL is not known"))?;
        let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let other_port = if port.is_some() {
            ""
        } else if scheme == "https" {
            ":443"
        } else {
            ":80"
        };
        let is_form = head.single(&CONTENT_TYPE)?.is_some_and(|value| value == "application/x-www-form-urlencoded");
        let base = |port: [&'r str; 2]| -> Result<_, Malformed> {
            let mut base = SignatureBase::new();
            base.push(Coverage::SCHEME, scheme);
            base.push_literal("://");
            base.push(Coverage::AUTHORITY, host);
            base.push(Coverage::AUTHORITY, port.concat());
            match head.query().and_then(|query| query.split_once(DIGEST).map(|halves| (query, halves))) {
                Some((_, (_, digest))) if digest.contains(DIGEST) => return Err(Malformed::several()),
                Some((_, (before, digest))) if !is_form => {
                    let (digest, after) = digest.split_at_checked(64).ok_or(Malformed::new("no digest"))?;
                    base.push_path(head);
                    base.push(Coverage::QUERY, ["?", before, DIGEST].concat());
                    base.push_claim(digest, BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, digest));
                    base.push(Coverage::QUERY, after);
                }
                _ => base.push_path_and_query(head),
            }
            if is_form {
                base.push_sorted_form();
            }
            Ok(base)
        };
        let as_is = port.map_or(["", ""], |port| [":", port]);
        [base(as_is), base([other_port, ""])].into_iter().collect()
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _: &Presented, signature: &str) -> Result<(), Malformed> {
        let value = HeaderValue::try_from(signature).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(SIGNATURE, value);
        Ok(())
    }
}

const DIGEST: &str = "bodySHA256=";

fn twilio() -> Twilio {
    Twilio { key_id: KeyId::new("the-only-one").unwrap() }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("twilio") {
        let expected = if vector.is_valid() { Ok(()) } else { Err(vector.refusal()) };
        assert_eq!(send(vector.layer(twilio()), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("twilio").into_iter().filter(|vector| vector.is_valid()) {
        let signed = vector.signed_anew(&twilio(), &["x-twilio-signature"]);
        assert_eq!(signed.headers()["x-twilio-signature"], vector.request.headers()["x-twilio-signature"]);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts =
        [Covered::Scheme, Covered::Authority, Covered::Path, Covered::Header("x-twilio-signature"), Covered::Body];
    assert_covered(&vectors("twilio"), |vector| vector.layer(twilio()), &parts).await;
    let with_query = [vector("twilio", "docs-example"), vector("twilio", "json-body-sha256")];
    assert_covered(&with_query, |vector| vector.layer(twilio()), &[Covered::Query]).await;
}

#[tokio::test]
async fn the_url_is_tried_with_and_without_its_port() {
    let vector = vector("twilio", "docs-example");
    for (authority, expected) in [
        ("mycompany.com:443", Ok(())),
        ("mycompany.com:8443", Ok(())),
        ("mycompany.com.evil:443", Err(AuthErrorKind::BadSignature)),
    ] {
        let mut request = vector.request.clone();
        *request.uri_mut() =
            format!("https://{authority}{}", vector.request.uri().path_and_query().unwrap()).parse().unwrap();
        assert_eq!(send(vector.layer(twilio()), &request).await, expected, "{authority}");
    }
}

/// Neither a body of another type nor one that comes to a request without one is covered.
#[tokio::test]
async fn a_body_that_is_neither_a_form_nor_has_its_digest_in_the_url_is_refused() {
    let vector = vector("twilio", "json-body-sha256");
    let unsigned = {
        let mut vector = vector.clone();
        *vector.request.uri_mut() = "https://example.com/json".parse().unwrap();
        vector
    };
    let mut bare = unsigned.clone();
    *bare.request.body_mut() = bytes::Bytes::new();
    let with_body = unsigned.signed_anew(&twilio(), &["x-twilio-signature"]);
    assert_eq!(send(vector.layer(twilio()), &with_body).await, Err(AuthErrorKind::InsufficientCoverage));
    let without_body = bare.signed_anew(&twilio(), &["x-twilio-signature"]);
    assert_eq!(send(vector.layer(twilio()), &without_body).await, Ok(()));
}

#[tokio::test]
async fn a_form_of_too_many_fields_or_with_other_bytes_that_are_not_utf_8_is_refused() {
    let mut vector = vector("twilio", "docs-example");
    for (body, other, expected) in [
        ("a=1&".repeat(1024), "a=1&".repeat(1024), Ok(())),
        ("a=1&".repeat(1024), "a=1&".repeat(1025), Err(AuthErrorKind::BadSignature)),
        ("a=%ff".to_owned(), "a=%fe".to_owned(), Err(AuthErrorKind::BadSignature)),
        ("a=+&b".to_owned(), "b=&&a=%20".to_owned(), Ok(())),
    ] {
        *vector.request.body_mut() = body.into();
        let mut signed = vector.signed_anew(&twilio(), &["x-twilio-signature"]);
        *signed.body_mut() = other.into();
        assert_eq!(send(vector.layer(twilio()), &signed).await, expected);
    }
}

/// Whoever asks with a form too large to be held hears the same for every key.
#[tokio::test]
async fn a_form_is_held_for_keys_that_do_not_exist_too() {
    let vector = vector("twilio", "docs-example");
    for key in ["the-only-one", "another"] {
        let store = MemoryStore::new().with_secret(key, vector.secret());
        let layer = layer(twilio(), store, vector.now).with_body_budget(64);
        assert_eq!(send(layer, &vector.request).await, Err(AuthErrorKind::BudgetExhausted), "{key}");
    }
}
