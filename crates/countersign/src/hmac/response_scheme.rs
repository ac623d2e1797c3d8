//! How a format signs responses.

use std::fmt;
use std::time::SystemTime;

use http::HeaderMap;

use crate::hmac::presented::PresentedSignature;
use crate::hmac::{Malformed, SignatureBase};

/// How the response to one request is signed: pure, as an [`HmacScheme`](crate::hmac::HmacScheme) is, which
/// [makes it](crate::hmac::HmacScheme::response) of a request that was verified, or signed.
pub trait ResponseScheme: Send + Sync + 'static {
    /// Server: what will be presented with a response of these fields, still without a signature; with the digest of its body,
    /// where that was read.
    ///
    /// # Errors
    /// When the fields cannot be rendered without doubt.
    fn prepare(&self, headers: &HeaderMap, body: Option<&[u8]>) -> Result<PresentedResponse, Malformed>;

    /// Client: reads the signature; `None` when there is none.
    ///
    /// # Errors
    /// When it is there, and not spelled as the format wants it.
    fn parse(&self, headers: &HeaderMap) -> Result<Option<PresentedResponse>, Malformed>;

    /// Describes what is signed.
    ///
    /// # Errors
    /// When the fields cannot be rendered without doubt.
    fn base<'r>(
        &'r self,
        headers: &'r HeaderMap,
        presented: &'r PresentedResponse,
    ) -> Result<SignatureBase<'r>, Malformed>;

    /// Server: adds the signature, spelled as the profile says.
    ///
    /// # Errors
    /// When what was prepared cannot stand in a header field.
    fn attach(&self, headers: &mut HeaderMap, presented: &PresentedResponse, signature: &str) -> Result<(), Malformed>;
}

/// What a response presents.
#[derive(Default)]
pub struct PresentedResponse {
    pub(crate) signature: Option<PresentedSignature>,
    digest: Option<String>,
    extra: Option<String>,
}

impl PresentedResponse {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The signature as it was spelled.
    ///
    /// # Errors
    /// When it is longer than any signature can be.
    pub fn with_signature(mut self, text: &[u8]) -> Result<Self, Malformed> {
        self.signature = Some(PresentedSignature::new(text)?);
        Ok(self)
    }

    /// What is claimed of the body.
    #[must_use]
    pub fn with_digest(mut self, digest: impl Into<String>) -> Self {
        self.digest = Some(digest.into());
        self
    }

    /// What the application adds.
    #[must_use]
    pub fn with_extra(mut self, extra: impl Into<String>) -> Self {
        self.extra = Some(extra.into());
        self
    }

    /// What is claimed of the body.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// What the application adds.
    #[must_use]
    pub fn extra(&self) -> Option<&str> {
        self.extra.as_deref()
    }
}

impl fmt::Debug for PresentedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedResponse").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// What time it is, as a refusal tells it, and what proves that it was told by somebody who has our secret.
pub struct ToldTime {
    pub(crate) time: SystemTime,
    #[cfg_attr(not(feature = "sign"), expect(dead_code, reason = "only clients are told the time"))]
    pub(crate) base: SignatureBase<'static>,
    #[cfg_attr(not(feature = "sign"), expect(dead_code, reason = "only clients are told the time"))]
    pub(crate) proof: PresentedSignature,
}

impl ToldTime {
    /// This time, where `proof` is the spelled MAC of `base`.
    ///
    /// # Errors
    /// When the proof is longer than any MAC can be.
    pub fn new(time: SystemTime, base: SignatureBase<'static>, proof: &[u8]) -> Result<Self, Malformed> {
        Ok(Self { time, base, proof: PresentedSignature::new(proof)? })
    }
}

impl fmt::Debug for ToldTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToldTime").field("time", &self.time).finish_non_exhaustive()
    }
}
