//! What a request presents.

use std::any::Any;
use std::fmt;
use std::time::SystemTime;

use countersign_core::KeyId;
use smallvec::SmallVec;

use crate::hmac::mac::MAX_TEXT;
use crate::hmac::{Algorithm, Malformed};

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
    #[inline]
    pub fn new(key_id: KeyId) -> Self {
        let signatures = SmallVec::new();
        Self { key_id, signatures, algorithm: None, created: None, expires: None, nonce: None, extra: None }
    }

    /// Adds a signature as it was spelled. One that matches is enough.
    ///
    /// # Errors
    /// When there are [`MAX_SIGNATURES`](Self::MAX_SIGNATURES) already, or it is longer than any signature can be.
    #[inline]
    pub fn with_signature(mut self, text: &[u8]) -> Result<Self, Malformed> {
        self.add_signature(text)?;
        Ok(self)
    }

    /// The same in place.
    ///
    /// # Errors
    /// As for [`with_signature`](Self::with_signature).
    #[inline]
    pub fn add_signature(&mut self, text: &[u8]) -> Result<(), Malformed> {
        if self.signatures.len() >= Self::MAX_SIGNATURES {
            return Err(Malformed::new("more than 16 signatures"));
        }
        self.signatures.push(PresentedSignature::new(text)?);
        Ok(())
    }

    /// Made by another algorithm than the profile's. Refused unless the profile
    /// [accepts it](crate::hmac::SchemeProfile::with_accepted_algorithm).
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

    /// Whatever else the scheme's [`bases`](crate::hmac::HmacScheme::bases) need.
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

/// The text of a signature, kept in place where it is no longer than SHA-256 in hexadecimal.
#[derive(Clone)]
pub(crate) struct PresentedSignature(SmallVec<[u8; 64]>);

impl PresentedSignature {
    #[inline]
    pub(crate) fn new(text: &[u8]) -> Result<Self, Malformed> {
        if text.len() > MAX_TEXT {
            Err(Malformed::new("a signature is too long"))
        } else {
            Ok(Self(SmallVec::from_slice(text)))
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}
