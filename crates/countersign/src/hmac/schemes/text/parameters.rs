//! Auth-params: `name=value, name="value"`.

use std::borrow::Cow;

use super::is_token_byte;
use crate::hmac::Malformed;

/// The parameters of credentials (RFC 9110 §11.2 and §5.6.1): in any order, names in any case, values as tokens or quoted
/// strings (§5.6.4), blanks around `=` and commas, empty elements left out. Each name once.
pub(crate) struct Parameters<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads 32 parameters at most.
    pub(crate) fn read(text: &'a str) -> Result<Self, Malformed> {
        let bad = Malformed::new("the credentials are not name=value with commas between");
        let mut read = Self(Vec::new());
        let mut rest = text.trim_matches(BLANKS);
        loop {
            rest = rest.trim_start_matches(|c: char| c == ',' || BLANKS.contains(&c));
            if rest.is_empty() {
                return Ok(read);
            }
            let (name, value) = rest.split_once('=').ok_or(bad)?;
            let name = name.trim_end_matches(BLANKS);
            let (value, after) = value_of(value.trim_start_matches(BLANKS)).ok_or(bad)?;
            let after = after.trim_start_matches(BLANKS);
            if !is_token(name) || !(after.is_empty() || after.starts_with(',')) {
                return Err(bad);
            }
            if read.find(name).is_some() {
                return Err(Malformed::new("a parameter occurs twice"));
            }
            if read.0.len() >= MAX_PARAMETERS {
                return Err(Malformed::new("there are more than 32 parameters"));
            }
            read.0.push((name, value));
            rest = after;
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The value of a parameter that has to be there.
    pub(crate) fn want(&self, name: &str) -> Result<&str, Malformed> {
        self.find(name).ok_or(Malformed::new("a parameter is missing"))
    }

    /// Refuses parameters of other names than these: of formats that have no room for more.
    pub(crate) fn only(&self, names: &[&str]) -> Result<(), Malformed> {
        let known = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        match self.0.iter().all(|(name, _)| known(name)) {
            true => Ok(()),
            false => Err(Malformed::new("a parameter is not known")),
        }
    }
}

/// Whether a text can be sent between quotes as it is, for readers that know no escapes.
pub(crate) fn quotable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

/// A token or a quoted string, unescaped, and what follows it.
fn value_of(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c == ',' || BLANKS.contains(&c)).unwrap_or(text.len());
        let (token, rest) = text.split_at_checked(end)?;
        return is_token(token).then_some((Cow::Borrowed(token), rest));
    };
    let mut escaped = false;
    let end = quoted.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let (inner, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    let value = match inner.contains('\\') {
        false => Cow::Borrowed(inner),
        true => Cow::Owned(unescaped(inner)),
    };
    Some((value, rest))
}

fn unescaped(text: &str) -> String {
    let mut escaped = false;
    text.chars()
        .filter(|c| {
            escaped = *c == '\\' && !escaped;
            !escaped
        })
        .collect()
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

const BLANKS: [char; 2] = [' ', '\t'];
const MAX_PARAMETERS: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<(&str, String)>, Malformed> {
        Parameters::read(text).map(|read| read.0.into_iter().map(|(name, value)| (name, value.into_owned())).collect())
    }

    #[test]
    fn parameters_are_read_as_the_standard_has_them() {
        for text in
            [r#"a="1",b=2"#, r#"a="1", b="2""#, "a=1,b=2", "a = 1\t, b\t=2", ",, a=1 ,,b=2,", r#"  a="1"   ,b="2"  "#]
        {
            assert_eq!(read(text).unwrap(), [("a", "1".to_owned()), ("b", "2".to_owned())], "{text}");
        }
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read(r#"a="x, y=\"z\\""#).unwrap(), [("a", r#"x, y="z\"#.to_owned())]);
        assert_eq!(read(r#"a="""#).unwrap(), [("a", String::new())]);
    }

    #[test]
    fn names_are_compared_in_any_case() {
        let read = Parameters::read("keyId=one").unwrap();
        assert_eq!(read.find("keyid"), Some("one"));
        assert!(read.only(&["KEYID"]).is_ok());
        assert!(read.only(&["mac"]).is_err());
        assert!(Parameters::read("a=1, A=2").is_err());
    }

    #[test]
    fn whatever_else_is_refused() {
        for text in [
            "a",
            "a=",
            "=1",
            "a=1 b=2",
            r#"a="1"#,
            r#"a="1"b=2"#,
            r#"a="1\""#,
            "a b=1",
            "a=1=2",
            "a=(1)",
            "a=\"1\";b=2",
            "mac=ab/c+d==",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let many: Vec<_> = (0..33).map(|n| format!("p{n}=1")).collect();
        assert!(read(&many.join(",")).is_err());
        assert!(read(&many[..32].join(",")).is_ok());
    }

    proptest! {
        #[test]
        fn what_was_quoted_is_read_again(value in "[ -~]{0,20}", other in "[!-~]{1,8}") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let text = format!("a=\"{quoted}\", b=1");
            let read = Parameters::read(&text).unwrap();
            prop_assert_eq!(read.find("a"), Some(&*value));
            prop_assert_eq!(read.find("b"), Some("1"));
            // Anything may follow: it is read or refused.
            let text = format!("{text}{other}");
            let _ = Parameters::read(&text);
        }
    }
}
