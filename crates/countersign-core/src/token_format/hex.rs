//! Random bytes in hexadecimal, with or without something before them.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// A prefix, and that many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hex {
    pub(super) id: &'static str,
    prefix: &'static str,
    digits: usize,
    either_case: bool,
}

impl Hex {
    /// Djblets' first tokens: a SHA-1, whose case was never looked at.
    pub(super) const LEGACY_SHA1: Self = Self { id: "legacy_sha1", prefix: "", digits: 40, either_case: true };
    /// Kallithea's API keys.
    pub(super) const KALLITHEA: Self = Self { id: "kallithea", prefix: "", digits: 40, either_case: false };
    /// Sentry's user auth tokens.
    pub(super) const SENTRY_USER: Self = Self { id: "sentry_user", prefix: "sntryu_", digits: 64, either_case: false };

    pub(super) fn mint(self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).expect("the system's random source answers");
        let mut text = Zeroizing::new(String::with_capacity(self.prefix.len() + self.digits));
        text.push_str(self.prefix);
        for byte in bytes.iter().take(self.digits / 2) {
            write!(text, "{byte:02x}").expect("a string takes what is written");
        }
        text
    }

    pub(super) fn matches(self, text: &str) -> bool {
        let digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f') || self.either_case && matches!(byte, b'A'..=b'F');
        text.strip_prefix(self.prefix).is_some_and(|rest| rest.len() == self.digits && rest.bytes().all(digit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_case_count() {
        let forty = "0123456789abcdef0123456789abcdef01234567";
        let capital = forty.to_uppercase();
        for (format, text, matches) in [
            (Hex::KALLITHEA, forty, true),
            (Hex::KALLITHEA, &capital, false),
            (Hex::LEGACY_SHA1, forty, true),
            (Hex::LEGACY_SHA1, &capital, true),
            (Hex::LEGACY_SHA1, &forty[1..], false),
            (Hex::LEGACY_SHA1, &format!("{forty}0"), false),
            (Hex::LEGACY_SHA1, &forty.replace('0', "g"), false),
            (Hex::LEGACY_SHA1, &forty.replace("01", "é"), false),
        ] {
            assert_eq!(format.matches(text), matches, "{} and {text}", format.id);
        }
    }
}
