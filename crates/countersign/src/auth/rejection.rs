//! What a refused caller is told: as little as the standards allow, in the form it asked for.

use std::fmt;

use bytes::Bytes;
use countersign_core::TokenInfo;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::{CONTROLS, percent_encode};

use crate::auth::accept;
use crate::auth::layer::Shared;
use crate::auth::{AuthError, AuthErrorKind, Authenticate, Challenge};

/// Makes the response to a refused request.
///
/// Any closure from a [`Rejection`] to a response is one: it makes the body and adds fields of its own, while status,
/// challenges and `Retry-After` stay as the layer decided. A type of your own that implements this trait owns all of them,
/// as the styles of existing systems must; [`Rejection::impose`] gives it the layer's. In either case the layer adds
/// `Cache-Control: no-store`.
///
/// ```
/// use bytes::Bytes;
/// use countersign::BearerTokenLayer;
/// use countersign::auth::Rejection;
/// use countersign_core::MemoryStore;
///
/// let layer = BearerTokenLayer::new(MemoryStore::new())
///     .with_rejection(|rejection: &Rejection<'_>| http::Response::new(Bytes::from("Please come in by the front door.")));
/// ```
pub trait RejectionResponse: Send + Sync + 'static {
    /// Makes the response.
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes>;
}

/// A refusal, as a [`RejectionResponse`] sees it.
#[derive(Debug)]
pub struct Rejection<'a> {
    error: &'a AuthError,
    challenges: &'a [Challenge],
    asked: &'a Asked,
}

impl Rejection<'_> {
    /// Why. Beware of telling the caller more than the status does.
    #[must_use]
    pub const fn error(&self) -> &AuthError {
        self.error
    }

    /// What the layer decided to answer with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.error.status()
    }

    /// The challenges; there are some if the status is 401.
    #[must_use]
    pub const fn challenges(&self) -> &[Challenge] {
        self.challenges
    }

    /// Whether the caller speaks gRPC, or gRPC-Web.
    #[must_use]
    pub const fn is_grpc(&self) -> bool {
        self.asked.grpc.is_some()
    }

    /// Whether the caller named a JSON media type in `Accept`.
    #[must_use]
    pub fn accepts_json(&self) -> bool {
        self.asked.accepts_json()
    }

    /// Which of these media types the caller prefers, by its first `Accept` field (RFC 9110 §12.5.1), the first one of
    /// equals; `None` if it takes none of them, or sent no such field.
    #[cfg(feature = "bearer")]
    #[must_use]
    pub(crate) fn preferred<'o>(&self, offers: &[&'o str]) -> Option<&'o str> {
        accept::preferred(self.asked.accept.as_ref()?, offers)
    }

    /// Sets the status, one `WWW-Authenticate` for each challenge, `Allow` on a 405, and `Retry-After: 1` on a 503.
    pub fn impose(&self, response: &mut Response<Bytes>) {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.remove(header::WWW_AUTHENTICATE);
        for challenge in self.challenges {
            headers.append(header::WWW_AUTHENTICATE, challenge.to_header_value());
        }
        if let Some(method) = self.error.allow() {
            headers.insert(header::ALLOW, HeaderValue::from_static(method));
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
    }

    fn with_body(&self, content_type: &'static str, body: String) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.impose(&mut response);
        response
    }
}

