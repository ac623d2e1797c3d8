//! Where tokens may be sent to be asked about.

use std::fmt;

use http::Uri;
use url::Url;

use crate::redirect_uri::is_loopback;

/// Reads an endpoint: over TLS, or on this machine; elsewhere every token that is asked about would be anybody's.
pub(super) fn read(text: &str) -> Result<Uri, InvalidEndpoint> {
    let url = Url::parse(text).map_err(|_| InvalidEndpoint)?;
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if safe && plain { url.as_str().parse().map_err(|_| InvalidEndpoint) } else { Err(InvalidEndpoint) }
}

/// An introspection endpoint was no `https` URI, nor an `http` one of this machine, or had user information or a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidEndpoint;

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an introspection endpoint is an https URI, or an http one of this machine, without user and fragment",
        )
    }
}

impl std::error::Error for InvalidEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_sent_over_tls_or_stay_on_this_machine() {
        for good in
            ["https://auth.example/oauth/introspect/", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/"]
        {
            assert_eq!(read(good).unwrap(), good);
        }
        for bad in [
            "",
            "/oauth/introspect/",
            "http://auth.example/",
            "http://127.0.0.1.evil.example/",
            "ftp://auth.example/",
            "https://u:p@a/",
            "https://a/#x",
        ] {
            assert_eq!(read(bad), Err(InvalidEndpoint), "{bad}");
        }
    }
}
