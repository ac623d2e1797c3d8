//! What a signature format is: pure data in, pure data out.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use countersign_core::KeyId;
use http::request::Parts;
use http::{HeaderName, StatusCode};
use smallvec::SmallVec;

use crate::auth::{AuthError, AuthErrorKind, SignedHead};
use crate::hmac::mac::MAX_TEXT;
use crate::hmac::{Algorithm, Bases, Coverage, Encoding};

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

/// A format's name and parameters.
#[derive(Clone, Debug)]
pub struct SchemeProfile {
    pub(crate) name: &'static str,
    pub(crate) challenge: &'static str,
    pub(crate) algorithm: Algorithm,
    accepted: u8,
    pub(crate) encoding: Encoding,
    pub(crate) method: Option<&'static str>,
    pub(crate) leeway: Option<Leeway>,
    pub(crate) covers: Coverage,
    pub(crate) single_use_nonce: bool,
    pub(crate) credentials: Cow<'static, [HeaderName]>,
}

impl SchemeProfile {
    /// A format of this name with signatures of `algorithm`, spelled in `encoding`. The name is the auth-scheme of the
    /// challenge, and keeps the format's nonces apart from others'.
    ///
    /// `covers` is what a signature must cover unless the server says otherwise; `credentials` are the header fields
    /// whose values are marked sensitive.
    #[must_use]
    pub const fn new(
        name: &'static str,
        algorithm: Algorithm,
        encoding: Encoding,
        covers: Coverage,
        credentials: &'static [HeaderName],
    ) -> Self {
        Self {
            name,
            challenge: name,
            algorithm,
            accepted: bit(algorithm),
            encoding,
            method: None,
            leeway: None,
            covers,
            single_use_nonce: false,
            credentials: Cow::Borrowed(credentials),
        }
    }

    /// Signatures of this algorithm are accepted too, where the message names it
    /// ([`Presented::with_algorithm`]). No other than those listed here and the format's own ever is.
    #[must_use]
    pub const fn with_accepted_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.accepted |= bit(algorithm);
        self
    }

    /// The auth-scheme of the challenge, where it is not the name.
    #[must_use]
    pub const fn with_challenge(mut self, auth_scheme: &'static str) -> Self {
        self.challenge = auth_scheme;
        self
    }

    /// Signed requests have this method; any other is refused with 405 before all else.
    #[must_use]
    pub const fn with_method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    /// The header fields that carry the credentials, where they are known only when the format is configured.
    #[must_use]
    pub fn with_credentials(mut self, fields: impl Into<Vec<HeaderName>>) -> Self {
        self.credentials = Cow::Owned(fields.into());
        self
    }

    /// Signatures carry their time, and are good for so long.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = Some(leeway);
        self
    }

    /// The format has a nonce that it calls single-use; a replayed request is known by it rather than by its MAC.
    #[must_use]
    pub const fn with_single_use_nonce(mut self) -> Self {
        self.single_use_nonce = true;
        self
    }

    /// By which algorithm to verify or sign: the one the message names, if it is on the server's list.
    pub(crate) fn algorithm_of(&self, presented: &Presented) -> Result<Algorithm, Malformed> {
        match presented.algorithm {
            None => Ok(self.algorithm),
            Some(algorithm) if self.accepted & bit(algorithm) != 0 => Ok(algorithm),
            Some(_) => Err(Malformed::new("the algorithm is not accepted")),
        }
    }

    /// The format's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What a signature must cover unless the server says otherwise.
    #[must_use]
    pub const fn covers(&self) -> Coverage {
        self.covers
    }

    /// How long signatures are good; `None` for formats without time.
    #[must_use]
    pub const fn leeway(&self) -> Option<Leeway> {
        self.leeway
    }
}

const fn bit(algorithm: Algorithm) -> u8 {
    1 << algorithm as u8
}

/// How far a signature's time may be from ours; both limits included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway {
    pub(crate) past: Duration,
    pub(crate) future: Duration,
}

