//! The request's head as the client meant it.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "hmac")]
use http::Request;
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::auth::{AuthError, AuthErrorKind};

/// The head of a request as its sender meant it: the target before any router took a prefix off, or as it is seen from
/// outside. All that schemes, gates and signers see.
///
/// axum's `nest` rewrites the URI for what is inside; with the feature `axum` the original one is used. Without that
/// feature, a layer inside a `nest` sees the stripped path: put it outside then.
///
/// `Debug` leaves the header fields out: the credentials are among them.
#[derive(Clone, Copy)]
pub struct SignedHead<'a> {
    method: &'a Method,
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    prefix: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a HeaderMap,
}

impl<'a> SignedHead<'a> {
    /// Reads a request's head.
    ///
    /// # Errors
    /// [`AuthErrorKind::AmbiguousTarget`] when there are two `Host`s, a target or `:authority` that names another
    /// authority than `Host` does or has user information in it, or no path: whoever routes the request may see another
    /// target in it than whoever signed it (RFC 9112 §3.2, RFC 9113 §8.3.1).
    pub fn read(parts: &'a Parts, public_url: Option<&'a PublicUrl>) -> Result<Self, AuthError> {
        Self::read_from(&parts.method, original_uri(&parts.uri, &parts.extensions), &parts.headers, public_url)
    }

    /// Reads the head of a request that is still in one piece.
    #[cfg(feature = "hmac")]
    pub(crate) fn of<B>(request: &'a Request<B>, public_url: Option<&'a PublicUrl>) -> Result<Self, AuthError> {
        let uri = original_uri(request.uri(), request.extensions());
        Self::read_from(request.method(), uri, request.headers(), public_url)
    }

    #[inline]
    fn read_from(
        method: &'a Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
        public_url: Option<&'a PublicUrl>,
    ) -> Result<Self, AuthError> {
        let ambiguous = |reason| AuthError::new(AuthErrorKind::AmbiguousTarget).with_reason(reason);
        let (scheme, path, query) = (uri.scheme().map(Scheme::as_str), uri.path(), uri.query());
        let named = uri.authority().map(Authority::as_str);
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match hosts.next().map(HeaderValue::to_str) {
            Some(Err(_)) => return Err(ambiguous("the Host is not ASCII")),
            Some(Ok(host)) => Some(host),
            None => None,
        };
        if hosts.next().is_some() {
            return Err(ambiguous("there are several Hosts"));
        }
        if path.is_empty() {
            return Err(ambiguous("the target has no path"));
        }
        if named.is_some_and(|named| named.contains('@')) {
            return Err(ambiguous("the target has user information"));
        }
        if let (Some(named), Some(host)) = (named, host)
            && !named.eq_ignore_ascii_case(host)
        {
            return Err(ambiguous("the target and Host name different authorities"));
        }
        let head = Self { method, scheme, authority: named.or(host), prefix: "", path, query, headers };
        Ok(match public_url {
            None => head,
            Some(url) => Self {
                scheme: Some(url.scheme.as_str()),
                authority: Some(url.authority.as_str()),
                prefix: &url.prefix,
                ..head
            },
        })
    }

    /// A head that nobody may have sent, and somebody may have signed.
    #[cfg(feature = "explain")]
    pub(crate) const fn supposed(
        method: &'a Method,
        scheme: Option<&'a str>,
        authority: Option<&'a str>,
        prefix: &'a str,
        path: &'a str,
        query: Option<&'a str>,
        headers: &'a HeaderMap,
    ) -> Self {
        Self { method, scheme, authority, prefix, path, query, headers }
    }

    /// The method, as it was sent.
    #[must_use]
    pub const fn method(&self) -> &'a Method {
        self.method
    }

    /// `http` or `https`, where it is known: from HTTP/2, an absolute target, or the configured public URL.
    #[must_use]
    pub const fn scheme(&self) -> Option<&'a str> {
        self.scheme
    }

    /// Host and port, as they were sent, or of the configured public URL.
    #[must_use]
    pub const fn authority(&self) -> Option<&'a str> {
        self.authority
    }

    /// What a configured public URL has before [`path`](Self::path): without a slash at its end, empty mostly.
    #[must_use]
    pub const fn path_prefix(&self) -> &'a str {
        self.prefix
    }

    /// The path, byte for byte as it was sent: nothing decoded, nothing normalised. Never empty.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// What follows the first `?`, byte for byte; `None` without one.
    #[must_use]
    pub const fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// All header fields. Prefer [`single`](Self::single).
    #[must_use]
    pub const fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The value of a field that may occur once.
    ///
    /// # Errors
    /// [`AuthErrorKind::SeveralCredentials`] when it occurs more than once: which one counts must not depend on who reads.
    pub fn single(&self, name: &HeaderName) -> Result<Option<&'a HeaderValue>, AuthError> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(AuthErrorKind::SeveralCredentials.into()),
        }
    }
}

impl fmt::Debug for SignedHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedHead")
            .field("method", self.method)
            .field("scheme", &self.scheme)
            .field("authority", &self.authority)
            .field("prefix", &self.prefix)
            .field("path", &self.path)
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "axum")]
fn original_uri<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a Uri {
    extensions.get::<axum::extract::OriginalUri>().map_or(uri, |original| &original.0)
}

#[cfg(not(feature = "axum"))]
const fn original_uri<'a>(uri: &'a Uri, _extensions: &Extensions) -> &'a Uri {
    uri
}

/// The URL under which the service is known outside, where a proxy changes scheme, host or path: `https://api.example.com`,
/// or with a path that the proxy takes off, `https://example.com/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    authority: Authority,
    prefix: Box<str>,
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(url: &str) -> Result<Self, InvalidPublicUrl> {
        let uri: Uri = url.parse().map_err(|_| InvalidPublicUrl)?;
        let parts = uri.into_parts();
        match (parts.scheme, parts.authority, parts.path_and_query) {
            (Some(scheme), Some(authority), Some(path))
                if path.query().is_none()
                    && !authority.as_str().contains('@')
                    && (scheme == Scheme::HTTP || scheme == Scheme::HTTPS) =>
            {
                Ok(Self { scheme, authority, prefix: path.path().trim_end_matches('/').into() })
            }
            _ => Err(InvalidPublicUrl),
        }
    }
}

/// A public URL was not an absolute `http` or `https` URL without query and user information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidPublicUrl;

impl fmt::Display for InvalidPublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a public URL is an absolute http or https URL without query and user information")
    }
}

impl std::error::Error for InvalidPublicUrl {}
