//! What no token can look like.

use std::error::Error;
use std::fmt;

/// A token format cannot be as it was asked for; `Display` says what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTokenFormat(&'static str);

impl InvalidTokenFormat {
    pub(super) const fn new(rule: &'static str) -> Self {
        Self(rule)
    }
}

impl fmt::Display for InvalidTokenFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for InvalidTokenFormat {}
