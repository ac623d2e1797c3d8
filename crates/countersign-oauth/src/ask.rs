//! How stores and the application are asked: bounded in time, and without trusting them not to panic.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::response::Response;
use countersign::StoreError;
use futures_util::FutureExt as _;
use http::StatusCode;

use crate::answer;
use crate::server::Server;

/// What somebody answers within `limit`. Too late, or a panic, is an error; an error is logged for the operator.
pub(crate) async fn within<T>(
    limit: Duration,
    question: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Unavailable> {
    let answer = tokio::time::timeout(limit, AssertUnwindSafe(question).catch_unwind()).await;
    let answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(_panic)) => Err(StoreError::new("it panicked")),
        Err(_elapsed) => Err(StoreError::new("it took too long")),
    };
    answer.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(target: "countersign::store", source, "a store or the application could not answer");
        Unavailable
    })
}

/// The same for the application's own API: an error is the 503 to answer.
pub(crate) async fn ask<T>(
    server: &Server,
    question: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Response> {
    let answer = within(server.patience, question).await;
    answer.map_err(|Unavailable| answer::detail(StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment."))
}

/// Somebody could not answer: 503, whatever was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unavailable;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn failing_hanging_and_panicking_are_all_the_same() {
        let limit = Duration::from_secs(1);
        assert_eq!(within(limit, async { Ok(7) }).await, Ok(7));
        assert_eq!(within(limit, async { Err::<(), _>(StoreError::new("down")) }).await, Err(Unavailable));
        assert_eq!(within(limit, std::future::pending::<Result<(), _>>()).await, Err(Unavailable));
        let panics = async { if limit.is_zero() { Ok(()) } else { panic!("planted") } };
        assert_eq!(within(limit, panics).await, Err(Unavailable));
    }
}