impl<F> RejectionResponse for F
where
    F: Fn(&Rejection<'_>) -> Response<Bytes> + Send + Sync + 'static,
{
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes> {
        let mut response = self(rejection);
        rejection.impose(&mut response);
        response
    }
}

/// Declares a style that needs no settings.
macro_rules! styles {
    ($($(#[$doc:meta])* $style:ident($rejection:ident) $make:block)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        #[non_exhaustive]
        pub struct $style;

        impl $style {
            /// The style; it has no settings.
            #[must_use]
            pub const fn new() -> Self {
                Self
            }
        }

        impl RejectionResponse for $style {
            fn response(&self, $rejection: &Rejection<'_>) -> Response<Bytes> $make
        }
    )*};
}

styles! {
    /// gRPC callers get [`GrpcRejection`], callers that accept JSON [`ProblemRejection`], all others [`PlainRejection`].
    NegotiatedRejection(rejection) {
        if rejection.is_grpc() {
            GrpcRejection::new().response(rejection)
        } else if rejection.accepts_json() {
            ProblemRejection::new().response(rejection)
        } else {
            PlainRejection::new().response(rejection)
        }
    }

    /// The status in words, as `text/plain`.
    PlainRejection(rejection) {
        rejection.with_body("text/plain; charset=utf-8", format!("{}\n", title(rejection.status())))
    }

    /// `application/problem+json` (RFC 9457) of type `about:blank`: title and status.
    ProblemRejection(rejection) {
        let status = rejection.status();
        let body = format!(r#"{{"type":"about:blank","title":"{}","status":{}}}"#, title(status), status.as_u16());
        rejection.with_body("application/problem+json", body)
    }

    /// A gRPC response of trailers only: HTTP status 200, `grpc-status` 16 (unauthenticated), 7 (permission denied), 8
    /// (resource exhausted: body or credentials too long), 14 (unavailable: ours, or the body was too slow) or 13 (internal).
    /// gRPC-Web callers get the same under their own media type.
    GrpcRejection(rejection) {
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        let media_type = rejection.asked.grpc.unwrap_or("application/grpc");
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert("grpc-status", HeaderValue::from_static(grpc_status(rejection.error().kind())));
        let message = percent_encode(title(rejection.status()).as_bytes(), CONTROLS).to_string();
        if let Ok(message) = HeaderValue::try_from(message) {
            headers.insert("grpc-message", message);
        }
        for challenge in rejection.challenges() {
            headers.append(header::WWW_AUTHENTICATE, challenge.to_header_value());
        }
        response
    }
}

fn title(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Refused")
}

const fn grpc_status(kind: AuthErrorKind) -> &'static str {
    match kind {
        AuthErrorKind::InsufficientScope | AuthErrorKind::WrongOrganisation | AuthErrorKind::WrongOrigin => "7",
        AuthErrorKind::BodyTooLarge | AuthErrorKind::CredentialsTooLong => "8",
        AuthErrorKind::Misconfigured => "13",
        AuthErrorKind::BodyTimedOut
        | AuthErrorKind::BudgetExhausted
        | AuthErrorKind::NonceStoreFull
        | AuthErrorKind::StoreFailed
        | AuthErrorKind::StoreTimedOut => "14",
        _ => "16",
    }
}

/// What of the request decides how a refusal of it looks; kept because the request itself is gone by then.
///
/// Most requests are not refused, so no more is done for it than has to be.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The media type of an answer in gRPC, if that is what the caller speaks.
    grpc: Option<&'static str>,
    preflight: bool,
    /// The first `Accept`, not read yet.
    accept: Option<HeaderValue>,
    /// Whether one of the others names JSON.
    json: bool,
}

impl Asked {
    pub(crate) fn by<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let mut lists = headers.get_all(header::ACCEPT).iter();
        Self {
            grpc: grpc_media_type(content_type),
            accept: lists.next().cloned(),
            json: lists.any(accept::names_json),
            preflight: request.method() == Method::OPTIONS
                && headers.contains_key(header::ORIGIN)
                && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
        }
    }

    /// Whether a browser asks if it may send the real request (the Fetch standard's CORS-preflight request).
    pub(crate) const fn is_preflight(&self) -> bool {
        self.preflight
    }

    fn accepts_json(&self) -> bool {
        self.json || self.accept.as_ref().is_some_and(accept::names_json)
    }
}

/// The media type of gRPC or gRPC-Web; `None` for all others. What a message is made of, after a `+`, does not matter where
/// there is none.
fn grpc_media_type(content_type: &[u8]) -> Option<&'static str> {
    let (name, rest) = content_type.split_at_checked("application/grpc".len())?;
    if !name.eq_ignore_ascii_case(b"application/grpc") {
        return None;
    }
    let variant = rest.split(|b| matches!(b, b'+' | b';')).next().unwrap_or_default().trim_ascii();
    if variant.is_empty() {
        Some("application/grpc")
    } else if variant.eq_ignore_ascii_case(b"-web") {
        Some("application/grpc-web")
    } else if variant.eq_ignore_ascii_case(b"-web-text") {
        Some("application/grpc-web-text")
    } else {
        None
    }
}

/// Makes the response to a refused request and tells the operator why.
pub(crate) fn reject<A, B>(shared: &Shared<A>, error: AuthError, asked: &Asked) -> Response<Bytes>
where
    A: Authenticate<B>,
{
    log(&error, asked);
    let challenges = match error.kind() {
        AuthErrorKind::MissingCredentials if error.challenges().is_none() => shared.authenticator.challenges(None),
        _ => shared.authenticator.challenges(Some(&error)),
    };
    let mut response = shared.rejection.response(&Rejection { error: &error, challenges: &challenges, asked });
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(error);
    response
}

fn log(error: &AuthError, asked: &Asked) {
    let (key_id, skew) = (error.key_id().map(tracing::field::display), error.skew());
    let token_id = error.token().and_then(TokenInfo::id);
    #[cfg(feature = "gate")]
    let origin = error.origin();
    #[cfg(not(feature = "gate"))]
    let origin = None::<&str>;
    let source = std::error::Error::source(error).map(|source| Chain(source).to_string());
    if error.status().is_server_error() {
        tracing::warn!(target: "countersign::rejection", %error, key_id, token_id, origin, skew, source, "request refused");
    } else if asked.is_preflight() {
        let hint = "put CorsLayer outside, or let preflights through with_cors_preflights()";
        tracing::debug!(target: "countersign::rejection", %error, key_id, token_id, origin, skew, hint, "CORS preflight refused");
    } else {
        tracing::debug!(target: "countersign::rejection", %error, key_id, token_id, origin, skew, "request refused");
    }
}

/// Tells the operator why a body was refused whose request was handed on before: the answer is the inner service's.
#[cfg(feature = "hmac")]
pub(crate) fn log_refused_body(error: &AuthError) {
    let key_id = error.key_id().map(tracing::field::display);
    if error.status().is_server_error() {
        tracing::warn!(target: "countersign::rejection", %error, key_id, "body refused");
    } else {
        tracing::debug!(target: "countersign::rejection", %error, key_id, "body refused");
    }
}

/// An error with all that is behind it, in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}
