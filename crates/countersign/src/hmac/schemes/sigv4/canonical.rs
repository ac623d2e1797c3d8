//! The canonical request. What it would make alike without being alike is refused.

use std::borrow::Cow;

use http::HeaderName;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::presigned::SIGNATURE;
use super::{CONTENT_SHA256, DATE};
use crate::auth::SignedHead;
use crate::hmac::schemes::text::{field_name, joined};
use crate::hmac::{Coverage, Malformed, SignatureBase};

/// The path, encoded once more; as it is for S3.
pub(super) fn push_path<'r>(base: &mut SignatureBase<'r>, head: &SignedHead<'r>, is_s3: bool) -> Result<(), Malformed> {
    if is_s3 {
        base.push_path(head);
        return Ok(());
    }
    for path in [head.path_prefix(), head.path()].into_iter().filter(|path| !path.is_empty()) {
        if has_removed_segments(path) {
            return Err(Malformed::new("the path has segments that are empty or dots"));
        }
        base.push(Coverage::PATH, Cow::from(percent_encode(path.as_bytes(), PATH)));
    }
    Ok(())
}

fn has_removed_segments(path: &str) -> bool {
    let bytes = path.as_bytes();
    // Hardly any path has a segment that begins so.
    let begins = bytes.first() == Some(&b'.') || bytes.windows(2).any(|two| matches!(two, b"//" | b"/."));
    begins && (path.contains("//") || path.split('/').any(|segment| matches!(segment, "." | "..")))
}

/// The query with its names in order, without the signature where that stands in it.
pub(super) fn query(query: &str, without_signature: bool) -> Result<Cow<'_, str>, Malformed> {
    if is_canonical(query) && !without_signature {
        return Ok(Cow::Borrowed(query));
    }
    canonical(query, without_signature).map(Cow::Owned)
}

/// Whether a query is spelled as [`canonical`] would spell it: no escapes, all pairs in order.
fn is_canonical(query: &str) -> bool {
    let is_plain =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'));
    let mut before = None;
    query.is_empty()
        || query.split('&').all(|pair| {
            let Some((name, value)) = pair.split_once('=') else { return false };
            let is_next = before.replace((name, value)) <= Some((name, value));
            is_next && is_plain(name) && is_plain(value)
        })
}

fn canonical(query: &str, without_signature: bool) -> Result<String, Malformed> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !(without_signature && name == SIGNATURE) {
            pairs.push((encoded(name)?, encoded(value)?));
        }
    }
    // One order of names is as good as another, but which of several values comes first means something.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    if !pairs.is_sorted() {
        return Err(Malformed::new("a name is repeated in the query with values that are not in order"));
    }
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| [name, value].join("=")).collect();
    Ok(pairs.join("&"))
}

/// Decoded and encoded again: in one spelling.
fn encoded(text: &str) -> Result<String, Malformed> {
    if text.contains('+') {
        return Err(Malformed::new("the query has a +, which some read as a blank"));
    }
    let mut escapes = text.split('%').skip(1);
    let is_escape = |rest: &str| rest.get(..2).is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if !escapes.all(is_escape) {
        return Err(Malformed::new("the query has a % that begins no escape"));
    }
    let decoded: Vec<_> = percent_decode_str(text).collect();
    Ok(percent_encode(&decoded, UNRESERVED).to_string())
}

/// A line for each signed field, after the end of the line before: values trimmed, their blanks single, several of one name
/// with commas between.
pub(super) fn push_fields<'r>(
    base: &mut SignatureBase<'r>,
    head: &SignedHead<'r>,
    names: &'r str,
) -> Result<(), Malformed> {
    for name in names.split(';') {
        let field = |field: &HeaderName| joined(head, field, ",");
        let (line, value, covers) = match name {
            "host" => ("\nhost:", head.authority().map(|host| host.as_bytes().into()), Coverage::AUTHORITY),
            "x-amz-date" => ("\nx-amz-date:", field(&DATE), Coverage::CREATED),
            "x-amz-content-sha256" => ("\nx-amz-content-sha256:", field(&CONTENT_SHA256), Coverage::NONE),
            "content-type" => ("\ncontent-type:", field(&CONTENT_TYPE), Coverage::CONTENT_TYPE),
            _ => {
                let value = field(&field_name(name)?);
                base.push_literal("\n");
                base.push_literal(name);
                (":", value, Coverage::NONE)
            }
        };
        base.cover_field(name);
        base.push_literal(line);
        base.push(covers, single_blanks(value.ok_or(Malformed::new("a signed field is missing"))?));
    }
    if head.headers().contains_key(TOKEN) && !names.split(';').any(|name| name == TOKEN) {
        return Err(Malformed::new("the security token is not signed"));
    }
    Ok(())
}

