//! The URL that a request was sent to.

use http::Uri;
use http::request::Parts;

use crate::auth::SignedHead;
use crate::hmac::{Coverage, Malformed, SignatureBase};

/// Adds scheme and authority as they were sent.
pub(super) fn push_origin<'r>(base: &mut SignatureBase<'r>, head: &SignedHead<'r>) -> Result<(), Malformed> {
    push_origin_between(base, head, "://")
}

/// The same with something else between them, which neither can have in it.
pub(super) fn push_origin_between<'r>(
    base: &mut SignatureBase<'r>,
    head: &SignedHead<'r>,
    between: &'static str,
) -> Result<(), Malformed> {
    let (scheme, authority) = origin(head)?;
    if authority.contains(between) {
        return Err(Malformed::new("the host is none"));
    }
    base.push(Coverage::SCHEME, scheme);
    base.push_literal(between);
    base.push(Coverage::AUTHORITY, authority);
    Ok(())
}

/// Scheme and authority. HTTP/1.1 does not say the scheme: behind whatever ends TLS nobody can know it.
pub(super) fn origin<'r>(head: &SignedHead<'r>) -> Result<(&'r str, &'r str), Malformed> {
    let scheme = head.scheme().ok_or(Malformed::new("the scheme of the URL is not known: configure a public URL"))?;
    let authority = head.authority().ok_or(Malformed::new("the host of the URL is not known"))?;
    Ok((scheme, authority))
}

/// Host and port of an authority; the host of an IPv6 address in its brackets.
pub(super) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The port that an authority of this scheme has when it names none.
pub(super) fn default_port(scheme: &str) -> &'static str {
    if scheme == "http" { "80" } else { "443" }
}

/// Client: the same URL with another query.
pub(super) fn set_query(head: &mut Parts, query: &str) -> Result<(), Malformed> {
    let bad = |_| Malformed::new("the URL would not be one with the signature in it");
    let mut parts = head.uri.clone().into_parts();
    parts.path_and_query = Some(format!("{}?{query}", head.uri.path()).parse().map_err(|_| bad(()))?);
    head.uri = Uri::from_parts(parts).map_err(|_| bad(()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_a_host_and_perhaps_a_port() {
        for (authority, expected) in [
            ("example.com", ("example.com", None)),
            ("example.com:8443", ("example.com", Some("8443"))),
            ("[::1]", ("[::1]", None)),
            ("[::1]:80", ("[::1]", Some("80"))),
            ("", ("", None)),
        ] {
            assert_eq!(host_and_port(authority), expected);
        }
    }
}
