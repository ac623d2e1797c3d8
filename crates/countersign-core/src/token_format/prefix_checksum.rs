//! `<prefix>_<30 characters><6 characters>`: the format for new applications.

use zeroize::Zeroizing;

use super::InvalidTokenFormat;
use super::base62::{CHECKSUM_LEN, checksum, is_base62, push_checksum, push_random};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PrefixChecksum {
    /// With its underscore.
    prefix: Box<str>,
}

impl PrefixChecksum {
    pub(super) fn new(prefix: &str) -> Result<Self, InvalidTokenFormat> {
        let fits = matches!(prefix.len(), 1..=16) && prefix.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'));
        if fits { Ok(Self { prefix: format!("{prefix}_").into() }) } else { Err(INVALID) }
    }

    pub(super) fn mint(&self) -> Zeroizing<String> {
        let start = self.prefix.len();
        let mut text = Zeroizing::new(String::with_capacity(start + RANDOM_LEN + CHECKSUM_LEN));
        text.push_str(&self.prefix);
        push_random(&mut text, RANDOM_LEN);
        push_checksum(&mut text, start);
        text
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let body = text.strip_prefix(&*self.prefix).and_then(|body| body.split_at_checked(RANDOM_LEN));
        body.is_some_and(|(random, sum)| is_base62(random) && sum.as_bytes() == checksum(random))
    }
}

const INVALID: InvalidTokenFormat = InvalidTokenFormat::new("a token prefix is 1 to 16 of a-z and 0-9");
const RANDOM_LEN: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_tokens_match_until_a_character_changes() {
        let format = PrefixChecksum::new("t1").unwrap();
        let text = format.mint();
        assert_eq!(text.len(), 3 + 36);
        assert!(format.matches(&text));
        for at in 0..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert!(!format.matches(std::str::from_utf8(&typo).unwrap()), "changed at {at}");
        }
        assert!(!format.matches(&format!("{}x", *text)) && !format.matches("t1_") && !format.matches("t1_é"));
    }

    #[test]
    fn prefixes_are_short_and_plain() {
        for bad in ["", "seventeen_letters", "Acme", "a_b", "a-b", "é", "12345678901234567"] {
            assert_eq!(PrefixChecksum::new(bad), Err(INVALID), "{bad:?}");
        }
        assert!(PrefixChecksum::new("1234567890123456").is_ok());
    }
}
