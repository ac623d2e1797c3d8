//! What is told over a channel: `*`, `t` and a token's digest, or `k` and a key id, both in hexadecimal.

use countersign_core::{Invalidation, KeyId, TokenDigest};

/// The payload that says `what`; everything, of what is not known here.
pub(super) fn write(what: &Invalidation) -> String {
    match what {
        Invalidation::Token(digest) => hex('t', digest.as_bytes()),
        // 512 digits at most; a payload may have 7,999.
        Invalidation::Key(key_id) => hex('k', key_id.as_str().as_bytes()),
        _ => EVERYTHING.to_owned(),
    }
}

/// What a payload says. One that cannot be read says that something has changed, and so everything: another version may
/// have written it, and whoever may connect to the database may write to any channel.
pub(super) fn read(payload: &str) -> Invalidation {
    let told = match payload.split_at_checked(1) {
        Some(("t", digits)) => bytes(digits).and_then(|bytes| bytes.try_into().ok()).map(token),
        Some(("k", digits)) => bytes(digits).and_then(key),
        _ => None,
    };
    told.unwrap_or(Invalidation::Everything)
}

fn token(digest: [u8; 32]) -> Invalidation {
    Invalidation::Token(TokenDigest::from_bytes(digest))
}

fn key(bytes: Vec<u8>) -> Option<Invalidation> {
    let key_id = KeyId::new(String::from_utf8(bytes).ok()?).ok()?;
    Some(Invalidation::Key(key_id))
}

fn hex(kind: char, bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    std::iter::once(kind).chain(digits).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit).try_into().ok()).collect()
}

const EVERYTHING: &str = "*";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let all = [
            Invalidation::Everything,
            Invalidation::Token(TokenDigest::of("tk_secret")),
            Invalidation::Key("k".parse().unwrap()),
            Invalidation::Key("a\0b é \u{1f511}".parse().unwrap()),
            Invalidation::Key("k".repeat(256).parse().unwrap()),
        ];
        for what in all {
            let payload = write(&what);
            assert!(payload.len() < 8000 && payload.bytes().all(|byte| byte.is_ascii_graphic()), "{payload}");
            assert_eq!(read(&payload), what, "{payload}");
        }
    }

    #[test]
    fn what_cannot_be_read_means_everything() {
        let digest = write(&Invalidation::Token(TokenDigest::of("tk_secret")));
        let short = digest.get(..64).unwrap();
        let long = digest.clone() + "00";
        for payload in ["", "*", "é", "t", "tzz", "k", "k0", "kff", "x00", " ", "k+1", short, &long] {
            assert_eq!(read(payload), Invalidation::Everything, "{payload:?}");
        }
    }
}
