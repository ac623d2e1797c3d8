//! The answers that Sentry's own server gave.

use std::error::Error as _;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{LegacyFormError, SentryProtocol};
use crate::AuthErrorKind;
use crate::auth::{Rejection, RejectionResponse};

/// The answers of django-sentry 1.7.5 to Sentry 2.0, which its clients know: 405 without a body, 401 `Unauthorized`, 400
/// `Invalid timestamp`, 410 `Message has expired`, 403 `Invalid signature`.
///
/// For messages without credentials, it depends: Sentry 2.0 answered 401 `Unauthorized`; 1.x took them for the older form, in
/// which there is no key then, and answered 403 `Invalid credentials` ([`SentryProtocol::V1`]), or before that no data, and 400
/// `Missing data` ([`SentryProtocol::V1_7`]). A form that is let in
/// ([`with_insecure_legacy_form_key`](crate::SentrySignatureLayer::with_insecure_legacy_form_key)) and wrong has these answers,
/// and 400 `Invalid format`, whatever the version.
///
/// Beyond the originals, a 401 has a challenge (RFC 9110 §15.5.2), and what they answered with 500 is 401 or 400. A message
/// from the future, a replayed one and one of an unknown key are 403, like a wrong signature. Everything else (a body that
/// is too long, a store that failed) has the status of the layer and its words.
#[derive(Clone, Copy, Debug, Default)]
pub struct SentryRejection {
    protocol: SentryProtocol,
}

impl SentryRejection {
    /// The answers to messages of [any version](SentryProtocol::Any).
    #[must_use]
    pub const fn new() -> Self {
        Self::of(SentryProtocol::Any)
    }

    /// The answers of this version.
    #[must_use]
    pub const fn of(protocol: SentryProtocol) -> Self {
        Self { protocol }
    }
}

impl RejectionResponse for SentryRejection {
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes> {
        let (status, text) = answer(rejection, self.protocol);
        let mut response = Response::new(Bytes::from_static(text.as_bytes()));
        rejection.impose(&mut response);
        *response.status_mut() = status;
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        if status != StatusCode::UNAUTHORIZED {
            response.headers_mut().remove(header::WWW_AUTHENTICATE);
        }
        response
    }
}

fn answer(rejection: &Rejection<'_>, protocol: SentryProtocol) -> (StatusCode, &'static str) {
    let (status, error) = (rejection.status(), rejection.error());
    if let Some(form) = error.source().and_then(|source| source.downcast_ref::<LegacyFormError>()) {
        return form.original_answer();
    }
    match error.kind() {
        AuthErrorKind::MethodNotAllowed => (status, ""),
        AuthErrorKind::MissingCredentials if protocol == SentryProtocol::V1_7 => {
            LegacyFormError::NoData.original_answer()
        }
        AuthErrorKind::MissingCredentials if protocol == SentryProtocol::V1 => LegacyFormError::NoKey.original_answer(),
        AuthErrorKind::MalformedCredentials if status == StatusCode::BAD_REQUEST => (status, "Invalid timestamp"),
        AuthErrorKind::Stale => (StatusCode::GONE, "Message has expired"),
        AuthErrorKind::BadSignature
        | AuthErrorKind::FromTheFuture
        | AuthErrorKind::InsufficientCoverage
        | AuthErrorKind::Replayed
        | AuthErrorKind::UnknownKey => (StatusCode::FORBIDDEN, "Invalid signature"),
        _ => (status, status.canonical_reason().unwrap_or_default()),
    }
}
