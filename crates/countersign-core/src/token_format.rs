//! How tokens look: told apart from other strings, found by secret scanners, refused when mistyped.

use std::fmt;

use zeroize::Zeroizing;

use crate::PresentedToken;

/// `<prefix>_<30 characters><6 characters>`: a prefix of the application's choice, 30 random characters of
/// `0-9A-Za-z` (178 bits) and their CRC-32, in base 62 with zeros on the left.
///
/// The prefix lets secret scanners find a leaked token; the checksum tells a mistyped one without a look into the store.
/// The checksum is over the 30 characters alone.
///
/// ```
/// use countersign_core::TokenFormat;
///
/// let format = TokenFormat::new("acme")?;
/// let token = format.mint();
/// assert!(token.expose_secret().starts_with("acme_"));
/// assert!(format.matches(token.expose_secret()));
/// # Ok::<(), countersign_core::InvalidTokenPrefix>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFormat {
    prefix: Box<str>,
}

impl TokenFormat {
    /// Its id, as a [`TokenInfo`](crate::TokenInfo) records it.
    pub const ID: &'static str = "prefix_checksum";

    /// Tokens that begin with `prefix` and an underscore.
    ///
    /// # Errors
    /// When the prefix is not 1 to 16 of `a-z` and `0-9`.
    pub fn new(prefix: impl Into<Box<str>>) -> Result<Self, InvalidTokenPrefix> {
        let prefix = prefix.into();
        let fits = matches!(prefix.len(), 1..=16) && prefix.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'));
        if fits { Ok(Self { prefix }) } else { Err(InvalidTokenPrefix) }
    }

    /// A new token from the system's random source.
    ///
    /// # Panics
    /// When the system has no random source; nothing safe can be done without one.
    #[must_use]
    pub fn mint(&self) -> PresentedToken {
        let mut text = Zeroizing::new(String::with_capacity(self.prefix.len() + 1 + RANDOM_LEN + CHECKSUM_LEN));
        text.push_str(&self.prefix);
        text.push('_');
        let random = random_base62();
        text.push_str(&random);
        text.push_str(&checksum(&random));
        PresentedToken::new(&text)
    }

    /// Whether `text` has this shape and its checksum holds. Says nothing about whether such a token was ever issued.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let body = text.strip_prefix(&*self.prefix).and_then(|rest| rest.strip_prefix('_'));
        body.and_then(|body| body.split_at_checked(RANDOM_LEN))
            .is_some_and(|(random, sum)| random.bytes().all(|b| b.is_ascii_alphanumeric()) && sum == checksum(random))
    }
}

/// A token prefix was not 1 to 16 of `a-z` and `0-9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTokenPrefix;

impl fmt::Display for InvalidTokenPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token prefix is 1 to 16 of a-z and 0-9")
    }
}

impl std::error::Error for InvalidTokenPrefix {}

fn random_base62() -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(RANDOM_LEN));
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < RANDOM_LEN {
        getrandom::fill(&mut *bytes).expect("the system's random source answers");
        let missing = RANDOM_LEN - text.len();
        // 248 is the largest multiple of 62 in a byte: what is above would make some characters likelier than others.
        let fair = bytes.iter().filter(|&&byte| byte < 248);
        text.extend(fair.map(|byte| digit(u32::from(*byte) % 62)).take(missing));
    }
    text
}

fn checksum(random: &str) -> String {
    let crc = crc32fast::hash(random.as_bytes());
    (0..CHECKSUM_LEN as u32).rev().map(|place| digit(crc / 62_u32.pow(place) % 62)).collect()
}

fn digit(value: u32) -> char {
    char::from(match value as u8 {
        value @ 0..10 => b'0' + value,
        value @ 10..36 => b'A' + value - 10,
        value => b'a' + value - 36,
    })
}

const RANDOM_LEN: usize = 30;
const CHECKSUM_LEN: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_as_published() {
        // The sample of the format's first publisher, and the CRC check value of the crc32 catalogue.
        assert_eq!(checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), "0mLq17");
        assert_eq!(checksum("123456789"), "3jZRME");
        assert_eq!(checksum(""), "000000");
    }

    #[test]
    fn minted_tokens_match_until_a_character_changes() {
        let format = TokenFormat::new("t1").unwrap();
        let token = format.mint();
        let text = token.expose_secret();
        assert_eq!(text.len(), 3 + 36);
        assert!(format.matches(text));
        for at in 0..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            assert!(!format.matches(std::str::from_utf8(&typo).unwrap()), "changed at {at}");
        }
        assert!(!format.matches(&format!("{text}x")) && !format.matches("t1_") && !format.matches("t1_é"));
    }

    #[test]
    fn every_character_occurs() {
        let all: String = (0..100).map(|_| random_base62().to_string()).collect();
        assert!((0..62).map(digit).all(|c| all.contains(c)));
    }
}
