//! What the `Authorization` field says (RFC 9110 §11.4, RFC 6750 §2.1).

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::auth::{AuthError, AuthErrorKind, is_tchar};

/// The auth-scheme before a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct SchemeWord {
    pub(super) word: &'static str,
    /// Spelled just so, with one blank and one token behind it; everything else is no credentials.
    pub(super) exact: bool,
}

/// The token that is presented with the auth-scheme `word`, where it stands in the head.
pub(super) fn read(headers: &HeaderMap, scheme: SchemeWord) -> Result<&str, AuthError> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let Some(field) = fields.next() else { return Err(AuthErrorKind::MissingCredentials.into()) };
    if fields.next().is_some() {
        return Err(AuthError::new(AuthErrorKind::SeveralCredentials).with_reason("several Authorization fields"));
    }
    let value = field.as_bytes();
    let rest = match AuthScheme::of(value, scheme.word) {
        AuthScheme::Another => return Err(AuthErrorKind::MissingCredentials.into()),
        _ if value.len() > LONGEST => return Err(AuthErrorKind::CredentialsTooLong.into()),
        AuthScheme::Ours(rest) if scheme.exact && !is_exact(value, rest, scheme.word) => {
            return Err(AuthError::new(AuthErrorKind::MissingCredentials).with_reason("not spelled as they have to be"));
        }
        AuthScheme::Ours(rest) => rest,
        AuthScheme::Untold => return Err(malformed("no auth-scheme")),
    };
    let token = match rest {
        [] => return Err(malformed(NO_TOKEN)),
        [b' ', blanks_and_token @ ..] => skip_blanks(blanks_and_token),
        _ => return Err(malformed("no blank after the auth-scheme")),
    };
    match std::str::from_utf8(token) {
        Ok(token) if is_token68(token) => Ok(token),
        _ if token.is_empty() => Err(malformed(NO_TOKEN)),
        _ if token.contains(&b' ') => Err(malformed(MORE_THAN_A_TOKEN)),
        _ => Err(malformed("not a token68")),
    }
}

/// The field with the token, where it is the only one and there is nothing odd about any field. `None` tells nothing:
/// [`read`] does.
#[inline]
pub(super) fn usual_field(headers: &mut HeaderMap) -> Option<&mut HeaderValue> {
    // As many values as names: none occurs twice.
    let once = headers.len() == headers.keys_len();
    headers.get_mut(header::AUTHORIZATION).filter(|field| once && field.len() <= LONGEST)
}

/// What stands in that field in the place of a token, spelled as it mostly is: for whoever only wants to know whether it is
/// one of those that were [read](read) before. What no token can be is none of them.
#[inline]
pub(super) fn unjudged(field: &HeaderValue, scheme: SchemeWord) -> Option<&[u8]> {
    field.as_bytes().strip_prefix(scheme.word.as_bytes())?.strip_prefix(b" ")
}

/// Whether there are credentials that must not be passed over: ours, however they are spelled, or some of which nobody can
/// tell whose they are.
pub(super) fn present(headers: &HeaderMap, scheme: SchemeWord) -> bool {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    fields.any(|field| !matches!(AuthScheme::of(field.as_bytes(), scheme.word), AuthScheme::Another))
}

/// Whether the auth-scheme is spelled as `word` is, and one blank follows, and no other.
fn is_exact(value: &[u8], rest: &[u8], word: &str) -> bool {
    value.starts_with(word.as_bytes()) && rest.strip_prefix(b" ").is_some_and(|token| !token.contains(&b' '))
}

/// Whose credentials a field value has, by the token at its start.
#[derive(Debug, PartialEq)]
enum AuthScheme<'v> {
    /// Those of another auth-scheme.
    Another,
    /// Ours, and what follows the auth-scheme.
    Ours(&'v [u8]),
    /// It does not start with an auth-scheme.
    Untold,
}

impl<'v> AuthScheme<'v> {
    /// Looks no further than where the word would end: how long the value is does not matter.
    fn of(value: &'v [u8], word: &str) -> Self {
        match value.split_at_checked(word.len()) {
            Some((start, rest)) if start.eq_ignore_ascii_case(word.as_bytes()) && !starts_with_tchar(rest) => {
                Self::Ours(rest)
            }
            _ if starts_with_tchar(value) => Self::Another,
            _ => Self::Untold,
        }
    }
}

fn starts_with_tchar(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| is_tchar(*byte))
}

