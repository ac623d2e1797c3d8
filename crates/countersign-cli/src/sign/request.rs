//! The request as curl will send it.

use std::str::FromStr;

use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::failure::{Failure, Result};

/// A header field, as `Name: value`.
#[derive(Clone, Debug)]
pub(super) struct Field(HeaderName, HeaderValue);

impl FromStr for Field {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (name, value) = text.split_once(':').ok_or("a header is written as 'Name: value'")?;
        let name = name.parse().map_err(|_| "that is no name of a header")?;
        // curl sends what stands between the blanks.
        let value: HeaderValue =
            value.trim_matches([' ', '\t']).parse().map_err(|_| "that cannot stand in a header")?;
        // Visible ASCII alone: what else means depends on who reads it.
        value.to_str().map_err(|_| "a header is ASCII")?;
        Ok(Self(name, value))
    }
}

/// The head, before it is signed.
pub(super) fn head(method: &str, url: &str, fields: &[Field], has_body: bool) -> Result<Parts> {
    let method: Method = method.parse().map_err(|_| Failure::usage("that is no method"))?;
    if has_body && method == Method::HEAD {
        return Err(Failure::usage("curl sends no HEAD with a body"));
    }
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = method;
    head.uri = target(url)?;
    for Field(name, value) in fields {
        if name == HOST {
            return Err(Failure::usage("the host is the URL's: curl's own --connect-to changes where it goes"));
        }
        head.headers.append(name, value.clone());
    }
    if has_body && !head.headers.contains_key(CONTENT_TYPE) {
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    Ok(head)
}

/// The URL as curl makes a request of it: the host in lower case, and no port where it is the scheme's own.
fn target(url: &str) -> Result<Uri> {
    let bad = || Failure::usage("a URL is absolute, http or https, percent-encoded, and has no user in it");
    let mut parts = url.parse::<Uri>().map_err(|_| bad())?.into_parts();
    let (Some(scheme), Some(authority)) = (&parts.scheme, &parts.authority) else { return Err(bad()) };
    let default = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return Err(bad()),
    };
    if !url.is_ascii() || authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(bad());
    }
    let authority = authority.as_str().to_ascii_lowercase();
    let authority = authority.strip_suffix(default).unwrap_or(&authority);
    parts.authority = Some(authority.parse::<Authority>().map_err(|_| bad())?);
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_what_curl_sends() {
        for (url, expected) in [
            ("http://Example.COM:80/A?b=C", "http://example.com/A?b=C"),
            ("https://example.com:443", "https://example.com/"),
            ("https://example.com:80/", "https://example.com:80/"),
            ("http://[::1]:8080/x#fragment", "http://[::1]:8080/x"),
            ("http://a/%C3%A9//..?", "http://a/%C3%A9//..?"),
        ] {
            assert_eq!(target(url).unwrap().to_string(), expected, "{url}");
        }
        for bad in
            ["/x", "example.com", "ftp://example.com/", "http://a:b@c/", "http://a/é", "http:///x", "http://a b/", ""]
        {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let Field(name, value) = "X-A:  b: c\t".parse().unwrap();
        assert_eq!((name.as_str(), value.as_bytes()), ("x-a", &b"b: c"[..]));
        for bad in ["X-A", ": a", "@file", "a b: c", "A: b\nC: d", "A: é", ""] {
            assert!(bad.parse::<Field>().is_err(), "{bad}");
        }
    }
}
