//! The answers of Sentry's web API.

use bytes::Bytes;
use countersign_core::TokenInfo;
use http::{Response, StatusCode};

use super::answer::{answer, json_string};
use crate::auth::{AuthError, AuthErrorKind, Challenge, ChallengeText, Rejection, RejectionResponse};
use crate::bearer::credentials::{MORE_THAN_A_TOKEN, NO_TOKEN};
use crate::gate::{NO_ORGANISATION, ORGANISATION_GONE};

/// The answers of Sentry's web API, as Django REST framework makes them: `{"detail":"…"}`, and 401 for whatever is wrong with
/// a token, its organisation included. Give it to the [gates](crate::gate) inside the layer too.
///
/// They tell whoever has a token that it expired, or that its organisation is gone; the layer's own style tells nobody. A wrong
/// origin is 400 and comes back in the answer. The challenge is
/// `xBasic realm="api"`, at which browsers do not ask for a password. Everything that Sentry has no answer for (two tokens,
/// credentials that are too long, a store that failed) has the status of the layer, and its words as the detail.
#[derive(Clone, Debug)]
pub struct SentryApiRejection {
    challenge: Challenge,
}

impl SentryApiRejection {
    /// The style.
    #[must_use]
    pub fn new() -> Self {
        Self { challenge: Challenge::new("xBasic").with("realm", ChallengeText::from_static("api")) }
    }

    /// Another challenge: the one that RFC 6750 wants, say.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = challenge;
        self
    }
}

impl RejectionResponse for SentryApiRejection {
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes> {
        let error = rejection.error();
        if error.kind() == AuthErrorKind::WrongOrigin {
            let words = json_string(&format!("Invalid origin: {}", error.origin().unwrap_or_default()));
            return answer(StatusCode::BAD_REQUEST, &self.challenge, "application/json", words);
        }
        let status = match error.kind() {
            AuthErrorKind::InsufficientScope => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        };
        if let Some(detail) = detail(error) {
            return answer(status, &self.challenge, "application/json", json(detail));
        }
        let words = rejection.status().canonical_reason().unwrap_or_default();
        let mut response = answer(rejection.status(), &self.challenge, "application/json", json(words));
        rejection.impose(&mut response);
        response
    }
}

impl Default for SentryApiRejection {
    fn default() -> Self {
        Self::new()
    }
}

fn json(detail: &str) -> String {
    format!(r#"{{"detail":{}}}"#, json_string(detail))
}

/// What Sentry says, where it says something.
fn detail(error: &AuthError) -> Option<&'static str> {
    Some(match error.kind() {
        AuthErrorKind::MissingCredentials => "Authentication credentials were not provided.",
        AuthErrorKind::MalformedCredentials => match error.reason() {
            Some(NO_TOKEN) => "Invalid token header. No credentials provided.",
            Some(MORE_THAN_A_TOKEN) => "Invalid token header. Token string should not contain spaces.",
            _ => "Invalid token",
        },
        AuthErrorKind::UnknownToken | AuthErrorKind::TokenNotYetValid => "Invalid token",
        AuthErrorKind::TokenRevoked => revoked(error),
        AuthErrorKind::TokenExpired => "Token expired",
        AuthErrorKind::WrongOrganisation if error.reason() == Some(NO_ORGANISATION) => {
            "This token access is limited to organization endpoints."
        }
        AuthErrorKind::WrongOrganisation if error.reason() == Some(ORGANISATION_GONE) => {
            "Cannot resolve organization from token."
        }
        AuthErrorKind::WrongOrganisation => "Unauthorized organization access.",
        AuthErrorKind::InsufficientScope => "You do not have permission to perform this action.",
        _ => return None,
    })
}

/// An organisation's token that was deactivated is told so.
fn revoked(error: &AuthError) -> &'static str {
    match error.token().and_then(TokenInfo::format) {
        Some("sentry_org") => "Invalid org token",
        _ => "Invalid token",
    }
}
