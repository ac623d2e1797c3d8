//! Redirect URIs and origins.

use std::fmt;
use std::sync::Arc;

/// A list of URIs, or of patterns of origins, in the order given. Cloning is cheap.
///
/// ```
/// use countersign_core::oauth::UriList;
///
/// let list = UriList::new(["https://app.example/callback", "http://127.0.0.1/callback"])?;
/// assert!(list.contains("https://app.example/callback") && !list.contains("https://app.example/callback/"));
/// assert_eq!(list.to_string().parse(), Ok(list));
/// # Ok::<(), countersign_core::oauth::InvalidUri>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct UriList(Option<Arc<[Box<str>]>>);

impl UriList {
    /// No URI at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// A list; what occurs twice is kept once. Whether an entry is a URI is not judged here.
    ///
    /// # Errors
    /// When an entry is empty or has a character other than printable ASCII without blank: RFC 3986 §2 has no other.
    pub fn new<T: AsRef<str>>(uris: impl IntoIterator<Item = T>) -> Result<Self, InvalidUri> {
        let mut list: Vec<Box<str>> = Vec::new();
        for uri in uris {
            let uri = uri.as_ref();
            if uri.is_empty() || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(InvalidUri);
            }
            if !list.iter().any(|known| **known == *uri) {
                list.push(uri.into());
            }
        }
        Ok(Self((!list.is_empty()).then(|| list.into())))
    }

    /// Whether this very text is among them, byte by byte (RFC 9700 §4.1.3).
    #[must_use]
    pub fn contains(&self, uri: &str) -> bool {
        self.iter().any(|own| own == uri)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|list| list.iter()).map(|uri| &**uri)
    }
}

impl std::str::FromStr for UriList {
    type Err = InvalidUri;

    /// Reads a list of which each entry is a line, as stores keep it.
    fn from_str(lines: &str) -> Result<Self, InvalidUri> {
        Self::new(lines.split('\n').filter(|line| !line.is_empty()))
    }
}

/// One entry a line.
impl fmt::Display for UriList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, uri) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(uri)?;
        }
        Ok(())
    }
}

impl fmt::Debug for UriList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An entry was empty or had a character that no URI has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidUri;

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URI is printable ASCII without blank (RFC 3986 section 2)")
    }
}

impl std::error::Error for InvalidUri {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_not_come_back_as_it_was() {
        for bad in ["", "https://a.example/\nhttps://b.example/", "a b", "a\tb", "a\0", "https://é.example/"] {
            assert_eq!(UriList::new([bad]), Err(InvalidUri), "{bad:?}");
        }
    }

    #[test]
    fn keeps_the_order_and_drops_repeats() {
        let list = UriList::new(["b:", "a:", "b:", "*.c.example"]).unwrap();
        assert_eq!(list.iter().collect::<Vec<_>>(), ["b:", "a:", "*.c.example"]);
        assert_eq!(list.to_string().parse(), Ok(list));
        assert_eq!(UriList::none().to_string().parse(), Ok(UriList::none()));
        assert!(UriList::none().is_empty());
    }
}
