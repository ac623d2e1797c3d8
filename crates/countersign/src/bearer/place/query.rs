//! A token in the query: `?api_key=…` (RFC 6750 §2.3).

use std::borrow::Cow;

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;

use super::places::{only, token68};
use crate::auth::AuthError;
use crate::bearer::credentials::malformed;

/// The value of the parameter `name`, decoded.
pub(super) fn read<'q>(query: &'q str, name: &str) -> Result<Option<Cow<'q, str>>, AuthError> {
    let Some((key, value)) = only(parameters(query).filter(|(key, _)| means(key, name)))? else { return Ok(None) };
    // One spelling: what compares names without decoding them would see another parameter.
    if key != name {
        return Err(malformed("the parameter's name is percent-encoded"));
    }
    // In a form's encoding it means a blank, elsewhere itself.
    if value.contains('+') {
        return Err(malformed("a + in the query, which is either a blank or itself"));
    }
    // What is no escape stays as it is, and is no token then.
    token68(percent_decode_str(value).into()).map(Some)
}

/// Whether there is such a parameter, however its name is spelled.
pub(super) fn has(query: &str, name: &str) -> bool {
    parameters(query).any(|(key, _)| means(key, name))
}

/// The same target without this parameter, everything else byte for byte; `None` if that is no target.
pub(super) fn without(uri: &Uri, name: &str) -> Option<Uri> {
    let kept = |segment: &&str| !means(split(segment).0, name);
    let query: Vec<&str> = uri.query().unwrap_or_default().split('&').filter(kept).collect();
    let target = match query.as_slice() {
        [] => uri.path().to_owned(),
        query => format!("{}?{}", uri.path(), query.join("&")),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(split)
}

fn split(segment: &str) -> (&str, &str) {
    segment.split_once('=').unwrap_or((segment, ""))
}

/// Whether whoever decodes `key` reads `name`.
fn means(key: &str, name: &str) -> bool {
    key == name || (key.contains('%') && percent_decode_str(key).eq(name.bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::AuthErrorKind::{self, CredentialsTooLong, MalformedCredentials, SeveralCredentials};
    use crate::bearer::credentials::is_token68;

    fn read_one(query: &str) -> Result<Option<String>, AuthErrorKind> {
        match read(query, "api_key") {
            Ok(token) => Ok(token.map(Cow::into_owned)),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn one_parameter_of_the_name_is_read_and_decoded() {
        for (query, token) in [
            ("api_key=abc", Some("abc")),
            ("a=1&api_key=abc&b=2", Some("abc")),
            ("&&api_key=abc&", Some("abc")),
            ("api_key=a%62c", Some("abc")),
            ("api_key=a%2Bb%2f%3d", Some("a+b/=")),
            ("api_key=abc==", Some("abc==")),
            ("", None),
            ("a=api_key", None),
            ("API_KEY=abc", None),
            ("api_keys=abc", None),
            ("xapi_key=abc", None),
            ("api_key[]=abc", None),
            ("api%5Fkeyx=abc", None),
            ("a=1;api_key=abc", None),
            ("%61pi_key%=abc", None),
        ] {
            assert_eq!(read_one(query), Ok(token.map(str::to_owned)), "{query}");
        }
    }

    #[test]
    fn everything_else_under_the_name_is_refused() {
        for (query, kind) in [
            ("api_key", MalformedCredentials),
            ("api_key=", MalformedCredentials),
            ("api_key=a b", MalformedCredentials),
            ("api_key=a+b", MalformedCredentials),
            ("api_key=a%20b", MalformedCredentials),
            ("api_key=a%", MalformedCredentials),
            ("api_key=a%6", MalformedCredentials),
            ("api_key=a%zz", MalformedCredentials),
            ("api_key=a%00", MalformedCredentials),
            ("api_key=%ff", MalformedCredentials),
            ("api_key=%C3%A9", MalformedCredentials),
            ("api_key=a%2561", MalformedCredentials),
            ("api_key=a,b", MalformedCredentials),
            ("api_key=a;b", MalformedCredentials),
            ("%61pi_key=abc", MalformedCredentials),
            ("api%5fkey=abc", MalformedCredentials),
            ("api_key=abc&api_key=abc", SeveralCredentials),
            ("api_key=abc&api_key=", SeveralCredentials),
            ("api_key&x=1&api_key=abc", SeveralCredentials),
            ("api_key=abc&%61pi_key=abc", SeveralCredentials),
        ] {
            assert_eq!(read_one(query), Err(kind), "{query}");
        }
        assert!(read_one(&format!("api_key={}", "a".repeat(8192))).is_ok());
        assert_eq!(read_one(&format!("api_key={}", "a".repeat(8193))), Err(CredentialsTooLong));
    }

    #[test]
    fn the_parameter_is_taken_out_and_nothing_else() {
        for (target, left) in [
            ("/a?api_key=abc", "/a"),
            ("/a?x=1&api_key=abc", "/a?x=1"),
            ("/a?api_key=abc&x=%zz&x=+", "/a?x=%zz&x=+"),
            ("/a?x&api_key=abc&&y", "/a?x&&y"),
            ("/a?%61pi_key=abc&api_key&api_keys=1", "/a?api_keys=1"),
            ("/a%2f/../b?api_key=abc&", "/a%2f/../b?"),
            ("http://h:1/a?api_key=abc", "http://h:1/a"),
            ("http://h?api_key=abc", "http://h/"),
            ("/a?x=1", "/a?x=1"),
        ] {
            assert_eq!(without(&target.parse().unwrap(), "api_key").unwrap(), left, "{target}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_token68_that_stands_there_once(query in "(&|api_key=|%61|[a-z0-9=%+é]){0,9}") {
            if let Ok(Some(token)) = read(&query, "api_key") {
                prop_assert!(is_token68(&token));
                let pairs = query.split('&').filter_map(|pair| pair.strip_prefix("api_key="));
                let decoded: Vec<_> = pairs.map(|value| percent_decode_str(value).decode_utf8_lossy()).collect();
                prop_assert_eq!(decoded, [token]);
            }
        }

        #[test]
        fn whatever_the_target_nothing_by_the_name_is_left(rest in "[a-z&=%61/?._+\\\\é-]{0,24}(&|&api_key=x)?") {
            let Ok(uri) = format!("/{rest}?{rest}&api_key=secret&{rest}").parse::<Uri>() else { return Ok(()) };
            let left = without(&uri, "api_key").expect("a part of a target is one");
            prop_assert_eq!(left.path(), uri.path());
            let decode = |key: &str| percent_decode_str(key).decode_utf8_lossy().into_owned();
            let names = left.query().unwrap_or_default().split('&').map(|part| decode(split(part).0));
            prop_assert!(names.into_iter().all(|name| name != "api_key"));
            prop_assert!(!left.query().is_some_and(|query| query.contains("secret")));
        }
    }
}
