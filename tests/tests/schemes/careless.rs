//! A scheme whose author was careless: the engine lets nothing through for that.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};
use countersign::{AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, Secret, sign_request};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

use crate::harness::{layer, send};

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Says that the time is covered, and never says what it is.
    NoTime,
    /// Takes its single-use nonce from a field that it does not sign.
    UnsignedNonce,
    /// Describes the body twice.
    BodyTwice,
    /// Describes nothing.
    NoBase,
    /// Takes whatever algorithm there is.
    AnyAlgorithm,
    /// Describes a second base that leaves out the time.
    UnevenBases,
}

struct Careless(Fault);

static PROFILE: SchemeProfile =
    SchemeProfile::new("Careless", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(60), Duration::from_secs(60)))
        .with_single_use_nonce();
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const NONCE: HeaderName = HeaderName::from_static("x-nonce");
const NOW: SystemTime = SystemTime::UNIX_EPOCH;

impl Careless {
    fn present(&self, head: &SignedHead<'_>) -> Presented {
        let mut presented = Presented::new(KeyId::new("key").unwrap());
        if self.0 != Fault::NoTime {
            presented = presented.with_created(NOW);
        }
        if self.0 == Fault::AnyAlgorithm {
            presented = presented.with_algorithm(Algorithm::HmacSha1);
        }
        match head.headers().get(NONCE) {
            Some(nonce) => presented.with_nonce(nonce.as_bytes()),
            None => presented,
        }
    }
}

impl HmacScheme for Careless {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let signature = head.single(&SIGNATURE)?.ok_or(Malformed::new("no signature"))?;
        self.present(head).with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&'r self, _: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, "a time");
        if let (Some(nonce), false) = (presented.nonce(), self.0 == Fault::UnsignedNonce) {
            base.push(Coverage::NONCE, nonce);
        }
        base.push_body();
        if self.0 == Fault::BodyTwice {
            base.push_body();
        }
        let mut second = SignatureBase::new();
        second.push_body();
        let bases = match self.0 {
            Fault::NoBase => vec![],
            Fault::UnevenBases => vec![base, second],
            _ => vec![base],
        };
        Ok(bases.into_iter().collect())
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()).with_nonce(b"one".as_slice()))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let bad = |_| Malformed::new("not a field value");
        head.headers.insert(SIGNATURE, HeaderValue::try_from(signature).map_err(bad)?);
        head.headers.insert(NONCE, HeaderValue::from_bytes(presented.nonce().unwrap_or_default()).map_err(bad)?);
        Ok(())
    }
}

/// Signed as the format has to be: what is wrong is only wrong when it is verified.
fn signed(fault: Fault) -> Request<Bytes> {
    let (mut head, body) = Request::post("/").body(Bytes::from_static(b"body")).unwrap().into_parts();
    let scheme = Careless(if fault == Fault::UnsignedNonce { fault } else { Fault::None });
    let key = KeyId::new("key").unwrap();
    sign_request(&mut head, &body, &scheme, &key, &secret(), NOW).unwrap();
    Request::from_parts(head, body)
}

fn secret() -> Secret {
    Secret::new("secret").unwrap()
}

#[tokio::test]
async fn no_fault_of_a_scheme_lets_a_request_through() {
    for (fault, expected) in [
        (Fault::None, Ok(())),
        (Fault::NoTime, Err(AuthErrorKind::InsufficientCoverage)),
        (Fault::BodyTwice, Err(AuthErrorKind::Misconfigured)),
        (Fault::NoBase, Err(AuthErrorKind::InsufficientCoverage)),
        (Fault::AnyAlgorithm, Err(AuthErrorKind::MalformedCredentials)),
        (Fault::UnevenBases, Err(AuthErrorKind::InsufficientCoverage)),
    ] {
        assert_eq!(send(layer(Careless(fault), secret(), NOW), &signed(fault)).await, expected);
    }
}

#[tokio::test]
async fn a_format_that_describes_nothing_is_refused_though_nothing_is_required() {
    let layer = layer(Careless(Fault::NoBase), secret(), NOW).with_insecure_reference_policy();
    assert_eq!(send(layer, &signed(Fault::None)).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn a_replay_with_another_nonce_is_noticed_where_the_nonce_is_not_signed() {
    let layer = HmacAuthLayer::new(Careless(Fault::UnsignedNonce), secret()).with_clock(ManualClock::new(NOW));
    let mut request = signed(Fault::UnsignedNonce);
    assert_eq!(send(layer.clone(), &request).await, Ok(()));
    request.headers_mut().insert(NONCE, HeaderValue::from_static("two"));
    assert_eq!(send(layer, &request).await, Err(AuthErrorKind::Replayed));
}

#[test]
fn signing_with_an_algorithm_that_no_server_would_accept_is_refused() {
    struct Signer(Careless);

    impl HmacScheme for Signer {
        fn profile(&self) -> &SchemeProfile {
            &PROFILE
        }

        fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
            self.0.parse(head)
        }

        fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
            self.0.bases(head, presented)
        }

        fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
            self.0.prepare(head, intent).map(|presented| presented.with_algorithm(Algorithm::HmacSha1))
        }

        fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
            self.0.attach(head, presented, signature)
        }
    }

    let (mut head, ()) = Request::get("/").body(()).unwrap().into_parts();
    let key = KeyId::new("key").unwrap();
    let refused = sign_request(&mut head, b"", &Signer(Careless(Fault::None)), &key, &secret(), NOW);
    assert!(refused.unwrap_err().to_string().contains("algorithm"));
}
