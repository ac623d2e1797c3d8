//! A bearer token as somebody presented it, and the digest by which stores know it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::slice;

use sha2::block_api::compress256;
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

    /// Its last four characters, so that its owner can tell it from others; all of it where there are fewer.
    #[must_use]
    pub fn last_four(&self) -> &str {
        let start = self.text.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        self.text.get(start..).unwrap_or_default()
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
    pub fn of(text: impl AsRef<[u8]>) -> Self {
        Self(sha_256(text.as_ref()))
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

/// SHA-256 (FIPS 180-4). Most tokens fit into one block: padding that in place takes half as long as the general way.
fn sha_256(text: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    let Some((padded, length)) = block.split_last_chunk_mut::<8>() else { return Sha256::digest(text).into() };
    let Some((head, [end, ..])) = padded.split_at_mut_checked(text.len()) else { return Sha256::digest(text).into() };
    head.copy_from_slice(text);
    *end = 0x80;
    *length = (8 * text.len() as u64).to_be_bytes();
    let mut state = INITIAL;
    compress256(&mut state, slice::from_ref(&block));
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_the_digest_that_the_general_way_gives() {
        let text: Vec<u8> = (0..200).collect();
        for length in 0..=text.len() {
            let text = &text[..length];
            assert_eq!(sha_256(text), <[u8; 32]>::from(Sha256::digest(text)), "{length} bytes");
        }
    }

    #[test]
    fn the_digest_is_sha_256_of_the_text() {
        let token = PresentedToken::new("abc");
        let hex: String = token.digest().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4, "abc"
    }
}
