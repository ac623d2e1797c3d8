//! The answers of Kallithea.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer::{answer, json_string};
use crate::auth::{AuthErrorKind, Challenge, PlainRejection, Rejection, RejectionResponse};

/// The answers of Kallithea 0.7, as WebOb makes them: 403 and a page, as HTML, JSON or plain text, whichever `Accept` prefers
/// and plain text without. Goes with
/// [`with_insecure_query_parameter("api_key")`](crate::BearerTokenLayer::with_insecure_query_parameter), if need be.
///
/// Bad tokens of every kind are 403 there, and so is what does not reach. Kallithea sends requests without a token to its
/// login page; that is the application's affair, and here they are 401 with the layer's challenge and words. So is all that
/// Kallithea has no answer for: two tokens, credentials that are too long, a store that failed.
#[derive(Clone, Copy, Debug)]
pub struct KallitheaRejection {
    detail: &'static str,
}

impl KallitheaRejection {
    /// The style of 0.7.
    #[must_use]
    pub const fn new() -> Self {
        Self { detail: "" }
    }

    /// The style of 0.4, which says `Invalid API key` beside.
    #[must_use]
    pub const fn of_0_4() -> Self {
        Self { detail: "Invalid API key" }
    }
}

impl RejectionResponse for KallitheaRejection {
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes> {
        let detail = match rejection.error().kind() {
            AuthErrorKind::MalformedCredentials
            | AuthErrorKind::TokenExpired
            | AuthErrorKind::TokenNotYetValid
            | AuthErrorKind::TokenRevoked
            | AuthErrorKind::UnknownToken => self.detail,
            AuthErrorKind::InsufficientScope | AuthErrorKind::WrongOrganisation | AuthErrorKind::WrongOrigin => "",
            _ => return PlainRejection::new().response(rejection),
        };
        let (content_type, body) = match rejection.preferred(&["text/html", "application/json"]) {
            Some("text/html") => ("text/html; charset=UTF-8", html(detail)),
            Some(_) => ("application/json", json(detail)),
            None => ("text/plain; charset=UTF-8", plain(detail)),
        };
        answer(StatusCode::FORBIDDEN, &Challenge::new("Bearer"), content_type, body)
    }
}

impl Default for KallitheaRejection {
    fn default() -> Self {
        Self::new()
    }
}

fn plain(detail: &str) -> String {
    format!("403 Forbidden\n\nAccess was denied to this resource.\n\n {detail}  ")
}

fn html(detail: &str) -> String {
    let message = message(detail);
    format!(
        "<html>\n <head>\n  <title>403 Forbidden</title>\n </head>\n <body>\n  <h1>403 Forbidden</h1>\n  {message}\n </body>\n</html>"
    )
}

fn json(detail: &str) -> String {
    let message = json_string(&message(detail));
    format!(r#"{{"message": {message}, "code": "403 Forbidden", "title": "Forbidden"}}"#)
}

fn message(detail: &str) -> String {
    format!("Access was denied to this resource.<br /><br />\n{detail}\n\n")
}
