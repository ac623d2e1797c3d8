//! Percent-escapes (RFC 3986 §2.1) and the pairs of queries and forms, written in other ways.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// Decoded once; `None` where that is not UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// The letters of all escapes in one case.
pub(super) fn in_case(text: &str, upper: bool) -> String {
    let mut left = 0;
    let letters = text.chars().map(|c| {
        let inside = left > 0;
        left = if c == '%' { 2 } else { u8::saturating_sub(left, 1) };
        match (inside, upper) {
            (true, true) => c.to_ascii_uppercase(),
            (true, false) => c.to_ascii_lowercase(),
            (false, _) => c,
        }
    });
    letters.collect()
}

/// What must not stand in a URL escaped, and the escapes that are there left alone.
pub(super) fn completed(text: &str) -> String {
    percent_encode(text.as_bytes(), COMPLETE).to_string()
}

/// Everything but unreserved characters and slashes escaped, the escapes that are there once more.
pub(super) fn encoded(text: &str) -> String {
    percent_encode(text.as_bytes(), PATH).to_string()
}

/// Each name and value decoded, and escaped anew: all but unreserved characters (RFC 3986 §2.3), or as the URL Standard
/// has forms, with `+` for blanks.
pub(super) fn respelled(pairs: &str, as_form: bool) -> String {
    let half = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(&text.replace('+', " ")).collect();
        let escaped = percent_encode(&decoded, if as_form { FORM } else { UNRESERVED }).to_string();
        if as_form { escaped.replace("%20", "+") } else { escaped }
    };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => [half(name), half(value)].join("="),
        None => half(pair),
    };
    pairs.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// The pairs in order of their names; those of one name stay in theirs.
pub(super) fn sorted(pairs: &str) -> String {
    let mut all: Vec<&str> = pairs.split('&').collect();
    all.sort_by_key(|pair| pair.split('=').next());
    all.join("&")
}

/// RFC 3986 §2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
/// The URL Standard's `application/x-www-form-urlencoded` percent-encode set, without the blank that becomes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// All that RFC 3986 §3.3 has in a path, and the `%` of escapes, remain.
const COMPLETE: &AsciiSet = &PATH
    .remove(b'%')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'?');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_written_in_other_ways() {
        assert_eq!(decoded("/a%20b%2Fc+%C3%A9").as_deref(), Some("/a b/c+é"));
        assert_eq!(decoded("%ff"), None);
        assert_eq!(in_case("/aB%2fc%C3%a9x", true), "/aB%2Fc%C3%A9x");
        assert_eq!(in_case("/aB%2Fc%C3%A9X", false), "/aB%2fc%c3%a9X");
        assert_eq!(completed("/a b/é%20;v=1"), "/a%20b/%C3%A9%20;v=1");
        assert_eq!(encoded("/a b/%20:"), "/a%20b/%2520%3A");
        assert_eq!(respelled("a=b+c%7e&d%2B=%c3%a9&e", false), "a=b%20c~&d%2B=%C3%A9&e");
        assert_eq!(respelled("a=b%20c~&d=*", true), "a=b+c%7E&d=*");
        assert_eq!(sorted("b=2&a=2&b=1&a=1"), "a=2&a=1&b=2&b=1");
    }
}
