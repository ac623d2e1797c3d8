//! The canonical query of `USTUDIO-HMAC-V2`.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::hmac::Malformed;

/// The canonical query, of a query that no other query shares its canonical form with unless it means the same.
pub(super) fn canonical(query: &str) -> Result<Cow<'_, str>, Malformed> {
    if query.is_empty() {
        return Ok(Cow::Borrowed(""));
    }
    if !query.is_ascii() {
        return Err(Malformed::new("the query has bytes outside ASCII"));
    }
    let mut pairs = Vec::new();
    for (name, value) in split(query) {
        let (Ok(name), Ok(value)) = (std::str::from_utf8(&name), std::str::from_utf8(&value)) else {
            return Err(Malformed::new("the query has percent-encoding that is not UTF-8"));
        };
        if name.chars().any(|c| matches!(c, '&' | '=') || c.is_control()) {
            return Err(Malformed::new("a name in the query has an encoded &, = or control character"));
        }
        pairs.push((name.to_owned(), value.to_owned()));
    }
    // Stable, so that what is still out of order afterwards is the values of one name.
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    if !pairs.is_sorted() {
        return Err(Malformed::new("a name occurs twice in the query and its values are not in order"));
    }
    Ok(Cow::Owned(render(&pairs)))
}

/// The canonical query as the original makes it of anything.
pub(super) fn canonical_as_reference(query: &str) -> Cow<'_, str> {
    let text = |bytes: Cow<'_, [u8]>| String::from_utf8_lossy(&bytes).into_owned();
    let mut pairs: Vec<_> = split(query).map(|(name, value)| (text(name), text(value))).collect();
    pairs.sort();
    Cow::Owned(render(&pairs))
}

/// Splits at `&`, leaves out what is empty, splits at the first `=`, and decodes `+` and percent-encoding.
fn split(query: &str) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    query.split('&').filter(|segment| !segment.is_empty()).map(|segment| {
        let (name, value) = segment.split_once('=').unwrap_or((segment, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        Cow::Owned(percent_decode(text.replace('+', " ").as_bytes()).collect())
    } else {
        percent_decode(text.as_bytes()).into()
    }
}

/// Names as they are, values with everything escaped but letters, digits and `_.-~/`.
fn render(pairs: &[(String, String)]) -> String {
    let mut canonical = String::new();
    for (name, value) in pairs {
        if !canonical.is_empty() {
            canonical.push('&');
        }
        canonical.push_str(name);
        canonical.push('=');
        canonical.extend(percent_encode(value.as_bytes(), ESCAPED));
    }
    canonical
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_query_could_stand_for_is_refused() {
        for bad in ["a%3D1%26b=2", "%0AX=", "q=%ff", "%ff=q", "role=user&role=admin", "q=é"] {
            assert!(canonical(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_means_the_same_is_rendered_the_same() {
        for same in ["b=2&a=1+2", "a=1%202&&b=%32", "&b=2&a=1%20%32&"] {
            assert_eq!(canonical(same).unwrap(), "a=1%202&b=2", "{same}");
        }
        assert_eq!(
            canonical("blank&Foo=value%3f1&bar=avalue&bar=value%202").unwrap(),
            "Foo=value%3F1&bar=avalue&bar=value%202&blank="
        );
    }

    #[test]
    fn an_empty_name_is_a_name() {
        assert_eq!(canonical("=v").unwrap(), "=v");
        assert_eq!(canonical("=&=").unwrap(), "=&=");
        assert_eq!(canonical("&").unwrap(), "");
    }
}
