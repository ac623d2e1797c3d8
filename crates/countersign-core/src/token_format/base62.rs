//! Letters and digits: random ones, and the CRC-32 written in them.

use zeroize::Zeroizing;

/// The length of a checksum: no 32-bit number has more digits in base 62.
pub(super) const CHECKSUM_LEN: usize = 6;

/// Appends `count` random characters of `0-9A-Za-z`, each as likely as any other.
pub(super) fn push_random(text: &mut String, count: usize) {
    let end = text.len() + count;
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < end {
        getrandom::fill(&mut *bytes).expect("the system's random source answers");
        let missing = end - text.len();
        // 248 is the largest multiple of 62 in a byte: what is above would make some characters likelier than others.
        let fair = bytes.iter().filter(|&&byte| byte < 248);
        text.extend(fair.map(|byte| char::from(digit(u32::from(*byte) % 62))).take(missing));
    }
}

/// The CRC-32 of `text` in base 62, most significant digit first, with zeros on the left.
pub(super) fn checksum(text: &str) -> [u8; CHECKSUM_LEN] {
    base62(crc32fast::hash(text.as_bytes()))
}

/// Appends the checksum of what `text` has from `start` on.
pub(super) fn push_checksum(text: &mut String, start: usize) {
    let sum = checksum(text.get(start..).unwrap_or_default());
    text.extend(sum.map(char::from));
}

/// Whether there is nothing but `0-9A-Za-z`.
pub(super) fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn base62(number: u32) -> [u8; CHECKSUM_LEN] {
    let mut rest = number;
    let mut digits = [b'0'; CHECKSUM_LEN];
    for place in digits.iter_mut().rev() {
        *place = digit(rest % 62);
        rest /= 62;
    }
    digits
}

const fn digit(value: u32) -> u8 {
    match value as u8 {
        value @ 0..10 => b'0' + value,
        value @ 10..36 => b'A' + value - 10,
        value => b'a' + value - 36,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_as_published() {
        // The sample of the format's first publisher, and the CRC check value of the crc32 catalogue.
        assert_eq!(&checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), b"0mLq17");
        assert_eq!(&checksum("123456789"), b"3jZRME");
        assert_eq!(&checksum(""), b"000000");
    }

    #[test]
    fn checksums_and_numbers_as_djblets_writes_them() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/djblets.json");
        let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let meta = &file["generator_meta"];
        for row in meta["checksums"].as_array().unwrap() {
            let data = row["data"].as_str().unwrap();
            assert_eq!(u64::from(crc32fast::hash(data.as_bytes())), row["crc32_dec"]);
            assert_eq!(std::str::from_utf8(&checksum(data)).unwrap(), row["base62_padded"]);
        }
        for row in meta["base62"].as_array().unwrap() {
            let digits = base62(u32::try_from(row["n"].as_u64().unwrap()).unwrap());
            assert_eq!(std::str::from_utf8(&digits).unwrap(), format!("{:0>6}", row["s"].as_str().unwrap()));
        }
        assert_eq!(meta["checksums"].as_array().unwrap().len() + meta["base62"].as_array().unwrap().len(), 12);
    }

    #[test]
    fn every_character_occurs() {
        let mut all = String::new();
        push_random(&mut all, 6200);
        assert_eq!(all.len(), 6200);
        assert!((0..62).map(|value| char::from(digit(value))).all(|c| all.contains(c)));
    }
}
