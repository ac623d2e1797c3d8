//! What several formats read and write, each in the one spelling that it has here.

mod dates;
mod parameters;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use countersign_core::KeyId;
use http::{HeaderName, HeaderValue};

pub(super) use self::dates::{basic_date, http_date, spell_basic_date, spell_http_date};
pub(super) use self::parameters::{Parameters, quotable};
use crate::auth::SignedHead;
use crate::hmac::{Encoding, Malformed};

/// Seconds since 1970, in plain digits: no sign, no leading zero, no fraction.
pub(super) fn unix_seconds(text: &str) -> Result<SystemTime, Malformed> {
    number(text)
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
        .ok_or(Malformed::new("the time is not a plain number of seconds"))
}

/// Milliseconds since 1970, likewise.
pub(super) fn unix_milliseconds(text: &str) -> Result<SystemTime, Malformed> {
    number(text)
        .and_then(|milliseconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)))
        .ok_or(Malformed::new("the time is not a plain number of milliseconds"))
}

/// As [`unix_seconds`] reads it: what was read is written byte for byte as it was.
pub(super) fn spell_seconds(time: SystemTime) -> Result<String, Malformed> {
    Ok(since_1970(time)?.as_secs().to_string())
}

/// As [`unix_milliseconds`] reads it.
pub(super) fn spell_milliseconds(time: SystemTime) -> Result<String, Malformed> {
    Ok(since_1970(time)?.as_millis().to_string())
}

fn since_1970(time: SystemTime) -> Result<Duration, Malformed> {
    time.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| Malformed::new("the time lies before 1970"))
}

/// A decimal number in its one canonical spelling, of 15 digits at most: what every format's own language can hold.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain = matches!(text.as_bytes(), [b'0'] | [b'1'..=b'9', ..]) && text.len() <= 15;
    text.parse().ok().filter(|_| plain && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether this can be the spelling of so many bytes: length, alphabet and padding are right. Whether it is *the* spelling of
/// the right bytes is decided where it is compared with ours.
pub(super) fn is_spelled(text: &[u8], encoding: Encoding, bytes: usize) -> bool {
    // Every character is judged, whatever the ones before were: many at once then.
    match encoding {
        Encoding::Hex => {
            text.len() == 2 * bytes && text.iter().fold(true, |all, b| all & matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        }
        Encoding::Base64 | Encoding::Base64Url => {
            let (high, low, padding) =
                if encoding == Encoding::Base64 { (b'+', b'/', (3 - bytes % 3) % 3) } else { (b'-', b'_', 0) };
            let (characters, rest) = text.split_at_checked((bytes * 4).div_ceil(3)).unwrap_or_default();
            let alphabet = |b: &u8| b.is_ascii_alphanumeric() | (*b == high) | (*b == low);
            bytes > 0
                && !characters.is_empty()
                && characters.iter().fold(true, |all, b| all & alphabet(b))
                && rest.len() == padding
                && rest.iter().all(|b| *b == b'=')
        }
    }
}

/// The text of a field's value: visible ASCII, blanks and tabs.
pub(super) fn ascii(value: &HeaderValue) -> Result<&str, Malformed> {
    value.to_str().map_err(|_| Malformed::new("a field has bytes outside ASCII"))
}

/// Whether a request says that its body is JSON.
#[cfg(feature = "json")]
pub(super) fn is_json(head: &SignedHead<'_>) -> Result<bool, Malformed> {
    let Some(value) = head.single(&http::header::CONTENT_TYPE)? else { return Ok(false) };
    let media_type = ascii(value)?.split(';').next().unwrap_or_default().trim_matches([' ', '\t']);
    Ok(media_type.eq_ignore_ascii_case("application/json"))
}

/// What stands before this byte, and what after it where it occurs: quicker in short texts than whatever searches long ones.
pub(super) fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at).and_then(|place| text.split_at_checked(place)) {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

/// A text as a field's value.
pub(super) fn field(text: impl AsRef<str>) -> Result<HeaderValue, Malformed> {
    HeaderValue::try_from(text.as_ref()).map_err(|_| Malformed::new("something to send cannot stand in a field"))
}

/// The name of a field: lower case, as it is signed everywhere.
pub(super) fn field_name(name: &str) -> Result<HeaderName, Malformed> {
    let lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    HeaderName::try_from(name).ok().filter(|_| lower).ok_or(Malformed::new("a signed name is no lower-case field name"))
}

pub(super) fn key_id(text: &str) -> Result<KeyId, Malformed> {
    KeyId::new(text).map_err(|_| Malformed::new("the key id is empty or too long"))
}

/// `tchar` (RFC 9110 §5.6.2).
pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

/// What follows an auth-scheme (RFC 9110 §11.4: in any case, then blanks) in the one field that has it; `None` where no
/// field does. Which of several counts must not depend on who reads: one beside ours is refused, whatever scheme it has.
pub(super) fn credentials<'h>(
    head: &SignedHead<'h>,
    fields: &[HeaderName],
    scheme: &str,
) -> Result<Option<&'h str>, Malformed> {
    let mut found = None;
    for name in fields {
        let values = head.headers().get_all(name);
        let mut ours = values.iter().filter_map(|value| after_scheme(value.as_bytes(), scheme));
        let Some(rest) = ours.next() else { continue };
        if found.replace(rest).is_some() || values.iter().nth(1).is_some() {
            return Err(Malformed::several());
        }
    }
    let Some(rest) = found else { return Ok(None) };
    std::str::from_utf8(rest)
        .ok()
        .filter(|rest| rest.is_ascii())
        .map(Some)
        .ok_or(Malformed::new("the credentials have bytes outside ASCII"))
}

