//! The answers of Djblets' web API.

use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::TokenInfo;
use http::{Response, StatusCode};

use super::answer::{answer, json_string};
use super::date::django_date;
use crate::auth::{AuthError, AuthErrorKind, Challenge, ChallengeText, PlainRejection, Rejection, RejectionResponse};

/// The answers of Djblets 6.1, which the clients of Review Board know: `{"stat":"fail","err":{…}}` with code 103 without
/// credentials, 104 with bad ones, 101 (and 403) where the token does not reach. Goes with
/// [`with_exact_scheme_word("token")`](crate::BearerTokenLayer::with_exact_scheme_word).
///
/// They tell whoever has a token that it was revoked, when and why, or when it expired; the layer's own style tells nobody.
/// Dates are Django's, in UTC unless [told otherwise](Self::with_utc_offset). Everything that Djblets has no answer for (two
/// tokens, credentials that are too long, a store that failed) has the status of the layer and its words.
///
/// ```
/// use countersign::bearer::DjbletsRejection;
/// use countersign::{BearerTokenLayer, FormatRegistry, MemoryStore, TokenFormat};
///
/// let formats = FormatRegistry::new(TokenFormat::vendor_checksum("rbp")?).with_deprecated(TokenFormat::legacy_sha1());
/// let layer = BearerTokenLayer::new(MemoryStore::new())
///     .with_exact_scheme_word("token")
///     .with_token_formats(formats)
///     .with_rejection(DjbletsRejection::new());
/// # Ok::<(), countersign::InvalidTokenFormat>(())
/// ```
#[derive(Clone, Debug)]
pub struct DjbletsRejection {
    challenge: Challenge,
    utc_offset: i32,
}

impl DjbletsRejection {
    /// The style, with the challenge `Basic realm="Web API"`, as Djblets has it: it does not name the scheme of tokens.
    #[must_use]
    pub fn new() -> Self {
        let realm = ChallengeText::from_static("Web API");
        Self { challenge: Challenge::new("Basic").with("realm", realm), utc_offset: 0 }
    }

    /// Another challenge: one at which browsers do not ask for a password.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = challenge;
        self
    }

    /// Dates in a time zone so many seconds east of UTC.
    #[must_use]
    pub const fn with_utc_offset(mut self, seconds: i32) -> Self {
        self.utc_offset = seconds;
        self
    }

    /// What is said of a token that is not good any more.
    fn over(&self, error: &AuthError) -> String {
        let token = error.token();
        let date = |at: fn(&TokenInfo) -> Option<SystemTime>| {
            token.and_then(at).map_or_else(|| "None".to_owned(), |at| django_date(at, self.utc_offset))
        };
        if error.kind() == AuthErrorKind::TokenExpired {
            return format!("This API token expired on {}.", date(TokenInfo::expires_at));
        }
        let since = date(TokenInfo::revoked_at);
        match token.and_then(TokenInfo::revoked_reason).filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("This API token became invalid on {since}: {reason}"),
            None => format!("This API token became invalid on {since}."),
        }
    }
}

impl RejectionResponse for DjbletsRejection {
    fn response(&self, rejection: &Rejection<'_>) -> Response<Bytes> {
        let error = rejection.error();
        let (status, code, kind, message) = match error.kind() {
            AuthErrorKind::MissingCredentials => {
                (StatusCode::UNAUTHORIZED, 103, "auth-not-logged-in", "You are not logged in".to_owned())
            }
            AuthErrorKind::MalformedCredentials | AuthErrorKind::TokenNotYetValid | AuthErrorKind::UnknownToken => {
                let message = "The username or password was not correct".to_owned();
                (StatusCode::UNAUTHORIZED, 104, "auth-login-failed", message)
            }
            AuthErrorKind::TokenExpired | AuthErrorKind::TokenRevoked => {
                (StatusCode::UNAUTHORIZED, 104, "auth-login-failed", self.over(error))
            }
            AuthErrorKind::InsufficientScope | AuthErrorKind::WrongOrganisation | AuthErrorKind::WrongOrigin => {
                let message = "You don't have permission for this".to_owned();
                (StatusCode::FORBIDDEN, 101, "resource-permission-denied", message)
            }
            _ => return PlainRejection::new().response(rejection),
        };
        let message = json_string(&message);
        let body = format!(r#"{{"stat":"fail","err":{{"code":{code},"msg":{message},"type":"{kind}"}}}}"#);
        answer(status, &self.challenge, "application/json", body)
    }
}

impl Default for DjbletsRejection {
    fn default() -> Self {
        Self::new()
    }
}
