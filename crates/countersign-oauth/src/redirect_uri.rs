//! Where answers may be sent: the redirect URIs of an application.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Response parameters (RFC 6749 §4, RFC 9207): a registered URI that had one already would carry it twice.
const RESPONSE_PARAMETERS: [&str; 10] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "expires_at",
    "expires_in",
    "iss",
    "scope",
    "state",
    "token_type",
];

/// A redirect URI as an application registers it (RFC 6749 §3.1.2), in the normal form of the URL Standard.
///
/// An `https` URI, or an `http` one of this machine (`127.0.0.1`, `[::1]`, `localhost`), in ASCII, without user information and
/// without fragment, at most 255 bytes.
///
/// ```
/// use countersign_oauth::RedirectUri;
///
/// let registered: RedirectUri = "https://app.example/callback".parse()?;
/// assert!(registered.matches("https://app.example/callback"));
/// assert!(!registered.matches("https://app.example/callback/evil"));
/// assert!(!registered.matches("https://app.example@evil.example/callback"));
///
/// let native: RedirectUri = "http://127.0.0.1/callback".parse()?;
/// assert!(native.matches("http://127.0.0.1:49152/callback"));
/// # Ok::<(), countersign_oauth::InvalidRedirectUri>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(Url);

impl RedirectUri {
    /// The most bytes that a registered one may have, as in the original.
    pub const MAX_LENGTH: usize = 255;

    /// Whether an answer may be sent to `presented` because this one is registered.
    ///
    /// What is presented must be spelled in normal form, but that an empty path may stand for `/`, and be the same (RFC 9700
    /// §2.1). One of this machine that was registered without a port matches with any: a program that listens there takes
    /// what port it gets (RFC 8252 §7.3). Nothing matches because it begins alike.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        self.target(presented).is_some()
    }

    /// What is presented, read; `None` where it does not match.
    pub(crate) fn target(&self, presented: &str) -> Option<Url> {
        let Self(mut target) = presented.parse::<Self>().ok()?;
        let spelled = target.as_str();
        let plain = spelled == presented
            || spelled.strip_suffix('/').is_some_and(|bare| bare == presented && target.path() == "/");
        if !plain {
            return None;
        }
        if target == self.0 {
            return Some(target);
        }
        let port = target.port();
        if !is_loopback(&target) || self.0.port().is_some() {
            return None;
        }
        target.set_port(None).ok()?;
        let same = target == self.0;
        target.set_port(port).ok()?;
        same.then_some(target)
    }

    /// The URI in normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn into_url(self) -> Url {
        self.0
    }
}

impl FromStr for RedirectUri {
    type Err = InvalidRedirectUri;

    fn from_str(text: &str) -> Result<Self, InvalidRedirectUri> {
        let refused = |because| Err(InvalidRedirectUri { because });
        if text.len() > Self::MAX_LENGTH {
            return refused("it is longer than 255 bytes");
        }
        // What a parser would skip or turn round is not there to be read in two ways.
        if !text.bytes().all(|b| {
            matches!(b, 0x21..=0x7e) && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        }) {
            return refused("it has a character that has no place in a URI");
        }
        let Ok(url) = Url::parse(text) else { return refused("it is no absolute URI") };
        let Some((_, rest)) = text.split_once("://") else { return refused("it is no absolute URI") };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return refused("it has no host");
        }
        if authority.contains('@') {
            return refused("it has user information");
        }
        if text.contains('#') {
            return refused("it has a fragment");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return refused("it is neither https nor of this machine"),
        }
        let has_port = authority.rsplit(']').next().is_some_and(|end| end.contains(':'));
        if has_port && url.port().is_none() {
            return refused("it spells out a port that goes without saying");
        }
        if url.query_pairs().any(|(name, _)| RESPONSE_PARAMETERS.contains(&&*name)) {
            return refused("its query has a parameter that the answer has too");
        }
        Ok(Self(url))
    }
}

/// RFC 8252 §7.3 and §8.3; and the name, as the original has it.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A redirect URI cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidRedirectUri {
    because: &'static str,
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a redirect URI: {}", self.because)
    }
}

impl std::error::Error for InvalidRedirectUri {}

#[cfg(test)]
mod tests;
