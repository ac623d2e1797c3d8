//! The name of the authorization server.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::redirect_uri::is_loopback;

/// The issuer identifier (RFC 8414 §2): the origin under which clients reach this server, as `https://api.example`.
///
/// Origins only: the router's paths, and those under `/.well-known`, are at the root of one.
///
/// ```
/// use countersign_oauth::Issuer;
///
/// let issuer: Issuer = "https://api.example".parse()?;
/// assert!("http://api.example".parse::<Issuer>().is_err());
/// # Ok::<(), countersign_oauth::InvalidIssuer>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(Box<str>);

impl Issuer {
    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI of a path of this server.
    pub(crate) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(text: &str) -> Result<Self, InvalidIssuer> {
        let url = Url::parse(text).map_err(|_| InvalidIssuer)?;
        let origin = url.origin().ascii_serialization();
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        if safe && origin == text { Ok(Self(origin.into())) } else { Err(InvalidIssuer) }
    }
}

/// An issuer was no `https` origin, nor an `http` one of this machine, in its plainest spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidIssuer;

impl fmt::Display for InvalidIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an issuer is an https origin, without path and slash at its end: https://api.example")
    }
}

impl std::error::Error for InvalidIssuer {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_origin_in_its_plainest_spelling() {
        for good in ["https://api.example", "https://api.example:8443", "http://127.0.0.1:8080", "http://localhost"] {
            assert_eq!(good.parse::<Issuer>().unwrap().as_str(), good);
        }
        let bad = [
            "",
            "api.example",
            "http://api.example",
            "https://api.example/",
            "https://api.example/x",
            "https://API.example",
            "https://api.example:443",
            "https://u@api.example",
            "https://api.example?x",
            "ftp://api.example",
            "data:x",
        ];
        for bad in bad {
            assert!(bad.parse::<Issuer>().is_err(), "{bad}");
        }
    }
}
