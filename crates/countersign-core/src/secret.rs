//! Key material.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A shared secret: key material for HMAC (RFC 2104, "K"), at least one byte.
///
/// Never printed, never compared, wiped when its last clone is dropped. [`expose_secret`](Self::expose_secret) is the only
/// way to the bytes, so that a search for that word lists every use. Cloning is cheap.
///
/// A `Secret` is itself a [`SecretStore`](crate::SecretStore) of one: it answers for every key id.
///
/// ```
/// use countersign_core::Secret;
///
/// let secret = Secret::new("It's a Secret to Everybody")?;
/// assert_eq!(format!("{secret:?}"), "Secret([REDACTED])");
/// assert!(Secret::new("").is_err());
/// # Ok::<(), countersign_core::EmptySecret>(())
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<Vec<u8>>>);

impl Secret {
    /// Below this length, in bytes, a secret is worth a warning: an HMAC is no stronger than its key (RFC 2104 §3).
    pub const SHORT: usize = 16;

    /// Takes the bytes as they are: nothing is decoded, trimmed or stripped.
    ///
    /// # Errors
    /// When there are none: everybody can sign with an empty secret.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, EmptySecret> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.is_empty() { Err(EmptySecret) } else { Ok(Self(Arc::new(bytes))) }
    }

    /// 32 bytes from the system's random source.
    ///
    /// # Panics
    /// When the system has no random source; nothing safe can be done without one.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = vec![0; 32];
        getrandom::fill(&mut bytes).expect("the system's random source answers");
        Self(Arc::new(Zeroizing::new(bytes)))
    }

    /// The bytes.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.0
    }

    /// Whether there are fewer than [`SHORT`](Self::SHORT) bytes.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.len() < Self::SHORT
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// A secret had no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmptySecret;

impl fmt::Display for EmptySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret must not be empty")
    }
}

impl std::error::Error for EmptySecret {}
