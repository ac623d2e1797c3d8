//! How a store is asked: at once where it can answer at once, bounded in time, and without trusting it not to panic.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign_core::StoreError;

use crate::auth::{AuthError, AuthErrorKind, BoxFuture};

/// A question to a store, not yet answered.
pub(crate) struct Ask<T>(BoxFuture<Result<T, StoreError>>);

impl<T: 'static> Ask<T> {
    /// Asks, and takes the answer if the store has it at hand, as one in memory does.
    pub(crate) fn now(question: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Answer<T> {
        let mut ask = Self(Box::pin(question));
        match ask.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Answer::Now(answer),
            Poll::Pending => Answer::Later(ask),
        }
    }

    /// Waits for the answer, `limit` at most.
    pub(crate) async fn within(mut self, limit: Duration) -> Result<T, AuthError> {
        let answer = pin!(poll_fn(|context| self.poll(context)));
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::StoreTimedOut)))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, AuthError>> {
        let store = AssertUnwindSafe(|| Pin::new(&mut self.0).poll(context));
        match catch_unwind(store) {
            Ok(answer) => answer.map_err(|error| AuthError::new(AuthErrorKind::StoreFailed).with_source(error)),
            Err(_) => Poll::Ready(Err(
                AuthError::new(AuthErrorKind::StoreFailed).with_source(StoreError::new("the store panicked"))
            )),
        }
    }
}

/// What asking brought.
pub(crate) enum Answer<T> {
    Now(Result<T, AuthError>),
    Later(Ask<T>),
}

impl<T: 'static> Answer<T> {
    /// The answer, waited for where it is not there yet.
    pub(crate) async fn within(self, limit: Duration) -> Result<T, AuthError> {
        match self {
            Self::Now(answer) => answer,
            Self::Later(ask) => ask.within(limit).await,
        }
    }
}
