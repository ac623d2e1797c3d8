//! What a signature format is: pure data in, pure data out.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::KeyId;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use smallvec::SmallVec;

use crate::auth::{AuthError, AuthErrorKind, Challenge, SignedHead};
use crate::hmac::{Bases, Encoding, Presented, ResponseScheme, SchemeProfile, SignatureBase, ToldTime};

/// A signature format. It reads the head and describes what is signed; it never computes a MAC.
///
/// Schemes are pure: no waiting, no clock, no store, no logging. They see the [`SignedHead`], never the raw URI.
///
/// # Contract
/// 1. [`parse`](Self::parse) accepts one spelling of everything: what cannot be parsed is refused, never treated as absent.
/// 2. Two requests with equal bases mean the same: every variable part is delimited.
/// 3. [`bases`](Self::bases) is the same for the signer and the verifier.
pub trait HmacScheme: Send + Sync + 'static {
    /// The format's name and parameters.
    fn profile(&self) -> &SchemeProfile;

    /// Reads the credentials; `None` when there are none of this format.
    ///
    /// # Errors
    /// When they are there but not spelled as the format wants it.
    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed>;

    /// Describes what is signed: one base, or several that are all computed. More than 256 KiB of the head, over all of
    /// them, is refused.
    ///
    /// # Errors
    /// When the head cannot be rendered without doubt.
    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed>;

    /// How the key is made of the secret, where it is not the secret itself.
    fn key_steps<'r>(&'r self, presented: &'r Presented) -> Option<KeySteps<'r>> {
        let _ = presented;
        None
    }

    /// Reads what of the credentials stands in the body, for formats that [say so](SchemeProfile::with_credentials_in_body):
    /// the whole body is read before anything is judged then, and [`bases`](Self::bases) are asked for afterwards.
    ///
    /// # Errors
    /// When the body does not have them, or not spelled as the format wants it.
    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        let _ = body;
        Ok(presented)
    }

    /// The challenge for a caller whose signature held and whose clock is wrong, for formats that
    /// [judge that last](SchemeProfile::with_staleness_after_signature): it may say what time it is here, and prove that with
    /// the caller's own secret, of which `mac` makes the spelled MAC of a base.
    fn stale_challenge(&self, now: SystemTime, mac: &dyn Fn(&SignatureBase<'_>) -> String) -> Option<Challenge> {
        let _ = (now, mac);
        None
    }

    /// Client: what time it is, where a refusal tells it as [`stale_challenge`](Self::stale_challenge) does.
    fn told_time(&self, refusal: &HeaderMap) -> Option<ToldTime> {
        let _ = refusal;
        None
    }

    /// How the response to this request is signed, for formats that [sign responses](SchemeProfile::with_signed_responses).
    fn response(&self, head: &SignedHead<'_>, presented: &Presented) -> Option<Box<dyn ResponseScheme>> {
        let _ = (head, presented);
        None
    }

    /// Client: adds what has to be in the head before it is signed (time, nonce, digest), and returns what will be
    /// presented, still without a signature.
    ///
    /// # Errors
    /// When the request cannot be signed in this format.
    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed>;

    /// Client: adds the signature, spelled as the profile says.
    ///
    /// # Errors
    /// When what was prepared cannot stand in a header field.
    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed>;
}

/// A shared format is one, also where which one is known only at run time ([`named`](crate::hmac::schemes::named)).
impl<S: HmacScheme + ?Sized> HmacScheme for Arc<S> {
    fn profile(&self) -> &SchemeProfile {
        (**self).profile()
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        (**self).parse(head)
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        (**self).bases(head, presented)
    }

    fn key_steps<'r>(&'r self, presented: &'r Presented) -> Option<KeySteps<'r>> {
        (**self).key_steps(presented)
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        (**self).parse_body(presented, body)
    }