fn single_blanks(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    // Hardly any value has a blank at all.
    if !value.iter().any(is_blank) || !value.windows(2).any(|two| two.iter().all(is_blank)) && !value.contains(&b'\t') {
        return value;
    }
    let words: Vec<_> = value.split(is_blank).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(b" ".as_slice()))
}

/// Client: the fields that are signed, in order.
pub(super) fn fields_to_sign(head: &Parts) -> String {
    let is_signed = |name: &&str| *name == "content-type" || name.starts_with("x-amz-");
    let mut names: Vec<_> = head.headers.keys().map(HeaderName::as_str).filter(is_signed).collect();
    names.push("host");
    names.sort_unstable();
    names.join(";")
}

const TOKEN: &str = "x-amz-security-token";
/// RFC 3986 §2.3.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

#[cfg(test)]
mod tests {
    use std::error::Error;

    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

    use super::*;

    #[test]
    fn a_query_is_put_in_order_and_spelled_one_way() {
        for (text, canonical) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a", "a="),
            ("a=x/y", "a=x%2Fy"),
            ("a=%2f&%61=1", "a=%2F&a=1"),
            ("&&a=1&", "a=1"),
            ("a=1&a=2", "a=1&a=2"),
            ("a=1=2", "a=1%3D2"),
            ("a=é", "a=%C3%A9"),
            ("X-Amz-Signature=1&a=", "X-Amz-Signature=1&a="),
        ] {
            assert_eq!(query(text, false), Ok(canonical.into()), "{text}");
        }
        assert_eq!(query("X-Amz-Signature=1&a=", true), Ok("a=".into()));
        for refused in ["a=+", "a=%", "a=%2", "a=%zz", "a=2&a=1", "a=2&b=&a=1", "%61=2&a=1", "a=%é"] {
            assert!(query(refused, false).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_path_with_segments_that_are_removed_is_told_from_others() {
        for path in ["//", "/a//", "/.", "/./", "/..", "/a/../b", "..", "./a", "/a/.", "a//b"] {
            assert!(has_removed_segments(path), "{path}");
        }
        for path in ["/", "", "/a", "/a/", "/.a", "/..a/b", "/a.", "/a../b", "*", "/.../"] {
            assert!(!has_removed_segments(path), "{path}");
        }
    }

    /// What a query that is left as it is would become, if it were not.
    fn check(is_canonical: fn(&str) -> bool) -> Result<(), Box<dyn Error>> {
        let name = select(vec!["a", "b", "b", "A", "a-", "", "", "é", "%61"]);
        let (mark, value) = (select(vec!["=", "=", "", "=="]), select(vec!["", "", "1", "2", "%41", "+"]));
        let pair = (name, mark, value).prop_map(|(name, mark, value)| [name, mark, value].concat());
        let queries = proptest::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"));
        // The same queries each time: whoever is wrong is always noticed, or never.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let config = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        runner.run(&queries, |query| {
            let alike = !is_canonical(&query) || canonical(&query, false).as_deref() == Ok(&*query);
            if alike { Ok(()) } else { Err(TestCaseError::fail("it is spelled in another way")) }
        })?;
        Ok(())
    }

    #[test]
    fn a_canonical_query_is_left_as_it_is() {
        check(is_canonical).unwrap();
        for query in ["", "a=1", "a=1&a=2&b=", "Action=List&Version=2010-05-08", "a=1&a-b=2"] {
            assert!(is_canonical(query), "{query}");
        }
    }

    #[test]
    fn a_query_that_is_wrongly_left_as_it_is_is_noticed() {
        let wrong: [fn(&str) -> bool; 5] = [
            |query| is_canonical(&query.replace("b&", "b=&")),
            |query| is_canonical(query.trim_matches('&')),
            |query| is_canonical(&query.replace('%', "")),
            |query| is_canonical(query) || query.split('&').is_sorted_by(|one, other| one >= other),
            |query| is_canonical(&query.replace("==", "=")),
        ];
        for wrong in wrong {
            check(wrong).unwrap_err();
        }
    }

    #[test]
    fn blanks_are_single() {
        for (value, single) in [("a b", "a b"), ("a  b", "a b"), ("a\tb", "a b"), ("a \t b  c", "a b c"), ("", "")] {
            assert_eq!(&*single_blanks(Cow::Borrowed(value.as_bytes())), single.as_bytes());
        }
    }
}
