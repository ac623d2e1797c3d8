//! What a token may be used for.

use std::fmt;
use std::sync::Arc;

/// A list of scope-tokens (RFC 6749 §3.3), in the order given. Cloning is cheap.
///
/// ```
/// use countersign_core::Scope;
///
/// let scope: Scope = "things:read things:write".parse()?;
/// assert!(scope.contains("things:read") && !scope.contains("things"));
/// assert_eq!(scope.to_string(), "things:read things:write");
/// # Ok::<(), countersign_core::InvalidScope>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Scope(Option<Arc<[Box<str>]>>);

impl Scope {
    /// No scope at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// A list of scope-tokens; one that occurs twice is kept once.
    ///
    /// # Errors
    /// When one is empty or has a character that RFC 6749 §3.3 does not allow: only printable ASCII without blank, `"` and
    /// `\` is.
    pub fn new<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Result<Self, InvalidScope> {
        let mut list: Vec<Box<str>> = Vec::new();
        for token in tokens {
            let token = token.as_ref();
            if token.is_empty() || !token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(InvalidScope);
            }
            if !list.iter().any(|known| **known == *token) {
                list.push(token.into());
            }
        }
        Ok(Self((!list.is_empty()).then(|| list.into())))
    }

    /// Whether this very scope-token is among them. There are no wildcards and no hierarchy.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|own| own == token)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The scope-tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|list| list.iter()).map(|token| &**token)
    }
}

impl std::str::FromStr for Scope {
    type Err = InvalidScope;

    /// Reads a list separated by blanks, as the `scope` parameter has it.
    fn from_str(list: &str) -> Result<Self, InvalidScope> {
        Self::new(list.split(' ').filter(|token| !token.is_empty()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A scope-token was empty or had a character outside RFC 6749 §3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidScope;

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope-token is printable ASCII without blank, quote and backslash (RFC 6749 section 3.3)")
    }
}

impl std::error::Error for InvalidScope {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_break_a_challenge() {
        for bad in ["", "a b", "a\"b", "a\\b", "a\r\nb", "é"] {
            assert_eq!(Scope::new([bad]), Err(InvalidScope), "{bad:?}");
        }
    }

    #[test]
    fn keeps_the_order_and_drops_repeats() {
        let scope: Scope = "b a b  c".parse().unwrap();
        assert_eq!(scope.iter().collect::<Vec<_>>(), ["b", "a", "c"]);
    }
}
