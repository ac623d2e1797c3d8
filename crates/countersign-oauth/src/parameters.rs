//! What a query or a form says, each parameter once.

use url::form_urlencoded;
use zeroize::Zeroizing;

/// The parameters of a request (RFC 6749 appendix B). Never printed: codes, verifiers and tokens are among them.
pub(crate) struct Parameters(Vec<(Box<str>, Zeroizing<String>)>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// An error names what occurs twice (RFC 6749 §3.1), or is not UTF-8.
    pub(crate) fn parse(form: &[u8]) -> Result<Self, InvalidParameters> {
        let mut read: Vec<(Box<str>, Zeroizing<String>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(form) {
            let value = Zeroizing::new(value.into_owned());
            // What is no UTF-8 was replaced; nothing that is meant has this character.
            if name.contains(char::REPLACEMENT_CHARACTER) || value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(InvalidParameters::NotUtf8);
            }
            if read.iter().any(|(known, _)| **known == *name) {
                return Err(InvalidParameters::Repeated);
            }
            if read.len() == MAX_PARAMETERS {
                return Err(InvalidParameters::TooMany);
            }
            read.push((name.into(), value));
        }
        Ok(Self(read))
    }

    /// The value of a parameter. One without a value counts as not there (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

/// Whether this can be the name of a record: a client id (RFC 6749 appendix A.1), say. What cannot is not asked for: some
/// databases refuse to look for it, which is no fault of theirs.
pub(crate) fn is_name(text: &str) -> bool {
    matches!(text.len(), 1..=255) && text.bytes().all(|b| matches!(b, 0x20..=0x7e))
}

/// More than any request has: each is compared with all others.
const MAX_PARAMETERS: usize = 64;

/// Parameters cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidParameters {
    NotUtf8,
    Repeated,
    TooMany,
}

impl InvalidParameters {
    /// For the client's developer.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::NotUtf8 => "a parameter is not UTF-8",
            Self::Repeated => "a parameter occurs more than once",
            Self::TooMany => "there are too many parameters",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_decoded_and_empty_ones_are_not_there() {
        let parameters = Parameters::parse(b"a=1+2%263&b=&c&d=%C3%A9").unwrap();
        assert_eq!(parameters.get("a"), Some("1 2&3"));
        assert_eq!(parameters.get("d"), Some("é"));
        for absent in ["b", "c", "e"] {
            assert_eq!(parameters.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for twice in ["a=1&a=1", "a=1&a=", "a=1&%61=2", "x=1&a&a"] {
            assert_eq!(Parameters::parse(twice.as_bytes()).err(), Some(InvalidParameters::Repeated), "{twice}");
        }
        for bytes in [&b"a=%ff"[..], b"%fe=1", b"a=\xff"] {
            assert_eq!(Parameters::parse(bytes).err(), Some(InvalidParameters::NotUtf8));
        }
        let many: Vec<String> = (0..65).map(|n| format!("p{n}=1")).collect();
        assert_eq!(Parameters::parse(many.join("&").as_bytes()).err(), Some(InvalidParameters::TooMany));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(form in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Parameters::parse(&form);
        }
    }
}