impl Leeway {
    /// So old at most, and so far ahead at most.
    #[must_use]
    pub const fn new(past: Duration, future: Duration) -> Self {
        Self { past, future }
    }
}

/// What a request presents: whose key, which signatures, and when and how they were made.
pub struct Presented {
    pub(crate) key_id: KeyId,
    pub(crate) signatures: SmallVec<[PresentedSignature; 1]>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) created: Option<SystemTime>,
    pub(crate) expires: Option<SystemTime>,
    pub(crate) nonce: Option<Box<[u8]>>,
    extra: Option<Box<dyn Any + Send + Sync>>,
}

impl Presented {
    /// How many signatures of one request are looked at, at most.
    pub const MAX_SIGNATURES: usize = 16;

    /// Signed with this key; no signature yet.
    #[must_use]
    pub fn new(key_id: KeyId) -> Self {
        let signatures = SmallVec::new();
        Self { key_id, signatures, algorithm: None, created: None, expires: None, nonce: None, extra: None }
    }

    /// Adds a signature as it was spelled. One that matches is enough.
    ///
    /// # Errors
    /// When there are [`MAX_SIGNATURES`](Self::MAX_SIGNATURES) already, or it is longer than any signature can be.
    pub fn with_signature(mut self, text: &[u8]) -> Result<Self, Malformed> {
        if self.signatures.len() >= Self::MAX_SIGNATURES {
            return Err(Malformed::new("more than 16 signatures"));
        }
        self.signatures.push(PresentedSignature::new(text)?);
        Ok(self)
    }

    /// Made by another algorithm than the profile's. Refused unless the profile
    /// [accepts it](SchemeProfile::with_accepted_algorithm).
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// When it was signed.
    #[must_use]
    pub const fn with_created(mut self, created: SystemTime) -> Self {
        self.created = Some(created);
        self
    }

    /// Until when the sender wants it to hold; that instant excluded.
    #[must_use]
    pub const fn with_expires(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// The format's own nonce.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<Box<[u8]>>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Whatever else the scheme's [`bases`](HmacScheme::bases) need.
    #[must_use]
    pub fn with_extra<T: Send + Sync + 'static>(mut self, extra: T) -> Self {
        self.extra = Some(Box::new(extra));
        self
    }

    /// Whose key.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// When it was signed.
    #[must_use]
    pub const fn created(&self) -> Option<SystemTime> {
        self.created
    }

    /// The format's own nonce.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// What the scheme put there.
    #[must_use]
    pub fn extra<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extra.as_deref().and_then(<dyn Any + Send + Sync>::downcast_ref)
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("key_id", &self.key_id)
            .field("signatures", &self.signatures.len())
            .field("created", &self.created)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The text of a signature, kept in place: the longest has 128 characters.
#[derive(Clone, Copy)]
pub(crate) struct PresentedSignature {
    text: [u8; MAX_TEXT],
    len: u8,
}

impl PresentedSignature {
    fn new(text: &[u8]) -> Result<Self, Malformed> {
        let mut kept = [0; MAX_TEXT];
        kept.get_mut(..text.len()).ok_or(Malformed::new("a signature is too long"))?.copy_from_slice(text);
        Ok(Self { text: kept, len: text.len() as u8 })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.text.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// How a key is made of a secret: HMACs in a chain, each keyed with the one before, the first with `prefix` and the secret
/// (AWS Signature Version 4's derived key).
#[derive(Debug)]
pub struct KeySteps<'r> {
    pub(crate) prefix: &'r [u8],
    pub(crate) steps: SmallVec<[&'r [u8]; 4]>,
}

impl<'r> KeySteps<'r> {
    /// `HMAC(… HMAC(HMAC(prefix secret, first), second) …, last)`.
    #[must_use]
    pub fn new(prefix: &'r [u8], steps: impl IntoIterator<Item = &'r [u8]>) -> Self {
        Self { prefix, steps: steps.into_iter().collect() }
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
