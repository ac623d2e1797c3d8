//! A bearer token as somebody presented it, and the digest by which stores know it.

use std::fmt;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A bearer token as it was presented or minted: not yet known to be good.
///
/// Never printed, never compared, wiped when dropped. Stores of ours look it up by [`digest`](Self::digest); the text, for
/// a store over a table that keeps something else or for introspection (RFC 7662), is reached by
/// [`expose_secret`](Self::expose_secret) alone.
#[derive(Clone)]
pub struct PresentedToken {
    text: Zeroizing<Box<str>>,
    digest: TokenDigest,
}

impl PresentedToken {
    /// Takes the token's text, without the auth-scheme, and computes its digest.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: Zeroizing::new(text.into()), digest: TokenDigest::of(text) }
    }

    /// SHA-256 of the text; computed once, when the token was taken.
    #[must_use]
    pub const fn digest(&self) -> &TokenDigest {
        &self.digest
    }

    /// The text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PresentedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedToken([REDACTED])")
    }
}

/// SHA-256 of a token's text: what a store keeps instead of the token.
///
/// It may be compared and hashed like any key of a table: whoever could learn something from the time that takes would
/// need a token with a chosen digest. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// A digest that was computed before, read back from a table.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Hash for TokenDigest {
    /// Feeds 8 of its bytes: they are as good as random already.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256_of_the_text() {
        let token = PresentedToken::new("abc");
        let hex: String = token.digest().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4, "abc"
    }
}