pub(super) fn after_scheme<'v>(value: &'v [u8], scheme: &str) -> Option<&'v [u8]> {
    let (word, rest) = value.split_at_checked(scheme.len())?;
    let ends = matches!(rest.first(), None | Some(b' ' | b'\t'));
    (ends && word.eq_ignore_ascii_case(scheme.as_bytes())).then(|| rest.trim_ascii())
}

/// The one value that all fields of a name stand for (RFC 9110 §5.2): each trimmed, `between` them; `None` where there is
/// no such field.
pub(super) fn joined<'h>(head: &SignedHead<'h>, name: &HeaderName, between: &str) -> Option<Cow<'h, [u8]>> {
    let mut values = head.headers().get_all(name).iter().map(|value| value.as_bytes().trim_ascii());
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(Cow::Borrowed(first)) };
    let all: Vec<_> = [first, second].into_iter().chain(values).collect();
    Some(Cow::Owned(all.join(between.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for (text, read) in
            [("0", 0), ("7", 7), ("1700000000", 1_700_000_000), ("999999999999999", 999_999_999_999_999)]
        {
            assert_eq!(number(text), Some(read));
        }
        for bad in ["", "00", "01", "+1", "-1", "1.0", "1e3", " 1", "1 ", "１", "1_0", "0x1", "1000000000000000", "nan"]
        {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for text in ["0", "1700000000", "999999999999999"] {
            assert_eq!(spell_seconds(unix_seconds(text).unwrap()).unwrap(), text);
            assert_eq!(spell_milliseconds(unix_milliseconds(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn a_spelling_has_its_length_its_alphabet_and_its_padding() {
        let good: [(&str, Encoding, usize); 6] = [
            ("00ff", Encoding::Hex, 2),
            ("+/8=", Encoding::Base64, 2),
            ("+/8A", Encoding::Base64, 3),
            ("+w==", Encoding::Base64, 1),
            ("-_8", Encoding::Base64Url, 2),
            ("-w", Encoding::Base64Url, 1),
        ];
        for (text, encoding, bytes) in good {
            assert!(is_spelled(text.as_bytes(), encoding, bytes), "{text}");
            assert!(!is_spelled(text.as_bytes(), encoding, bytes + 1), "{text}");
            assert!(!is_spelled(text.as_bytes(), encoding, bytes - 1), "{text}");
            assert!(!is_spelled(format!(" {text}").as_bytes(), encoding, bytes), "{text}");
        }
        for (text, encoding, bytes) in [
            ("00FF", Encoding::Hex, 2),
            ("+/8", Encoding::Base64, 2),
            ("-_8=", Encoding::Base64, 2),
            ("", Encoding::Base64, 0),
        ] {
            assert!(!is_spelled(text.as_bytes(), encoding, bytes), "{text}");
        }
    }

    #[test]
    fn an_auth_scheme_is_a_whole_word_in_any_case() {
        assert_eq!(after_scheme(b"hMAC  a=\"b\" ", "hmac"), Some(&b"a=\"b\""[..]));
        assert_eq!(after_scheme(b"hmac", "hmac"), Some(&b""[..]));
        for other in ["", "hma", "hmacs a", "hmac,a", "bearer hmac"] {
            assert_eq!(after_scheme(other.as_bytes(), "hmac"), None, "{other}");
        }
    }
}
