//! Challenges: what a 401 says about how to authenticate (RFC 9110 §11.6.1).

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use http::HeaderValue;

/// One challenge: an auth-scheme and its parameters (RFC 9110 §11.3). Goes into a field line of its own.
///
/// ```
/// use countersign::Challenge;
///
/// let challenge = Challenge::new("Bearer").with("realm", "the \"inner\" court".parse()?);
/// assert_eq!(challenge.to_string(), r#"Bearer realm="the \"inner\" court""#);
/// # Ok::<(), countersign::InvalidChallengeText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: &'static str,
    params: Vec<(&'static str, ChallengeText)>,
}

impl Challenge {
    /// A challenge of this auth-scheme, without parameters.
    ///
    /// # Panics
    /// When the name is not a token (RFC 9110 §5.6.2).
    #[must_use]
    pub const fn new(scheme: &'static str) -> Self {
        assert!(is_token(scheme), "an auth-scheme is a token");
        Self { scheme, params: Vec::new() }
    }

    /// Adds a parameter; its value is written as a quoted-string.
    ///
    /// # Panics
    /// When the name is not a token (RFC 9110 §5.6.2).
    #[must_use]
    pub fn with(mut self, name: &'static str, value: ChallengeText) -> Self {
        assert!(is_token(name), "a parameter's name is a token");
        self.params.push((name, value));
        self
    }

    /// The field value.
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        HeaderValue::from_str(&self.to_string()).expect("tokens and quoted printable ASCII make a field value")
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme)?;
        for (index, (name, value)) in self.params.iter().enumerate() {
            write!(f, "{}{name}=\"", if index == 0 { " " } else { ", " })?;
            for character in value.0.chars() {
                if matches!(character, '"' | '\\') {
                    f.write_char('\\')?;
                }
                f.write_char(character)?;
            }
            f.write_char('"')?;
        }
        Ok(())
    }
}

/// Text that can stand in a challenge: printable ASCII and blanks, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeText(Cow<'static, str>);

impl ChallengeText {
    /// Text known when the program is written.
    ///
    /// # Panics
    /// When it has anything but printable ASCII and blanks.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        assert!(is_printable(text), "a challenge has printable ASCII only");
        Self(Cow::Borrowed(text))
    }

    /// Any text.
    ///
    /// # Errors
    /// When it has anything but printable ASCII and blanks: a line break would let it write header fields.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidChallengeText> {
        let text = text.into();
        if is_printable(&text) { Ok(Self(Cow::Owned(text))) } else { Err(InvalidChallengeText) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChallengeText {
    type Err = InvalidChallengeText;

    fn from_str(text: &str) -> Result<Self, InvalidChallengeText> {
        Self::new(text)
    }
}

/// A text for a challenge had something else than printable ASCII and blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidChallengeText;

impl fmt::Display for InvalidChallengeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a challenge has printable ASCII and blanks only")
    }
}

impl std::error::Error for InvalidChallengeText {}

/// RFC 9110 §5.6.2: `tchar`.
pub(crate) const fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// RFC 9110 §5.6.2: `token`.
pub(crate) const fn is_token(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if !is_tchar(*first) {
            return false;
        }
        rest = tail;
    }
    !text.is_empty()
}

const fn is_printable(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if !matches!(*first, b' '..=b'~') {
            return false;
        }
        rest = tail;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_challenge() {
        for bad in ["a\r\nSet-Cookie: x=1", "a\nb", "\u{7f}", "é", "\t"] {
            assert_eq!(ChallengeText::new(bad), Err(InvalidChallengeText), "{bad:?}");
        }
        let value = Challenge::new("Bearer").with("realm", ChallengeText::new(r#"a", error="b\"#).unwrap());
        assert_eq!(value.to_header_value(), r#"Bearer realm="a\", error=\"b\\""#);
    }

    #[test]
    fn parameters_are_separated_by_commas() {
        let text = ChallengeText::from_static;
        let challenge = Challenge::new("Bearer").with("realm", text("api")).with("error", text("invalid_token"));
        assert_eq!(challenge.to_string(), r#"Bearer realm="api", error="invalid_token""#);
        assert_eq!(Challenge::new("GitHub").to_string(), "GitHub");
    }
}
