//! Where a page comes from.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use http::HeaderValue;

/// A web origin: scheme, host and port (RFC 6454 §4), as browsers send it in `Origin` (RFC 6454 §6.2, the Fetch standard).
///
/// Scheme and host are brought to lower case, and `:80` of `http` and `:443` of `https` are left out, so that what is one origin
/// to a browser is equal here. Everything else is compared as it is written: `example.com.` is not `example.com`, and names in
/// other scripts have to be spelled as browsers send them (`xn--…`).
///
/// ```
/// use countersign::gate::Origin;
///
/// let origin: Origin = "HTTPS://App.Example:443".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example");
/// for no_origin in ["app.example", "https://app.example/", "https://*.example", "https://ada@app.example", "null"] {
///     assert!(no_origin.parse::<Origin>().is_err());
/// }
/// # Ok::<(), countersign::gate::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Box<str>,
    host: Box<str>,
    port: Option<u16>,
}

impl Origin {
    /// In lower case.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// In lower case; an address of IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `None` where it is the one that goes without saying: 80 for `http`, 443 for `https`, and none at all for others.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Reads the value of `Origin`; `None` when it is not one origin.
    pub(super) fn read(field: &HeaderValue) -> Option<Self> {
        field.to_str().ok()?.parse().ok()
    }

    /// Whether it is a page of `other`'s scheme and port on a host below `other`'s.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        let below = self.host.strip_suffix(&*other.host).and_then(|labels| labels.strip_suffix('.'));
        self.scheme == other.scheme && self.port == other.port && below.is_some_and(|labels| !labels.is_empty())
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, authority) =
            text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)).ok_or(InvalidOrigin)?;
        let scheme = scheme.to_ascii_lowercase();
        let end_of_host =
            if authority.starts_with('[') { authority.find(']').map(|end| end + 1) } else { authority.find(':') };
        let (host, port) = authority.split_at(end_of_host.unwrap_or(authority.len()));
        let port = match port.strip_prefix(':') {
            Some(port) => Some(read_port(port).ok_or(InvalidOrigin)?),
            None if port.is_empty() => None,
            None => return Err(InvalidOrigin),
        };
        let port = match (&*scheme, port) {
            ("http", Some(80)) | ("https", Some(443)) => None,
            (_, port) => port,
        };
        Ok(Self { scheme: scheme.into(), host: read_host(host).ok_or(InvalidOrigin)?, port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A text was not one origin: a scheme, `://`, a host, and a port if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidOrigin;

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an origin is a scheme, a host and a port, and no path: https://app.example, http://localhost:8080")
    }
}

impl std::error::Error for InvalidOrigin {}

/// RFC 3986 §3.1. Longer ones than any that is registered are none.
fn is_scheme(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// A name or an address, as far as browsers send it: no escapes, no wildcards, nothing but ASCII.
fn read_host(host: &str) -> Option<Box<str>> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]").into());
    }
    let named = !host.is_empty() && host.len() <= 255;
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    (named && plain).then(|| host.to_ascii_lowercase().into())
}

/// Digits as a browser writes them: no sign, no zeros in front.
fn read_port(digits: &str) -> Option<u16> {
    let written = digits.bytes().all(|b| b.is_ascii_digit()) && !(digits.len() > 1 && digits.starts_with('0'));
    digits.parse().ok().filter(|_| written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_is_spelled_in_one_way() {
        for (text, normal) in [
            ("https://app.example", "https://app.example"),
            ("HTTPS://APP.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("http://app.example:443", "http://app.example:443"),
            ("https://app.example:80", "https://app.example:80"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[0:0::1]", "http://[::1]"),
            ("http://[2001:DB8::A]:80", "http://[2001:db8::a]"),
            ("https://app.example.", "https://app.example."),
            ("https://a_b.example", "https://a_b.example"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
            ("tauri://localhost", "tauri://localhost"),
            ("ftp://app.example:443", "ftp://app.example:443"),
            ("http://app.example:0", "http://app.example:0"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), normal, "{text}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            "",
            "null",
            "*",
            "app.example",
            "//app.example",
            "://app.example",
            "https:",
            "https:app.example",
            "https:/app.example",
            "https://",
            "https://:443",
            "https:///app.example",
            "https://app.example/",
            "https://app.example/path",
            "https://app.example?",
            "https://app.example#",
            "https://app.example\\",
            "https://ada@app.example",
            "https://@app.example",
            "https://*.app.example",
            "https://*",
            "https://%61pp.example",
            "https://b\u{fc}cher.example",
            "https://app.example:",
            "https://app.example:+443",
            "https://app.example:0443",
            "https://app.example:00",
            "https://app.example:65536",
            "https://app.example:abc",
            "https://app.example:443:443",
            "https://app.example:443/",
            " https://app.example",
            "https://app.example ",
            "https://app.example https://b.example",
            "https://app.example,https://b.example",
            "https://app.example\n",
            "https://app.example\0",
            "h\u{e9}ttp://app.example",
            "1http://app.example",
            "ht tp://app.example",
            "http://[::1",
            "http://::1",
            "http://[::1]x",
            "http://[::1]]",
            "http://[::1%25eth0]",
            "http://[127.0.0.1]",
            "http://[]",
            "http://a]:80",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text:?}");
        }
        assert!(format!("https://{}", "a".repeat(255)).parse::<Origin>().is_ok());
        assert!(format!("https://{}", "a".repeat(256)).parse::<Origin>().is_err());
        assert!(format!("{}://a", "a".repeat(65)).parse::<Origin>().is_err());
    }

    #[test]
    fn below_a_host_is_below_its_dot() {
        let origin = |text: &str| text.parse::<Origin>().unwrap();
        let parent = origin("https://app.example:8443");
        for (text, below) in [
            ("https://a.app.example:8443", true),
            ("https://b.a.app.example:8443", true),
            ("https://app.example:8443", false),
            ("https://evilapp.example:8443", false),
            ("https://.app.example:8443", false),
            ("https://a.app.example", false),
            ("http://a.app.example:8443", false),
            ("https://a.app.example.:8443", false),
            ("https://app.example.evil:8443", false),
        ] {
            assert_eq!(origin(text).is_below(&parent), below, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_and_read_again(text in "[a-zA-Z]{0,3}:?/{0,3}[\\[\\]a-zA-Z0-9.:@*%é-]{0,12}(:[0-9+]{0,6})?/?") {
            if let Ok(origin) = text.parse::<Origin>() {
                let written = origin.to_string();
                prop_assert_eq!(written.parse::<Origin>(), Ok(origin));
                prop_assert_eq!(written.to_ascii_lowercase(), written);
            }
        }

        #[test]
        fn nothing_is_too_strange_to_be_refused(text in "\\PC*") {
            let _ = text.parse::<Origin>();
        }
    }
}
