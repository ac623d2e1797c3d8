//! The event of a message, as an argument of a handler of axum's.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::de::DeserializeOwned;

use super::legacy_form::AdmittedForm;
use super::{EnvelopeError, SentryEnvelope, SentryStyle};
use crate::Authenticated;
use crate::axum::ExtractorRejection;

/// The event that a signed message carries.
///
/// Where no layer has authenticated the request it answers 500 and opens nothing: nobody's message is read because a layer
/// was forgotten. A [`SentryEnvelope`] in the request's extensions (`axum::Extension(SentryEnvelope::new().with_limit(…))`
/// as a layer) has the limit and the style; without one there are its defaults. The body is the one that axum's
/// `DefaultBodyLimit` allows, 2 MiB.
///
/// ```
/// use axum::{Router, routing::post};
/// use countersign::sentry::SentryEvent;
/// use countersign::{Authenticated, Secret, SentrySignatureLayer};
///
/// #[derive(serde::Deserialize)]
/// struct Event { message: String }
///
/// async fn store(caller: Authenticated, SentryEvent(event): SentryEvent<Event>) -> String {
///     format!("{} says {}", caller.subject(), event.message)
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = Secret::new("the server's SENTRY_KEY")?;
/// let app: Router = Router::new().route("/store/", post(store)).layer(SentrySignatureLayer::new(secret));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "to be taken apart in a handler's arguments")]
pub struct SentryEvent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for SentryEvent<T> {
    type Rejection = SentryEventRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, SentryEventRejection> {
        Authenticated::required(request.extensions()).map_err(|error| Why::Caller(error.into()))?;
        let envelope = request.extensions().get::<SentryEnvelope>().copied().unwrap_or_default();
        let envelope = match request.extensions().get::<AdmittedForm>() {
            Some(AdmittedForm) => envelope.with_legacy_form(),
            None => envelope,
        };
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(Why::Body)?;
        Ok(Self(envelope.event(&headers, &body).map_err(|error| Why::Envelope(error, envelope.style()))?))
    }
}

/// Why there is no event.
#[derive(Debug)]
pub struct SentryEventRejection(Why);

#[derive(Debug)]
enum Why {
    Caller(ExtractorRejection),
    Body(BytesRejection),
    Envelope(EnvelopeError, SentryStyle),
}

impl SentryEventRejection {
    /// What is wrong with the message, if that is what it is.
    #[must_use]
    pub const fn envelope_error(&self) -> Option<&EnvelopeError> {
        match &self.0 {
            Why::Envelope(error, _) => Some(error),
            Why::Caller(_) | Why::Body(_) => None,
        }
    }
}

impl From<Why> for SentryEventRejection {
    fn from(why: Why) -> Self {
        Self(why)
    }
}

impl std::fmt::Display for SentryEventRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Why::Caller(rejection) => rejection.fmt(f),
            Why::Body(rejection) => rejection.fmt(f),
            Why::Envelope(error, _) => error.fmt(f),
        }
    }
}

impl std::error::Error for SentryEventRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match &self.0 {
            Why::Caller(rejection) => rejection,
            Why::Body(rejection) => rejection,
            Why::Envelope(error, _) => error,
        })
    }
}

impl IntoResponse for SentryEventRejection {
    fn into_response(self) -> Response {
        let mut response = match self.0 {
            Why::Caller(rejection) => return rejection.into_response(),
            Why::Body(rejection) => rejection.into_response(),
            Why::Envelope(error, style) => {
                tracing::debug!(target: "countersign::rejection", %error, "message not opened");
                answer(&error, style)
            }
        };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

fn answer(error: &EnvelopeError, style: SentryStyle) -> Response {
    let status = error.status(style);
    let (content_type, body) = match style {
        SentryStyle::Original => ("text/html; charset=utf-8", error.original_text()),
        SentryStyle::Modern => {
            let title = status.canonical_reason().unwrap_or_default();
            let problem = serde_json::json!({
                "type": "about:blank", "title": title, "status": status.as_u16(), "detail": error.to_string(),
            });
            ("application/problem+json", problem.to_string())
        }
    };
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
