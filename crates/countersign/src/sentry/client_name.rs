//! What a client calls itself.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What a client calls itself in `sentry_client`: `raven/1.0.4`, say. Nobody proves it: it is not signed.
///
/// ```
/// use countersign::sentry::ClientName;
///
/// assert_eq!(ClientName::new("billing/2.1").unwrap().as_str(), "billing/2.1");
/// assert!(ClientName::new("billing, sentry_key=another").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientName(Cow<'static, str>);

impl ClientName {
    /// This library and its version; what is sent unless told otherwise.
    pub const DEFAULT: Self = Self::from_static(concat!("countersign/", env!("CARGO_PKG_VERSION")));

    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A name known when the program is written.
    ///
    /// # Panics
    /// When it is none, for one of the reasons of [`new`](Self::new).
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "a client's name is visible ASCII without commas and =");
        Self(Cow::Borrowed(name))
    }

    /// Any name.
    ///
    /// # Errors
    /// When it is empty, longer than 128 bytes, or has anything but visible ASCII, a comma, or `=` in it: with these it would
    /// be read as another parameter, or, by 1.x, not at all.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidClientName> {
        let name = name.into();
        if is_name(name.as_bytes()) { Ok(Self(Cow::Owned(name))) } else { Err(InvalidClientName) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ClientName {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ClientName {
    type Err = InvalidClientName;

    fn from_str(name: &str) -> Result<Self, InvalidClientName> {
        Self::new(name)
    }
}

/// A client cannot be called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidClientName;

impl fmt::Display for InvalidClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a client's name is 1 to 128 bytes of visible ASCII without commas and =")
    }
}

impl std::error::Error for InvalidClientName {}

const fn is_name(name: &[u8]) -> bool {
    let mut rest = name;
    while let [byte, others @ ..] = rest {
        if !byte.is_ascii_graphic() || matches!(byte, b',' | b'=') {
            return false;
        }
        rest = others;
    }
    !name.is_empty() && name.len() <= ClientName::MAX_LEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_one_by_every_version() {
        for good in ["raven/1.0.4", "x", "countersign/0.1.0-rc.1+build", &"x".repeat(128)] {
            assert_eq!(good.parse::<ClientName>().map(|name| name.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "a b", " a", "a,b", "a=b", "a\r\nb", "a\tb", "ä", &"x".repeat(129)] {
            assert_eq!(ClientName::new(bad), Err(InvalidClientName), "{bad:?}");
        }
    }
}
