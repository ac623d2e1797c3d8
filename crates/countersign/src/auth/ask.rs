//! How a store is asked: at once where it can answer at once, bounded in time, and without trusting it not to panic.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign_core::StoreError;

use crate::auth::{AuthError, AuthErrorKind, BoxFuture};

/// A question to a store, not yet answered.
pub(crate) enum Ask<T> {
    /// The store's own answer.
    Alone(BoxFuture<Result<T, StoreError>>),
    #[cfg(any(feature = "bearer", feature = "hmac"))]
    /// One that somebody else may be waiting for too, and who takes care of the store.
    Together(BoxFuture<Result<T, AuthError>>),
}

impl<T: 'static> Ask<T> {
    /// Asks, and takes the answer if the store has it at hand, as one in memory does.
    pub(crate) fn now(question: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Answer<T> {
        Self::Alone(Box::pin(question)).begin()
    }

    #[cfg(any(feature = "bearer", feature = "hmac"))]
    /// The same for a question that takes care of its store itself.
    pub(crate) fn together(question: impl Future<Output = Result<T, AuthError>> + Send + 'static) -> Answer<T> {
        Self::Together(Box::pin(question)).begin()
    }

    fn begin(mut self) -> Answer<T> {
        match self.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Answer::Now(answer),
            Poll::Pending => Answer::Later(self),
        }
    }

    /// Waits for the answer, `limit` at most.
    pub(crate) async fn within(mut self, limit: Duration) -> Result<T, AuthError> {
        let answer = pin!(poll_fn(|context| self.poll(context)));
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(AuthError::new(AuthErrorKind::StoreTimedOut)))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<T, AuthError>> {
        match self {
            Self::Alone(question) => poll_store(question.as_mut(), context),
            #[cfg(any(feature = "bearer", feature = "hmac"))]
            Self::Together(question) => question.as_mut().poll(context),
        }
    }
}

#[cfg(any(feature = "bearer", feature = "hmac"))]
/// What a store answers, be it that it panics.
pub(crate) async fn trusting_nobody<T>(question: impl Future<Output = Result<T, StoreError>>) -> Result<T, AuthError> {
    let mut question = pin!(question);
    poll_fn(|context| poll_store(question.as_mut(), context)).await
}

fn poll_store<T>(
    question: Pin<&mut (impl Future<Output = Result<T, StoreError>> + ?Sized)>,
    context: &mut Context<'_>,
) -> Poll<Result<T, AuthError>> {
    let store = AssertUnwindSafe(|| question.poll(context));
    let answer = catch_unwind(store).unwrap_or_else(|_| Poll::Ready(Err(StoreError::new("the store panicked"))));
    answer.map_err(|error| AuthError::new(AuthErrorKind::StoreFailed).with_source(error))
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
