//! The one type for all formats.

use std::time::SystemTime;

use super::InvalidTokenFormat;
use super::hex::Hex;
use super::prefix_checksum::PrefixChecksum;
#[cfg(feature = "sentry-tokens")]
use super::sentry_org::SentryOrg;
use super::vendor_checksum::VendorChecksum;
use crate::PresentedToken;

/// How tokens look: mints them, and tells them from other strings without a look into the store.
///
/// | made by | id | looks like | checksum |
/// |---|---|---|---|
/// | [`new`](Self::new) | `prefix_checksum` | `<prefix>_`, 36 of `0-9A-Za-z` | CRC-32 |
/// | [`vendor_checksum`](Self::vendor_checksum) | `vendor_checksum` | `<type>_`, `0-9A-Za-z` up to 255 characters | CRC-32 |
/// | [`legacy_sha1`](Self::legacy_sha1) | `legacy_sha1` | 40 hexadecimal digits | none |
/// | [`kallithea`](Self::kallithea) | `kallithea` | 40 lowercase hexadecimal digits | none |
/// | [`sentry_user`](Self::sentry_user) | `sentry_user` | `sntryu_`, 64 lowercase hexadecimal digits | none |
/// | `sentry_org`, with the feature `sentry-tokens` | `sentry_org` | `sntrys_`, JSON and 32 bytes in base64 | none |
///
/// The first is for new applications: secret scanners find a leaked token by its prefix, and the checksum tells a mistyped
/// one. The others are issued and read for those who come from Djblets, Kallithea and Sentry.
///
/// ```
/// use countersign_core::{Clock, SystemClock, TokenFormat};
///
/// let format = TokenFormat::new("acme")?;
/// let token = format.mint(SystemClock::new().now());
/// assert!(token.expose_secret().starts_with("acme_"));
/// assert!(format.matches(token.expose_secret()));
/// # Ok::<(), countersign_core::InvalidTokenFormat>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFormat(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Hex(Hex),
    PrefixChecksum(PrefixChecksum),
    #[cfg(feature = "sentry-tokens")]
    SentryOrg(SentryOrg),
    VendorChecksum(VendorChecksum),
}

impl TokenFormat {
    /// `<prefix>_<30 characters><6 characters>`: a prefix of the application's choice, 30 random characters of `0-9A-Za-z`
    /// (178 bits) and their CRC-32, in base 62 with zeros on the left.
    ///
    /// The checksum is over the 30 characters alone.
    ///
    /// # Errors
    /// When the prefix is not 1 to 16 of `a-z` and `0-9`.
    #[allow(clippy::needless_pass_by_value, reason = "takes a name in whatever form it is there")]
    pub fn new(prefix: impl Into<Box<str>>) -> Result<Self, InvalidTokenFormat> {
        PrefixChecksum::new(&prefix.into()).map(Kind::PrefixChecksum).map(Self)
    }

    /// `<type>_<random characters><6 characters>`, 255 characters in all: what Djblets and Review Board issue as
    /// `vendor_checksum`.
    ///
    /// The checksum is the CRC-32 of the random characters, not of the type, in base 62; also accepted is the spelling of
    /// Djblets 3.0, where every letter has the other case. Unlike Djblets 3.0, which never looked at it, a wrong checksum is
    /// refused.
    ///
    /// # Errors
    /// When the type is not 1 to 64 of `a-z`, `A-Z`, `0-9` and `_`.
    pub fn vendor_checksum(token_type: impl Into<Box<str>>) -> Result<Self, InvalidTokenFormat> {
        VendorChecksum::new(&token_type.into()).map(Kind::VendorChecksum).map(Self)
    }

    /// 40 hexadecimal digits of either case: Djblets' tokens before `vendor_checksum`, there deprecated.
    ///
    /// Minted are 160 random bits; the original took the SHA-1 of the server's secret key, the user's row and the time.
    #[must_use]
    pub const fn legacy_sha1() -> Self {
        Self(Kind::Hex(Hex::LEGACY_SHA1))
    }

    /// 40 lowercase hexadecimal digits: Kallithea's API keys.
    ///
    /// Kallithea looks up any 40 letters and digits of any script; those that it never issued are not recognised here.
    #[must_use]
    pub const fn kallithea() -> Self {
        Self(Kind::Hex(Hex::KALLITHEA))
    }

    /// `sntryu_` and 64 lowercase hexadecimal digits: Sentry's user auth tokens.
    ///
    /// Older ones, which have no prefix, are not recognised.
    #[must_use]
    pub const fn sentry_user() -> Self {
        Self(Kind::Hex(Hex::SENTRY_USER))
    }

    /// `sntrys_<payload>_<secret>`: Sentry's organisation auth tokens. The payload is base64 of a JSON object that says when
    /// the token was issued (`iat`), where (`url`, `region_url`) and for which organisation (`org`); the secret is 32 random
    /// bytes in base64 without `=`.
    ///
    /// Whoever issues the token says so in it, and nobody has checked that: authenticate the token, then read the store's
    /// record. The payload is looked at for its shape only, and tokens of other organisations match too.
    ///
    /// Stricter than the original, none of which concerns a token that it issued: the secret has to be there, all 32 bytes
    /// of it; `iat` has to be a number above zero; base64 has no foreign characters in it; the token has at most 4,096
    /// characters.
    ///
    /// # Errors
    /// When `org` is empty, or the token would be longer than 4,096 characters.
    #[cfg(feature = "sentry-tokens")]
    pub fn sentry_org(
        org: impl Into<Box<str>>,
        url: impl Into<Box<str>>,
        region_url: impl Into<Box<str>>,
    ) -> Result<Self, InvalidTokenFormat> {
        SentryOrg::new(org.into(), url.into(), region_url.into()).map(Kind::SentryOrg).map(Self)
    }

    /// Its id, as a [`TokenInfo`](crate::TokenInfo) records it.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match &self.0 {
            Kind::Hex(hex) => hex.id,
            Kind::PrefixChecksum(_) => "prefix_checksum",
            #[cfg(feature = "sentry-tokens")]
            Kind::SentryOrg(_) => "sentry_org",
            Kind::VendorChecksum(_) => "vendor_checksum",
        }
    }

    /// A new token from the system's random source, issued at `now`.
    ///
    /// # Panics
    /// When the system has no random source; nothing safe can be done without one.
    #[must_use]
    pub fn mint(&self, now: SystemTime) -> PresentedToken {
        let text = match &self.0 {
            Kind::Hex(hex) => hex.mint(),
            Kind::PrefixChecksum(format) => format.mint(),
            #[cfg(feature = "sentry-tokens")]
            Kind::SentryOrg(format) => format.mint(now),
            Kind::VendorChecksum(format) => format.mint(),
        };
        // Only some formats say when they were issued, and features decide whether those are here.
        let _ = now;
        PresentedToken::new(&text)
    }

    /// Whether `text` has this shape and its checksum holds. Says nothing about whether such a token was ever issued.
    ///
    /// Never panics, and allocates at most what a payload takes: 4 KiB or so.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Hex(hex) => hex.matches(text),
            Kind::PrefixChecksum(format) => format.matches(text),
            #[cfg(feature = "sentry-tokens")]
            Kind::SentryOrg(_) => SentryOrg::matches(text),
            Kind::VendorChecksum(format) => format.matches(text),
        }
    }
}
