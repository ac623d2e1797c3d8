//! Which secret a signature was made with.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a shared secret (RFC 9421 §2.3, `keyid`): 1 to 256 bytes of UTF-8, compared byte by byte.
///
/// It is chosen by whoever sends the request. `Debug` and `Display` both escape control characters, so that a key id can
/// stand in a log line. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The longest key id, in bytes.
    pub const MAX_LEN: usize = 256;

    /// Names a key.
    ///
    /// # Errors
    /// When the name is empty or longer than [`MAX_LEN`](Self::MAX_LEN).
    pub fn new(name: impl Into<Arc<str>> + AsRef<str>) -> Result<Self, InvalidKeyId> {
        match name.as_ref().len() {
            1..=Self::MAX_LEN => Ok(Self(name.into())),
            _ => Err(InvalidKeyId),
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(name: &str) -> Result<Self, InvalidKeyId> {
        Self::new(name)
    }
}

impl TryFrom<&str> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(name: &str) -> Result<Self, InvalidKeyId> {
        Self::new(name)
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(name: String) -> Result<Self, InvalidKeyId> {
        Self::new(name)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}

/// A key id was empty or longer than [`KeyId::MAX_LEN`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidKeyId;

impl fmt::Display for InvalidKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a key id has 1 to {} bytes", KeyId::MAX_LEN)
    }
}

impl std::error::Error for InvalidKeyId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_bounded_in_bytes() {
        assert_eq!(KeyId::new(""), Err(InvalidKeyId));
        assert!(KeyId::new("k".repeat(256)).is_ok());
        assert_eq!(KeyId::new("é".repeat(129)), Err(InvalidKeyId));
    }

    #[test]
    fn neither_rendering_lets_a_control_character_into_a_log() {
        let id = KeyId::new("a\u{1b}[31m\r\n").unwrap();
        for shown in [format!("{id}"), format!("{id:?}")] {
            assert!(!shown.chars().any(char::is_control), "{shown}");
        }
    }
}
