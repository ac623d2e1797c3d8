//! How refusals look, by name.

use std::fmt;
use std::str::FromStr;

/// How refusals look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SentryStyle {
    /// As Sentry's own server answered: its statuses and its texts ([`SentryRejection`](super::SentryRejection)).
    #[default]
    Original,
    /// As every other layer here does: challenges, and `application/problem+json` (RFC 9457) as the body
    /// ([`ProblemRejection`](crate::auth::ProblemRejection)).
    Modern,
}

impl SentryStyle {
    /// The name: `original` or `modern`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Modern => "modern",
        }
    }
}

impl fmt::Display for SentryStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No style has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownSentryStyle;

impl fmt::Display for UnknownSentryStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the styles are original and modern")
    }
}

impl std::error::Error for UnknownSentryStyle {}

impl FromStr for SentryStyle {
    type Err = UnknownSentryStyle;

    fn from_str(name: &str) -> Result<Self, UnknownSentryStyle> {
        [Self::Original, Self::Modern].into_iter().find(|style| style.name() == name).ok_or(UnknownSentryStyle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_chosen_by_name() {
        for style in [SentryStyle::Original, SentryStyle::Modern] {
            assert_eq!(style.to_string().parse(), Ok(style));
        }
        assert_eq!("Modern".parse::<SentryStyle>(), Err(UnknownSentryStyle));
    }
}
