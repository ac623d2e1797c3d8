//! `<type>_<random><6 characters>`, 255 characters in all: the tokens of Djblets.

use zeroize::Zeroizing;

use super::InvalidTokenFormat;
use super::base62::{CHECKSUM_LEN, checksum, is_base62, push_checksum, push_random};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VendorChecksum {
    /// The token type, with its underscore.
    prefix: Box<str>,
}

impl VendorChecksum {
    pub(super) fn new(token_type: &str) -> Result<Self, InvalidTokenFormat> {
        let fits = matches!(token_type.len(), 1..=64)
            && token_type.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if fits { Ok(Self { prefix: format!("{token_type}_").into() }) } else { Err(INVALID) }
    }

    pub(super) fn mint(&self) -> Zeroizing<String> {
        let start = self.prefix.len();
        let mut text = Zeroizing::new(String::with_capacity(TOKEN_LEN));
        text.push_str(&self.prefix);
        push_random(&mut text, TOKEN_LEN - CHECKSUM_LEN - start);
        push_checksum(&mut text, start);
        text
    }

    /// Djblets 3.0 wrote the checksum with small letters before capital ones: the same with every letter's case swapped.
    /// Half of it swapped is wrong.
    pub(super) fn matches(&self, text: &str) -> bool {
        let body = text.strip_prefix(&*self.prefix).filter(|_| text.len() == TOKEN_LEN);
        let parts = body.and_then(|body| body.split_at_checked(body.len().saturating_sub(CHECKSUM_LEN)));
        parts.is_some_and(|(random, sum)| {
            let expected = checksum(random);
            is_base62(random) && (sum.as_bytes() == expected || sum.as_bytes() == expected.map(swap_case))
        })
    }
}

const fn swap_case(byte: u8) -> u8 {
    if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }
}

const INVALID: InvalidTokenFormat = InvalidTokenFormat::new("a token type is 1 to 64 of a-z, A-Z, 0-9 and _");
const TOKEN_LEN: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_tokens_match_until_a_character_changes() {
        let format = VendorChecksum::new("x_y").unwrap();
        let text = format.mint();
        assert_eq!(text.len(), 255);
        assert!(format.matches(&text));
        for at in 0..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[at] = if typo[at] == b'-' { b'_' } else { b'-' };
            assert!(!format.matches(std::str::from_utf8(&typo).unwrap()), "changed at {at}");
        }
    }

    #[test]
    fn the_checksum_has_one_alphabet_or_the_other() {
        let format = VendorChecksum::new("test").unwrap();
        let random = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".repeat(4);
        let random = &random[..244];
        assert_eq!(&checksum(random), b"3b19YH");
        for (sum, matches) in
            [("3b19YH", true), ("3B19yh", true), ("3b19yh", false), ("3B19YH", false), ("3b19Yh", false)]
        {
            assert_eq!(format.matches(&format!("test_{random}{sum}")), matches, "{sum}");
        }
    }

    #[test]
    fn types_are_letters_digits_and_underscores() {
        for bad in ["", "a-b", "a b", "é", &"x".repeat(65)] {
            assert_eq!(VendorChecksum::new(bad), Err(INVALID), "{bad:?}");
        }
        let longest = VendorChecksum::new(&"x".repeat(64)).unwrap();
        assert!(longest.matches(&longest.mint()));
    }
}
