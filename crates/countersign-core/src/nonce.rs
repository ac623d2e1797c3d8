//! What makes one request unlike every other.

use std::fmt;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::KeyId;

/// A request's nonce: scheme, key id, and SHA-256 of the format's own nonce or of the request's MAC.
///
/// Nonces of different schemes and of different keys never meet: nobody can spend somebody else's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce {
    scheme: &'static str,
    key_id: KeyId,
    digest: [u8; 32],
}

impl Nonce {
    /// `scheme` is the profile name of the signature format; `value` is what that format uses once: its nonce, or the
    /// decoded MAC.
    #[must_use]
    pub fn new(scheme: &'static str, key_id: KeyId, value: &[u8]) -> Self {
        Self { scheme, key_id, digest: Sha256::digest(value).into() }
    }

    /// The signature format.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Whose nonce it is.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// SHA-256 of the value.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// One fixed-size key for all three parts: SHA-256 over their lengths and bytes.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.scheme.as_bytes(), self.key_id.as_str().as_bytes(), &self.digest] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonce").field("scheme", &self.scheme).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// What a store says of a nonce that somebody wants to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a layer must decide on every answer; a new one has to break it")]
pub enum Claim {
    /// It was not known, and is spent now.
    Fresh,
    /// The store is full of live nonces. Nothing was spent, nothing was evicted.
    Full,
    /// It was spent before.
    Seen,
}

/// The larger of two times: how a store that owns no clock keeps the newest `now` it was told.
pub(crate) fn newest(known: &mut SystemTime, told: SystemTime) -> SystemTime {
    *known = (*known).max(told);
    *known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_part_by_scheme_key_and_value() {
        let key = |name: &str| KeyId::new(name).unwrap();
        let all = [
            Nonce::new("a", key("bc"), b"v"),
            Nonce::new("ab", key("c"), b"v"),
            Nonce::new("a", key("bc"), b"w"),
            Nonce::new("a", key("b"), b"v"),
        ];
        let unique: std::collections::HashSet<_> = all.iter().map(Nonce::fingerprint).collect();
        assert_eq!(unique.len(), all.len());
    }
}
