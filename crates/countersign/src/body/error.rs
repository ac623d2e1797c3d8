//! Why a body broke off.

use std::error::Error;
use std::fmt;

use crate::auth::{AuthError, AuthErrorKind};

/// A body broke off: of itself, or because it is refused. Whatever was made of it has to be thrown away.
///
/// Its text tells a caller no more than a refusal would: whoever prints it need not be careful.
#[derive(Debug)]
pub struct BodyError(Cause);

#[derive(Debug)]
enum Cause {
    Own(Box<dyn Error + Send + Sync>),
    Refused(AuthError),
}

impl BodyError {
    /// The body's own error.
    pub(crate) fn of(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Cause::Own(error.into()))
    }

    pub(crate) const fn refused(error: AuthError) -> Self {
        Self(Cause::Refused(error))
    }

    /// Whether all of it came, and is not what was signed.
    #[must_use]
    pub const fn is_not_as_signed(&self) -> bool {
        matches!(&self.0, Cause::Refused(error) if matches!(error.kind(), AuthErrorKind::BadSignature | AuthErrorKind::UnknownKey))
    }

    /// Why it was refused, for the operator; `None` when it broke off of itself.
    #[must_use]
    pub const fn refusal(&self) -> Option<&AuthError> {
        match &self.0 {
            Cause::Own(_) => None,
            Cause::Refused(error) => Some(error),
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Own(own) => own.fmt(f),
            Cause::Refused(error) => f.write_str(match error.kind() {
                AuthErrorKind::BodyTooLarge => "the body is too large",
                AuthErrorKind::BodyTimedOut => "the body did not arrive in time",
                _ if error.status().is_server_error() => "the body could not be judged",
                _ => "the body is not what was signed",
            }),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::Own(own) => own.source(),
            Cause::Refused(_) => None,
        }
    }
}
