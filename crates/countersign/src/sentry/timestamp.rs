//! A message's timestamp.

use std::time::{Duration, SystemTime};

use super::python_float::python2_str;

/// A timestamp in both renderings that may have been signed.
#[derive(Debug)]
pub(super) struct Timestamp {
    pub(super) text: Box<str>,
    pub(super) as_python_2: Box<str>,
    pub(super) time: SystemTime,
}

impl Timestamp {
    /// Reads decimal digits with a point at most: no sign, no exponent, no blanks, nothing that is not a number.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_TIMESTAMP)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !(all_digits(whole) && all_digits(fraction)) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let seconds: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let nanoseconds: u32 = format!("{fraction:0<9.9}").parse().ok()?;
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))?;
        let as_python_2 = python2_str(text.parse().ok()?).into();
        Some(Self { text: text.into(), as_python_2, time })
    }

    /// A timestamp that every version reads as it is written: one or two decimals.
    pub(super) fn at(now: SystemTime) -> Option<Self> {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let text = format!("{}.{:02}", since.as_secs(), since.subsec_millis() / 10);
        Self::read(text.strip_suffix('0').unwrap_or(&text).as_bytes())
    }
}

const MAX_TIMESTAMP: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_decimal_digits_with_a_point_at_most() {
        for good in ["0", "1304559408", "1304559408.", "1304559408.123456", ".5", "00.10"] {
            assert!(Timestamp::read(good.as_bytes()).is_some(), "{good}");
        }
        for bad in
            ["", ".", "-1", "+1", "1e9", "nan", "inf", "0x1", "1.0.0", " 1", "1 ", "1_0", "１", "9223372036854775808"]
        {
            assert!(Timestamp::read(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_signed_reads_the_same_in_every_version() {
        for nanoseconds in [0, 1, 10_000_000, 120_000_000, 125_999_999, 990_000_000, 999_999_999] {
            let now = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, nanoseconds);
            let timestamp = Timestamp::at(now).unwrap();
            assert_eq!(timestamp.text, timestamp.as_python_2, "{nanoseconds}");
        }
    }

    #[test]
    fn nanoseconds_are_not_lost() {
        let timestamp = Timestamp::read(b"1.1234567899").unwrap();
        assert_eq!(timestamp.time, SystemTime::UNIX_EPOCH + Duration::new(1, 123_456_789));
    }
}
