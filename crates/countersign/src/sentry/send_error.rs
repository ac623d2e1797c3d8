//! Why an event did not arrive.

use std::error::Error;
use std::fmt;

use http::{StatusCode, Uri};
use tower::BoxError;

use super::SentrySignError;

/// No server took an event. [`Display`](fmt::Display) says what came of the last attempt,
/// [`attempts`](Self::attempts) of all.
#[derive(Debug)]
pub struct SentrySendError {
    /// Nothing was sent.
    unsigned: Option<SentrySignError>,
    attempts: Vec<(Uri, AttemptError)>,
}

impl SentrySendError {
    pub(super) const fn new() -> Self {
        Self { unsigned: None, attempts: Vec::new() }
    }

    pub(super) fn push(&mut self, server: Uri, error: AttemptError) {
        self.attempts.push((server, error));
    }

    /// What came of each attempt, in order. Empty where the event could not be signed, or there are no servers.
    #[must_use]
    pub fn attempts(&self) -> impl ExactSizeIterator<Item = (&Uri, &AttemptError)> {
        self.attempts.iter().map(|(server, error)| (server, error))
    }
}

impl From<SentrySignError> for SentrySendError {
    fn from(error: SentrySignError) -> Self {
        Self { unsigned: Some(error), attempts: Vec::new() }
    }
}

impl fmt::Display for SentrySendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.unsigned, self.attempts.last()) {
            (Some(error), _) => error.fmt(f),
            (None, None) => f.write_str("there are no servers to send the event to"),
            (None, Some((server, error))) => {
                write!(f, "no server took the event after {} attempts; the last, {server}, ", self.attempts.len())?;
                error.fmt(f)
            }
        }
    }
}

impl Error for SentrySendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (&self.unsigned, self.attempts.last()) {
            (Some(error), _) => Some(error),
            (None, last) => last.map(|(_, error)| error as _),
        }
    }
}

/// What came of one attempt that failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum AttemptError {
    /// The client failed: the server could not be reached, say.
    Failed(BoxError),
    /// The server answered with a status that is no success.
    Refused(StatusCode),
    /// The head of an answer was not there in time.
    TimedOut,
}

impl AttemptError {
    /// Whether it may be another matter the next time.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Failed(_) | Self::TimedOut => true,
            Self::Refused(status) => status.is_server_error(),
        }
    }
}

impl fmt::Display for AttemptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "could not be asked: {error}"),
            Self::Refused(status) => write!(f, "answered {status}"),
            Self::TimedOut => f.write_str("did not answer in time"),
        }
    }
}

impl Error for AttemptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::Refused(_) | Self::TimedOut => None,
        }
    }
}
