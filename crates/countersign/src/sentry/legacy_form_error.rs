//! What is wrong with a form.

use std::fmt;

use http::StatusCode;

use crate::auth::{AuthError, AuthErrorKind};

/// What is wrong with a message of the older form: the [source](std::error::Error::source) of the refusal's
/// [`AuthError`](crate::AuthError). Nothing of the form is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LegacyFormError {
    /// It has no `data`.
    NoData,
    /// Its `format` is not `json`.
    NotJson,
    /// It is a pickle, by its `format` or for want of one, which nobody should ever read.
    Pickle,
    /// A field is there twice.
    SeveralFields,
    /// It has more than 32 fields.
    TooManyFields,
    /// Its `key` is missing or empty.
    NoKey,
    /// Its `key` is none of the secrets.
    WrongKey,
}

impl LegacyFormError {
    const fn kind(self) -> AuthErrorKind {
        match self {
            Self::NoData | Self::NotJson | Self::Pickle | Self::TooManyFields => AuthErrorKind::MalformedCredentials,
            Self::SeveralFields => AuthErrorKind::SeveralCredentials,
            Self::NoKey => AuthErrorKind::MissingCredentials,
            Self::WrongKey => AuthErrorKind::BadSignature,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::NoData => "the form has no data",
            Self::NotJson => "the form's format is not json",
            Self::Pickle => "the form carries a pickle, which is never read",
            Self::SeveralFields => "the form has a field twice",
            Self::TooManyFields => "the form has more than 32 fields",
            Self::NoKey => "the form has no key",
            Self::WrongKey => "the form's key is none of the secrets",
        }
    }

    /// Status and body as the originals answered; what they would have read is a bad request.
    pub(super) const fn original_answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::NoData => (StatusCode::BAD_REQUEST, "Missing data"),
            Self::NotJson | Self::Pickle => (StatusCode::BAD_REQUEST, "Invalid format"),
            Self::SeveralFields | Self::TooManyFields => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::NoKey | Self::WrongKey => (StatusCode::FORBIDDEN, "Invalid credentials"),
        }
    }
}

impl fmt::Display for LegacyFormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for LegacyFormError {}

impl From<LegacyFormError> for AuthError {
    fn from(error: LegacyFormError) -> Self {
        let refused = Self::new(error.kind()).with_reason(error.text()).with_source(error);
        match error.kind() {
            AuthErrorKind::MalformedCredentials => refused.with_status(StatusCode::BAD_REQUEST),
            _ => refused,
        }
    }
}
