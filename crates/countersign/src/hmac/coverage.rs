//! What of a request a signature covers.

use std::fmt;
use std::ops::BitOr;

/// A set of components of a request: what a signature covers, or what it has to cover.
///
/// ```
/// use countersign::hmac::Coverage;
///
/// let signed = Coverage::METHOD | Coverage::PATH | Coverage::BODY;
/// let wanted = Coverage::BODY | Coverage::QUERY;
/// assert!(!signed.contains(wanted));
/// assert_eq!(format!("{:?}", wanted.without(signed)), "{query}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Coverage(u16);

/// Declares the components with the names that `Debug` shows.
macro_rules! components {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl Coverage {
            $($(#[$doc])* pub const $name: Self = Self(1 << $bit);)*

            const NAMES: &[(Self, &str)] = &[$((Self::$name, $text)),*];
        }
    };
}

components! {
    /// The method.
    METHOD = 0, "method";
    /// `http` or `https`.
    SCHEME = 1, "scheme";
    /// Host and port.
    AUTHORITY = 2, "authority";
    /// The path.
    PATH = 3, "path";
    /// The query.
    QUERY = 4, "query";
    /// The body, directly or by a digest that the body must meet. Not asked of a request that has none.
    BODY = 5, "body";
    /// The time of signing; not covered where the request does not say it, whatever the scheme says.
    CREATED = 6, "created";
    /// Something used once. A nonce that is not covered does not tell a replay.
    NONCE = 7, "nonce";
    /// The key id.
    KEY_ID = 8, "key id";
    /// The media type of the body.
    CONTENT_TYPE = 9, "content type";
}

impl Coverage {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Both together; `|` in constants.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in `self` and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` is in `self`.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Coverage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Self::NAMES.iter().filter(|(component, _)| self.contains(*component));
        f.write_str("{")?;
        for (index, (_, name)) in names.enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str("}")
    }
}
