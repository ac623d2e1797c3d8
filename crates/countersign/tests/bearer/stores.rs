//! Stores that fail, hang, panic or are slow.

use std::error::Error as _;
use std::future::{Future, pending};
use std::time::Duration;

use countersign::{
    AuthErrorKind, BearerTokenLayer, Clock as _, ManualClock, PresentedToken, StoreError, TokenInfo, TokenStore,
    store_fn,
};

use crate::support::*;

/// What a store does before it answers, or instead.
fn after<F>(wait: impl Fn() -> F + Send + Sync + 'static) -> impl TokenStore
where
    F: Future<Output = ()> + Send + 'static,
{
    store_fn(move |_: PresentedToken| {
        let wait = wait();
        async move {
            wait.await;
            Ok(Some(TokenInfo::new("user-7")))
        }
    })
}

#[tokio::test]
async fn a_store_that_fails_is_503_and_its_words_are_for_the_operator() {
    let (answer, error) = send(&over(Failing), bearer(GOOD)).await;
    unavailable(&answer);
    let error = error.unwrap();
    assert_eq!(error.kind(), AuthErrorKind::StoreFailed);
    let source = error.source().and_then(|error| error.source()).unwrap().to_string();
    assert!(source.contains("db.internal"), "{source}");
}

#[tokio::test]
async fn a_store_that_panics_is_503() {
    for panicking in [
        over(store_fn(|_: PresentedToken| -> std::future::Ready<Result<Option<TokenInfo>, StoreError>> {
            panic!("at once")
        })),
        over(after(async || panic!("when polled"))),
        over(after(async || {
            tokio::task::yield_now().await;
            panic!("later")
        })),
    ] {
        let (answer, error) = send(&panicking, bearer(GOOD)).await;
        unavailable(&answer);
        assert_eq!(error.unwrap().kind(), AuthErrorKind::StoreFailed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_503_after_a_second() {
    let begun = tokio::time::Instant::now();
    let (answer, error) = send(&over(after(pending)), bearer(GOOD)).await;
    unavailable(&answer);
    assert_eq!(error.unwrap().kind(), AuthErrorKind::StoreTimedOut);
    assert_eq!(begun.elapsed().as_millis() / 10, 100);
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_is_waited_for_as_long_as_it_may_take() {
    let slow = || after(|| tokio::time::sleep(Duration::from_millis(1_500)));
    assert_eq!(send(&over(slow()), bearer(GOOD)).await.1.unwrap().kind(), AuthErrorKind::StoreTimedOut);
    let (answer, _) = send(&over(slow()).with_store_timeout(Duration::from_secs(2)), bearer(GOOD)).await;
    assert_eq!(&*answer.body, b"Bearer user-7, sensitive");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_runs_out_while_the_store_is_asked_is_expired() {
    let clock = ManualClock::at_unix(NOW);
    let (told, until) = (clock.clone(), clock.now() + Duration::from_secs(1));
    let store = store_fn(move |_: PresentedToken| {
        let told = told.clone();
        async move {
            tokio::task::yield_now().await;
            told.advance(Duration::from_secs(1));
            Ok(Some(TokenInfo::new("user-7").with_expires_at(until)))
        }
    });
    let layer = BearerTokenLayer::new(store).with_clock(clock);
    assert_eq!(refusal(&layer, bearer(GOOD)).await.1, AuthErrorKind::TokenExpired);
}
