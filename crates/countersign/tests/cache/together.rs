//! Requests that want to know the same ask once.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use countersign::AuthErrorKind::{StoreFailed, StoreTimedOut, TokenRevoked, UnknownToken};
use countersign::cache::CacheConfig;
use countersign::{AuthErrorKind, BearerTokenLayer};
use tokio::task::JoinHandle;

use crate::support::*;

type Asking = JoinHandle<Result<String, AuthErrorKind>>;

fn spawn(layer: &BearerTokenLayer, token: &'static str) -> Asking {
    let layer = layer.clone();
    tokio::spawn(async move { ask(&layer, token).await })
}

#[tokio::test]
async fn whoever_wants_to_know_the_same_at_once_asks_once() {
    for (token, expected) in [("good", ada()), ("revoked", Err(TokenRevoked)), ("unknown", Err(UnknownToken))] {
        let store = tokens();
        let layer = layer(&store, &clock());
        store.be(Mood::Hold);
        let asking: Vec<Asking> = (0..100).map(|_| spawn(&layer, token)).collect();
        let other = spawn(&layer, "other");
        settle().await;
        assert_eq!(store.asked(), 2, "once for {token}, once for the other");
        store.release(2);
        for asking in asking {
            assert_eq!(asking.await.unwrap(), expected);
        }
        assert_eq!((other.await.unwrap(), store.asked()), (ada(), 0));
    }
}

#[tokio::test]
async fn that_holds_also_where_nothing_is_kept() {
    let store = tokens();
    let layer = configured(&store, &clock(), CacheConfig::new().with_lifetime(Duration::ZERO));
    store.be(Mood::Hold);
    let asking: Vec<Asking> = (0..10).map(|_| spawn(&layer, "good")).collect();
    settle().await;
    store.release(1);
    for asking in asking {
        assert_eq!(asking.await.unwrap(), ada());
    }
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn without_a_cache_each_asks_for_itself() {
    let store = tokens();
    let layer = BearerTokenLayer::new(store.clone()).with_clock(clock());
    store.be(Mood::Hold);
    let asking: Vec<Asking> = (0..10).map(|_| spawn(&layer, "good")).collect();
    settle().await;
    assert_eq!(store.asked(), 10, "or the tests above would say nothing");
    store.release(10);
    for asking in asking {
        assert_eq!(asking.await.unwrap(), ada());
    }
}

#[tokio::test]
async fn an_error_is_everybodys_and_the_next_asks_anew() {
    for mood in [Mood::HoldAndFail, Mood::HoldAndPanic] {
        let store = tokens();
        let layer = layer(&store, &clock());
        store.be(mood);
        let asking: Vec<Asking> = (0..10).map(|_| spawn(&layer, "good")).collect();
        settle().await;
        store.release(1);
        for asking in asking {
            assert_eq!(asking.await.unwrap(), Err(StoreFailed));
        }
        assert_eq!(store.asked(), 1);
        store.be(Mood::Answer);
        assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 1));
    }
}

#[tokio::test]
async fn when_the_one_who_asks_is_gone_another_takes_over() {
    let store = tokens();
    let layer = layer(&store, &clock());
    store.be(Mood::Hold);
    let mut asking: Vec<Asking> = (0..5).map(|_| spawn(&layer, "good")).collect();
    settle().await;
    for gone in 1..=4 {
        assert_eq!(store.asked(), 1, "one at a time");
        asking.remove(0).abort();
        settle().await;
        assert_eq!(asking.len(), 5 - gone);
    }
    store.release(1);
    assert_eq!(asking.remove(0).await.unwrap(), ada());
    assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 1), "the last one asked, and it was kept");
}

#[tokio::test(start_paused = true)]
async fn each_waits_as_long_as_it_would_alone() {
    let store = tokens();
    let layer = layer(&store, &clock());
    store.be(Mood::Hang);
    let begun = tokio::time::Instant::now();
    let first = spawn(&layer, "good");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let second = spawn(&layer, "good");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let third = spawn(&layer, "good");
    assert_eq!(first.await.unwrap(), Err(StoreTimedOut));
    assert_eq!(begun.elapsed().as_millis() / 10, 100);
    settle().await;
    assert_eq!(store.asked(), 2, "the second asks anew");
    store.be(Mood::Answer);
    assert_eq!(second.await.unwrap(), Err(StoreTimedOut));
    assert_eq!(begun.elapsed().as_millis() / 10, 140);
    assert_eq!(third.await.unwrap(), ada());
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn nobody_waits_for_one_who_is_never_polled_longer_than_a_store_may_take() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    store.be(Mood::Hold);
    let mut forgotten = pin!(ask(&layer, "good"));
    assert!(forgotten.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    store.be(Mood::Answer);
    let waiting = spawn(&layer, "good");
    settle().await;
    assert!(!waiting.is_finished(), "it joined the one before");
    clock.advance(SECOND);
    assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 2));
    store.release(1);
    assert_eq!(forgotten.await, ada());
    assert_eq!(waiting.await.unwrap(), ada());
    assert_eq!(store.asked(), 0);
}

#[tokio::test]
async fn a_store_that_answers_at_once_is_not_waited_for() {
    let store = tokens();
    let layer = layer(&store, &clock());
    for _ in 0..2 {
        let asked = pin!(ask(&layer, "good")).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(asked, Poll::Ready(ada()));
    }
    assert_eq!(store.asked(), 1);
}