const fn skip_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// RFC 9110 §11.2: `token68`, which RFC 6750 §2.1 calls `b64token`.
pub(super) fn is_token68(text: &str) -> bool {
    let characters = text.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    // Every byte is judged, whatever the ones before were: many at once then.
    !characters.is_empty() && characters.bytes().fold(true, |all, byte| all & allowed(byte))
}

/// RFC 6750 §3.1: 400, not 401.
pub(super) fn malformed(reason: &'static str) -> AuthError {
    AuthError::new(AuthErrorKind::MalformedCredentials).with_reason(reason).with_status(StatusCode::BAD_REQUEST)
}

/// The longest field value that is read, and the longest token elsewhere, in bytes.
pub(super) const LONGEST: usize = 8 * 1024;

/// Reasons that a style of rejections tells apart.
pub(super) const NO_TOKEN: &str = "no token";
pub(super) const MORE_THAN_A_TOKEN: &str = "more than a token";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loose(word: &'static str) -> SchemeWord {
        SchemeWord { word, exact: false }
    }

    fn read_one(value: &[u8], word: &'static str) -> Result<String, AuthErrorKind> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())]);
        read(&headers, loose(word)).map(str::to_owned).map_err(|error| error.kind())
    }

    #[test]
    fn a_token_is_read_in_every_spelling_that_the_grammar_allows() {
        let every_character = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/==";
        let cases = [
            ("canonical", "Bearer abc".to_owned(), "abc"),
            ("lower case", "bearer abc".to_owned(), "abc"),
            ("upper case", "BEARER abc".to_owned(), "abc"),
            ("several blanks", "Bearer    abc".to_owned(), "abc"),
            ("one character", "Bearer /".to_owned(), "/"),
            ("padding", "Bearer a==".to_owned(), "a=="),
            ("every character", format!("Bearer {every_character}"), every_character),
        ];
        for (name, value, token) in cases {
            assert_eq!(read_one(value.as_bytes(), "Bearer").as_deref(), Ok(token), "{name}");
        }
        assert_eq!(read_one(b"TOKEN abc", "token").as_deref(), Ok("abc"));
        assert_eq!(read_one(b"Bearer abc", "token"), Err(AuthErrorKind::MissingCredentials));
    }

    #[test]
    fn what_is_not_one_token_is_malformed() {
        let cases: [(&str, &[u8]); 21] = [
            ("no token", b"Bearer"),
            ("a blank but no token", b"Bearer "),
            ("blanks but no token", b"Bearer   "),
            ("a tab", b"Bearer\tabc"),
            ("a tab after the blank", b"Bearer \tabc"),
            ("a tab behind", b"Bearer abc\t"),
            ("a blank behind", b"Bearer abc "),
            ("quoted", b"Bearer \"abc\""),
            ("quoted at once", b"Bearer\"abc\""),
            ("two tokens", b"Bearer abc def"),
            ("a comma", b"Bearer abc,def"),
            ("a list", b"Bearer abc, Bearer def"),
            ("a colon", b"Bearer user:abc"),
            ("a colon after the auth-scheme", b"Bearer: abc"),
            ("a parameter", b"Bearer token=abc"),
            ("padding alone", b"Bearer =="),
            ("padding within", b"Bearer a=b"),
            ("not ASCII", b"Bearer \xe9\xff"),
            ("not ASCII in UTF-8", "Bearer é".as_bytes()),
            ("not ASCII after the auth-scheme", b"Bearer\xe9 abc"),
            ("a semicolon", b"Bearer abc;def"),
        ];
        for (name, value) in cases {
            assert_eq!(read_one(value, "Bearer"), Err(AuthErrorKind::MalformedCredentials), "{name}");
        }
    }

    #[test]
    fn a_field_without_any_auth_scheme_is_nobody_elses() {
        for value in [&b""[..], b"\"Bearer\" abc", b", Bearer abc", b"=", b"\xe9"] {
            assert_eq!(read_one(value, "Bearer"), Err(AuthErrorKind::MalformedCredentials), "{value:?}");
            assert_eq!(AuthScheme::of(value, "Bearer"), AuthScheme::Untold);
        }
    }

    #[test]
    fn another_auth_scheme_is_left_alone() {
        for value in [&b"Basic dXNlcjpwYXNz"[..], b"BearerX abc", b"Bearer-abc", b"Bear abc", b"B", b"abc", b"Basic"] {
            assert_eq!(read_one(value, "Bearer"), Err(AuthErrorKind::MissingCredentials), "{value:?}");
        }
    }

    #[test]
    fn eight_kibibytes_are_read_and_no_more() {
        let of_length = |start: &str, length: usize| [start, &"a".repeat(length - start.len())].concat();
        assert!(read_one(of_length("Bearer ", LONGEST).as_bytes(), "Bearer").is_ok());
        let too_long = Err(AuthErrorKind::CredentialsTooLong);
        assert_eq!(read_one(of_length("Bearer ", LONGEST + 1).as_bytes(), "Bearer"), too_long);
        assert_eq!(read_one(of_length("Bearer \t", LONGEST + 1).as_bytes(), "Bearer"), too_long);
        assert_eq!(read_one(of_length("\"", LONGEST + 1).as_bytes(), "Bearer"), too_long);
        let another = Err(AuthErrorKind::MissingCredentials);
        assert_eq!(read_one(of_length("Basic ", 10 * LONGEST).as_bytes(), "Bearer"), another);
        assert_eq!(read_one(of_length("BearerX", 10 * LONGEST).as_bytes(), "Bearer"), another);
    }

    #[test]
    fn credentials_that_are_ours_or_nobodys_are_present_among_others() {
        let fields = |values: &[&'static str]| {
            values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value))).collect::<HeaderMap>()
        };
        for (values, expected) in [
            (&[][..], false),
            (&["Basic abc"][..], false),
            (&["bearer abc"][..], true),
            (&["Bearer"][..], true),
            (&["Basic abc", "Bearer abc"][..], true),
            (&["\"Bearer\" abc"][..], true),
        ] {
            assert_eq!(present(&fields(values), loose("Bearer")), expected, "{values:?}");
        }
    }

    #[test]
    fn an_exact_word_is_followed_by_one_blank_and_one_token_or_is_no_credentials() {
        let exact = SchemeWord { word: "token", exact: true };
        let read_one = |value: &[u8]| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())]);
            assert_eq!(present(&headers, exact), present(&headers, loose("token")), "{value:?}");
            read(&headers, exact).map(str::to_owned).map_err(|error| error.kind())
        };
        assert_eq!(read_one(b"token abc").as_deref(), Ok("abc"));
        for value in
            ["Token abc", "TOKEN abc", "token", "token  abc", "token abc x", "token abc ", "token\tabc", "Bearer a"]
        {
            assert_eq!(read_one(value.as_bytes()), Err(AuthErrorKind::MissingCredentials), "{value:?}");
        }
        for value in [&b"token "[..], b"token a\tb", b"token a,b", b"token \xe9", b"\"token\" abc", b""] {
            assert_eq!(read_one(value), Err(AuthErrorKind::MalformedCredentials), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_a_token68_is_accepted(value in proptest::collection::vec(near_the_grammar(), 0..16), ours in any::<bool>()) {
            let value = if ours { [&b"Bearer "[..], &value].concat() } else { value };
            let Ok(field) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, field)]);
            if let Ok(token) = read(&headers, loose("Bearer")) {
                let grammar = follows_the_grammar(token.as_bytes());
                prop_assert!(grammar, "{token:?}");
                let written = value.get(..6).unwrap().eq_ignore_ascii_case(b"Bearer") && value.ends_with(token.as_bytes());
                prop_assert!(written && value[6..value.len() - token.len()].iter().all(|b| *b == b' '));
                prop_assert!(present(&headers, loose("Bearer")));
            }
        }

        #[test]
        fn every_token68_is_accepted(token in "[A-Za-z0-9._~+/-]{1,80}={0,3}", blanks in " {1,4}") {
            let value = format!("bEARER{blanks}{token}");
            prop_assert_eq!(read_one(value.as_bytes(), "Bearer"), Ok(token));
        }
    }

    fn near_the_grammar() -> impl Strategy<Value = u8> {
        let of_tokens = proptest::sample::select(&b"aZ0-._~+/"[..]);
        prop_oneof![8 => of_tokens, 1 => Just(b'='), 1 => Just(b' '), 1 => any::<u8>()]
    }

    /// The grammar once more, as a machine of two states, so that the function under test is not its own judge.
    fn follows_the_grammar(text: &[u8]) -> bool {
        let mut padding = false;
        for (at, byte) in text.iter().enumerate() {
            match byte {
                b'=' if at > 0 => padding = true,
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' if !padding => {}
                _ => return false,
            }
        }
        !text.is_empty()
    }
}
