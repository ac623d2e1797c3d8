//! Which formats an application takes, and which of them are on their way out.

use super::TokenFormat;

/// The formats that an application knows: one in which it issues, others that are as good, and deprecated ones, which still
/// work and whose owners are told to ask for a new token.
///
/// ```
/// use countersign_core::{FormatRegistry, TokenFormat};
///
/// let formats = FormatRegistry::new(TokenFormat::new("acme")?).with_deprecated(TokenFormat::legacy_sha1());
/// let old = formats.recognise("0123456789abcdef0123456789abcdef01234567").unwrap();
/// assert!(old.id() == "legacy_sha1" && old.is_deprecated());
/// assert!(formats.recognise("no token of ours").is_none());
/// # Ok::<(), countersign_core::InvalidTokenFormat>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct FormatRegistry {
    current: TokenFormat,
    others: Vec<TokenFormat>,
    deprecated: Vec<TokenFormat>,
}

impl FormatRegistry {
    /// Knows the format in which the application issues tokens.
    pub const fn new(current: TokenFormat) -> Self {
        Self { current, others: Vec::new(), deprecated: Vec::new() }
    }

    /// Knows another format, as good as the current one.
    pub fn with_format(mut self, format: TokenFormat) -> Self {
        self.others.push(format);
        self
    }

    /// Knows another format, which is deprecated.
    pub fn with_deprecated(mut self, format: TokenFormat) -> Self {
        self.deprecated.push(format);
        self
    }

    /// The format in which the application issues tokens.
    #[must_use]
    pub const fn current(&self) -> &TokenFormat {
        &self.current
    }

    /// Which format `text` is of; `None` if it is of no known shape, or its checksum is wrong.
    ///
    /// A text that two formats fit is taken for the one that was added first, and for a deprecated one only if no other
    /// fits. The record says more: see [`is_deprecated`](Self::is_deprecated).
    #[must_use]
    pub fn recognise(&self, text: &str) -> Option<Recognised> {
        let good = self.good().map(|format| (format, false));
        let known = good.chain(self.deprecated.iter().map(|format| (format, true)));
        let mut fitting = known.filter(|(format, _)| format.matches(text));
        fitting.next().map(|(format, deprecated)| Recognised { id: format.id(), deprecated })
    }

    /// Whether the format of this id is deprecated and nothing else: what [`TokenInfo::format`](crate::TokenInfo::format)
    /// of a token's record says is surer than what the token looks like.
    #[must_use]
    pub fn is_deprecated(&self, id: &str) -> bool {
        self.deprecated.iter().any(|format| format.id() == id) && self.good().all(|format| format.id() != id)
    }

    fn good(&self) -> impl Iterator<Item = &TokenFormat> {
        std::iter::once(&self.current).chain(&self.others)
    }
}

/// Of which format a text is; whether such a token was ever issued is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recognised {
    id: &'static str,
    deprecated: bool,
}

impl Recognised {
    /// The format's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// Whether the format is deprecated.
    #[must_use]
    pub const fn is_deprecated(self) -> bool {
        self.deprecated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORTY: &str = "0123456789abcdef0123456789abcdef01234567";

    fn seen(formats: &FormatRegistry, text: &str) -> Option<(&'static str, bool)> {
        formats.recognise(text).map(|found| (found.id(), found.is_deprecated()))
    }

    #[test]
    fn a_deprecated_format_is_taken_only_if_no_other_fits() {
        let formats = FormatRegistry::new(TokenFormat::new("acme").unwrap())
            .with_deprecated(TokenFormat::legacy_sha1())
            .with_format(TokenFormat::kallithea());
        assert_eq!(seen(&formats, FORTY), Some(("kallithea", false)));
        assert_eq!(seen(&formats, &FORTY.to_uppercase()), Some(("legacy_sha1", true)));
        assert_eq!(seen(&formats, &FORTY[1..]), None);
        assert!(formats.is_deprecated("legacy_sha1"));
        assert!(!formats.is_deprecated("kallithea") && !formats.is_deprecated("unheard of"));
    }

    #[test]
    fn an_id_that_is_deprecated_and_current_is_not_deprecated() {
        let (new, old) = (TokenFormat::new("new").unwrap(), TokenFormat::new("old").unwrap());
        let formats = FormatRegistry::new(new).with_deprecated(old.clone());
        let token = old.mint(std::time::SystemTime::UNIX_EPOCH);
        assert_eq!(seen(&formats, token.expose_secret()), Some(("prefix_checksum", true)));
        assert!(!formats.is_deprecated("prefix_checksum"));
    }
}
