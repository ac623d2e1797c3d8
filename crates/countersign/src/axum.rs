//! Extractors for axum: who called, as an argument of the handler.
//!
//! * [`Authenticated`]: somebody, known by token or signature.
//! * [`Caller`]: somebody, or nobody, behind a layer [`with_optional`](crate::AuthLayer::with_optional).
//! * [`Unproved`](crate::auth::Unproved): whose body is yet to prove who sent it.
//! * [`TokenData`]: the application's own value, a user say, that the store attached to the token or to the key.
//!
//! They read what a layer found out. Where there is no layer around the route they answer 500 and log what is missing:
//! nobody is let in because a layer was forgotten.
//!
//! # Rejections
//!
//! | situation | kind | status | `WWW-Authenticate` |
//! |---|---|---|---|
//! | no layer around the route | [`Misconfigured`](AuthErrorKind::Misconfigured) | 500 | – |
//! | a layer [`with_insecure_streaming_body`](crate::HmacAuthLayer::with_insecure_streaming_body), for all but [`Unproved`](crate::auth::Unproved) | [`Misconfigured`](AuthErrorKind::Misconfigured) | 500 | – |
//! | a token or a key without a value of this type | [`Misconfigured`](AuthErrorKind::Misconfigured) | 500 | – |
//! | [`Authenticated`] or [`TokenData`] is wanted and an optional layer let nobody in particular through | [`MissingCredentials`](AuthErrorKind::MissingCredentials) | 401 | the layer's |
//!
//! The [`AuthError`] is in the response's extensions, as in every refusal.
//!
//! # Example
//!
#![cfg_attr(feature = "bearer", doc = "```")]
#![cfg_attr(not(feature = "bearer"), doc = "```text")]
//! use axum::{Router, routing::get};
//! use countersign::axum::TokenData;
//! use countersign::{Authenticated, BearerTokenLayer, MemoryStore, TokenInfo};
//! use http::{Request, StatusCode};
//! use tower::ServiceExt as _;
//!
//! #[derive(Clone)]
//! struct User { name: &'static str }
//!
//! async fn hello(caller: Authenticated, TokenData(user): TokenData<User>) -> String {
//!     format!("{} is {}", caller.subject(), user.name)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new().with_token("ada-s-token", TokenInfo::new("user-7").with_data(User { name: "Ada" }));
//! let app = Router::new().route("/hello", get(hello)).layer(BearerTokenLayer::new(store));
//!
//! let known = Request::get("/hello").header("authorization", "Bearer ada-s-token").body(axum::body::Body::empty())?;
//! assert_eq!(app.clone().oneshot(known).await?.status(), StatusCode::OK);
//! let nobody = Request::get("/hello").body(axum::body::Body::empty())?;
//! assert_eq!(app.oneshot(nobody).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(())
//! # }
//! ```

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, header};

#[cfg(feature = "hmac")]
use crate::auth::Unproved;
use crate::auth::nobody_found;
use crate::{AuthError, AuthErrorKind, Authenticated, Caller};

/// The application's own value that the store attached, with
/// [`TokenInfo::with_data`](countersign_core::TokenInfo::with_data) or
/// [`Secrets::with_data`](countersign_core::Secrets::with_data): a clone of it, as axum's `Extension` gives one. Attach an
/// `Arc` where cloning costs much, and extract `TokenData<Arc<…>>`.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "to be taken apart in a handler's arguments")]
pub struct TokenData<T>(pub T);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = ExtractorRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ExtractorRejection> {
        Ok(Self::required(&parts.extensions)?.clone())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ExtractorRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ExtractorRejection> {
        Ok(Self::of(&parts.extensions).ok_or_else(|| nobody_found(&parts.extensions))?)
    }
}

#[cfg(feature = "hmac")]
impl<S: Send + Sync> FromRequestParts<S> for Unproved {
    type Rejection = ExtractorRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ExtractorRejection> {
        let no_mark = || AuthError::new(AuthErrorKind::Misconfigured).with_reason(NO_MARK);
        Ok(Self::of(&parts.extensions).ok_or_else(no_mark)?.clone())
    }
}

impl<S: Send + Sync, T: Clone + Send + Sync + 'static> FromRequestParts<S> for TokenData<T> {
    type Rejection = ExtractorRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ExtractorRejection> {
        let data = Authenticated::required(&parts.extensions)?.data::<T>();
        let no_data = || AuthError::new(AuthErrorKind::Misconfigured).with_reason(NO_DATA);
        Ok(Self(data.ok_or_else(no_data)?.clone()))
    }
}

/// Why an extractor of this module could not tell who called.
#[derive(Clone, Debug)]
pub struct ExtractorRejection(AuthError);

impl ExtractorRejection {
    /// Why.
    #[must_use]
    pub const fn error(&self) -> &AuthError {
        &self.0
    }
}

impl From<AuthError> for ExtractorRejection {
    fn from(error: AuthError) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for ExtractorRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ExtractorRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl IntoResponse for ExtractorRejection {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = error.status();
        if status.is_server_error() {
            tracing::error!(target: "countersign::rejection", %error, "request refused by an extractor");
        } else {
            tracing::debug!(target: "countersign::rejection", %error, "request refused by an extractor");
        }
        let mut response = (status, format!("{}\n", status.canonical_reason().unwrap_or("Refused"))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for challenge in error.challenges().unwrap_or_default() {
            headers.append(header::WWW_AUTHENTICATE, challenge.to_header_value());
        }
        response.extensions_mut().insert(error);
        response
    }
}

/// What the operator reads when a handler wants an [`Unproved`] that nobody put there.
#[cfg(feature = "hmac")]
const NO_MARK: &str = "the handler wants Unproved, and no layer with_insecure_streaming_body is around the route";

/// What the operator reads when a handler wants data that the token store never attached.
const NO_DATA: &str =
    "the handler wants TokenData of a type that the store did not attach to this caller's token or key";