    fn stale_challenge(&self, now: SystemTime, mac: &dyn Fn(&SignatureBase<'_>) -> String) -> Option<Challenge> {
        (**self).stale_challenge(now, mac)
    }

    fn told_time(&self, refusal: &HeaderMap) -> Option<ToldTime> {
        (**self).told_time(refusal)
    }

    fn response(&self, head: &SignedHead<'_>, presented: &Presented) -> Option<Box<dyn ResponseScheme>> {
        (**self).response(head, presented)
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        (**self).prepare(head, intent)
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        (**self).attach(head, presented, signature)
    }
}

/// How a key is made of a secret: HMACs in a chain, each keyed with the one before, the first with `prefix` and the secret
/// (AWS Signature Version 4's derived key).
#[derive(Debug)]
pub struct KeySteps<'r> {
    pub(crate) prefix: &'r [u8],
    pub(crate) steps: SmallVec<[&'r [u8]; 4]>,
    pub(crate) spelled: Option<Encoding>,
    pub(crate) keeps: bool,
}

impl<'r> KeySteps<'r> {
    /// `HMAC(… HMAC(HMAC(prefix secret, first), second) …, last)`.
    #[must_use]
    pub fn new(prefix: &'r [u8], steps: impl IntoIterator<Item = &'r [u8]>) -> Self {
        Self { prefix, steps: steps.into_iter().collect(), spelled: None, keeps: false }
    }

    /// Many requests take the same steps, all those of a day mostly: where keys are kept ready, the one that was made last is
    /// kept with them.
    #[must_use]
    pub const fn with_kept_key(mut self) -> Self {
        self.keeps = true;
        self
    }

    /// Each key is not the bytes of the MAC before, but its spelling (Akamai EdgeGrid).
    #[must_use]
    pub const fn with_spelled_keys(mut self, encoding: Encoding) -> Self {
        self.spelled = Some(encoding);
        self
    }

    /// How many bytes are fed to MACs before the key is made.
    #[cfg(feature = "explain")]
    pub(crate) fn len(&self) -> usize {
        self.steps.iter().map(|step| step.len()).sum()
    }
}

/// What a client wants signed.
#[derive(Debug)]
pub struct Intent<'a> {
    pub(crate) key_id: &'a KeyId,
    pub(crate) now: SystemTime,
    pub(crate) nonce: [u8; 16],
    pub(crate) body: &'a [u8],
}

#[cfg(feature = "sign")]
impl<'a> Intent<'a> {
    pub(crate) const fn new(key_id: &'a KeyId, now: SystemTime, nonce: [u8; 16], body: &'a [u8]) -> Self {
        Self { key_id, now, nonce, body }
    }
}

impl Intent<'_> {
    /// With which key.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        self.key_id
    }

    /// The time of signing.
    #[must_use]
    pub const fn now(&self) -> SystemTime {
        self.now
    }

    /// Random bytes for a nonce.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// The body that will be sent.
    #[must_use]
    pub const fn body(&self) -> &[u8] {
        self.body
    }
}

/// The credentials, or the head they belong to, are not what the format wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    reason: &'static str,
    kind: AuthErrorKind,
    status: StatusCode,
}

impl Malformed {
    /// Says what is wrong; must have nothing of the request's in it.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self::of(AuthErrorKind::MalformedCredentials, reason)
    }

    /// There are two where there must be one.
    #[must_use]
    pub const fn several() -> Self {
        Self::of(AuthErrorKind::SeveralCredentials, "a field that must be single occurs twice")
    }

    /// Answered with another status than 401.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    const fn of(kind: AuthErrorKind, reason: &'static str) -> Self {
        Self { reason, kind, status: kind.status() }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for Malformed {}

/// What reading the head refuses ([`SignedHead::single`]) is refused for the same reason by the scheme.
impl From<AuthError> for Malformed {
    fn from(error: AuthError) -> Self {
        match error.kind() {
            AuthErrorKind::SeveralCredentials => Self::several(),
            kind => Self::of(kind, error.reason().unwrap_or("the head cannot be read")),
        }
    }
}

impl From<Malformed> for AuthError {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.kind).with_reason(malformed.reason).with_status(malformed.status)
    }
}
