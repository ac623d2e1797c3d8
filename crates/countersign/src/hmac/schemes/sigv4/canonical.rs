//! The canonical request. What it would make alike without being alike is refused.

use std::borrow::Cow;

use http::HeaderName;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::presigned::SIGNATURE;
use crate::auth::SignedHead;
use crate::hmac::schemes::text::{field_name, joined};
use crate::hmac::{Coverage, Malformed, SignatureBase};

/// The path, encoded once more; as it is for S3.
pub(super) fn push_path<'r>(base: &mut SignatureBase<'r>, head: &SignedHead<'r>, is_s3: bool) -> Result<(), Malformed> {
    if is_s3 {
        base.push_path(head);
        return Ok(());
    }
    for path in [head.path_prefix(), head.path()] {
        let removed = |segment: &str| matches!(segment, "." | "..");
        if path.contains("//") || path.split('/').any(removed) {
            return Err(Malformed::new("the path has segments that are empty or dots"));
        }
        base.push(Coverage::PATH, Cow::from(percent_encode(path.as_bytes(), PATH)));
    }
    Ok(())
}

/// The query with its names in order, without the signature where that stands in it.
pub(super) fn query(query: &str, without_signature: bool) -> Result<String, Malformed> {
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

/// A line for each signed field: values trimmed, their blanks single, several of one name with commas between.
pub(super) fn push_fields<'r>(
    base: &mut SignatureBase<'r>,
    head: &SignedHead<'r>,
    names: &'r str,
) -> Result<(), Malformed> {
    for name in names.split(';') {
        let field = field_name(name)?;
        let value = match name {
            "host" => head.authority().map(|authority| Cow::Borrowed(authority.as_bytes())),
            _ => joined(head, &field, ","),
        };
        let value = single_blanks(value.ok_or(Malformed::new("a signed field is missing"))?);
        let covers = match name {
            "host" => Coverage::AUTHORITY,
            "x-amz-date" => Coverage::CREATED,
            "content-type" => Coverage::CONTENT_TYPE,
            _ => Coverage::NONE,
        };
        base.cover_field(name);
        base.push_literal(name);
        base.push_literal(":");
        base.push(covers, value);
        base.push_literal("\n");
    }
    if head.headers().contains_key(TOKEN) && !names.split(';').any(|name| name == TOKEN) {
        return Err(Malformed::new("the security token is not signed"));
    }
    Ok(())
}

fn single_blanks(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    if !value.windows(2).any(|two| two.iter().all(is_blank)) && !value.contains(&b'\t') {
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
            assert_eq!(query(text, false).as_deref(), Ok(canonical), "{text}");
        }
        assert_eq!(query("X-Amz-Signature=1&a=", true).as_deref(), Ok("a="));
        for refused in ["a=+", "a=%", "a=%2", "a=%zz", "a=2&a=1", "a=2&b=&a=1", "%61=2&a=1", "a=%é"] {
            assert!(query(refused, false).is_err(), "{refused}");
        }
    }

    #[test]
    fn blanks_are_single() {
        for (value, single) in [("a b", "a b"), ("a  b", "a b"), ("a\tb", "a b"), ("a \t b  c", "a b c"), ("", "")] {
            assert_eq!(&*single_blanks(Cow::Borrowed(value.as_bytes())), single.as_bytes());
        }
    }
}
