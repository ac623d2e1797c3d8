//! What clients are told when they get no token: RFC 6749 §4.1.2.1 and §5.2.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer;
use crate::parameters::InvalidParameters;

/// An error of RFC 6749, of RFC 7009, or of this server's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    AccessDenied,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    TemporarilyUnavailable,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
}

impl ErrorCode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }
}

/// A refusal of an endpoint that clients call themselves: JSON, with the status that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    status: StatusCode,
    code: ErrorCode,
    description: &'static str,
}

impl OAuthError {
    /// 400, as RFC 6749 §5.2 has all but one.
    pub(crate) const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, description }
    }

    /// 400 `invalid_request`.
    pub(crate) const fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// 400 `invalid_grant`, which never says why: what holds for a code is nothing that who guesses one may learn.
    pub(crate) const fn invalid_grant() -> Self {
        Self::new(ErrorCode::InvalidGrant, "the code or the refresh token is not good for this client")
    }

    /// 401, with the challenge that the original has.
    pub(crate) const fn invalid_client(description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new(ErrorCode::InvalidClient, description) }
    }

    /// 503: a store failed, hung or panicked. Nothing was granted.
    pub(crate) const fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Self::new(ErrorCode::TemporarilyUnavailable, "try again in a moment")
        }
    }

    /// The same error with another status.
    pub(crate) const fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl From<InvalidParameters> for OAuthError {
    fn from(invalid: InvalidParameters) -> Self {
        Self::invalid_request(invalid.description())
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code.as_str(), "error_description": self.description });
        let mut response = answer::json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unauthorized_client_is_challenged_and_nobody_else() {
        let unauthorized = OAuthError::invalid_client("unknown").into_response();
        assert_eq!(unauthorized.status(), 401);
        assert_eq!(unauthorized.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"oauth\"");
        for error in [OAuthError::invalid_grant(), OAuthError::invalid_request("x"), OAuthError::unavailable()] {
            let response = error.into_response();
            assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE));
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), response.status() == 503);
        }
    }
}
