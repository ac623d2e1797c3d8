//! When the cache may be used: while a subscription to invalidations stands.

use std::future::Future as _;
use std::time::Duration;

use countersign::{BearerTokenLayer, Invalidation, Link, TokenAdmin as _};
use tokio::time::{Instant, sleep};

use crate::source::{Scripted, Told};
use crate::support::*;

fn supervised() -> (Counted, Scripted, BearerTokenLayer) {
    let (store, source) = (tokens(), Scripted::new());
    let layer = layer(&store, &clock()).with_invalidations(source.clone());
    (store, source, layer)
}

/// How often the store is asked by two requests with the same token: 0 when it was kept before, 1 when it is kept now, 2
/// when nothing is kept.
async fn asked_by_two(store: &Counted, layer: &BearerTokenLayer) -> usize {
    assert_eq!((ask(layer, "good").await, ask(layer, "good").await), (ada(), ada()));
    store.asked()
}

async fn tell(source: &Scripted, what: Told) {
    source.tell(what);
    settle().await;
}

/// Sends a request, so that there is a subscription, and connects it.
async fn connect(source: &Scripted, layer: &BearerTokenLayer, store: &Counted, link: Link) {
    let _ = ask(layer, "other").await;
    settle().await;
    tell(source, Told::Connect(link)).await;
    let _ = store.asked();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_until_the_subscription_stands() {
    let (store, source, layer) = supervised();
    assert_eq!(source.attempts(), 0, "no request, no task");
    for _ in 0..3 {
        assert_eq!(asked_by_two(&store, &layer).await, 2);
        settle().await;
        assert_eq!((source.attempts(), source.going()), (1, 1));
    }
    tell(&source, Told::Connect(Link::Remote)).await;
    assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_subscription_empties_the_cache_and_puts_it_out_of_use_until_the_next_one_stands() {
    for breaking in [|| Told::Fail, || Told::Panic] {
        let (store, source, layer) = supervised();
        connect(&source, &layer, &store, Link::Remote).await;
        assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
        tell(&source, breaking()).await;
        assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [2, 2]);
        // What nobody told meanwhile.
        store.memory.revoke_token("id-of-good", at(NOW), "lost").await.unwrap();
        sleep(Duration::from_millis(250)).await;
        settle().await;
        assert_eq!(source.attempts(), 2);
        tell(&source, Told::Connect(Link::Remote)).await;
        assert!(ask(&layer, "good").await.is_err());
        assert!(ask(&layer, "good").await.is_err());
        assert_eq!(store.asked(), 1, "in use again, and empty at first");
    }
}

#[tokio::test(start_paused = true)]
async fn a_remote_subscription_that_is_silent_for_three_seconds_is_broken() {
    let (store, source, layer) = supervised();
    connect(&source, &layer, &store, Link::Remote).await;
    for _ in 0..10 {
        sleep(Duration::from_millis(2_900)).await;
        tell(&source, Told::Heartbeat).await;
    }
    assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
    // What is told is no sign of life from the other end: this process may have told it to itself.
    sleep(Duration::from_millis(2_900)).await;
    tell(&source, Told::Invalidate(Invalidation::Token(digest("other")))).await;
    assert_eq!(asked_by_two(&store, &layer).await, 0);
    sleep(Duration::from_millis(100)).await;
    settle().await;
    assert_eq!((asked_by_two(&store, &layer).await, source.going()), (2, 0));
    sleep(Duration::from_millis(250)).await;
    settle().await;
    assert_eq!((source.attempts(), source.going()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn silence_is_noticed_also_where_another_task_connects() {
    let (store, source, layer) = supervised();
    let _ = ask(&layer, "other").await;
    settle().await;
    source.last_sink().connected(Link::Remote);
    let _ = store.asked();
    sleep(Duration::from_millis(2_900)).await;
    assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
    sleep(Duration::from_millis(100)).await;
    settle().await;
    assert_eq!(asked_by_two(&store, &layer).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_within_the_process_has_no_heartbeat() {
    let (store, source, layer) = supervised();
    connect(&source, &layer, &store, Link::InProcess).await;
    assert_eq!(asked_by_two(&store, &layer).await, 1);
    sleep(Duration::from_secs(24 * 60 * 60)).await;
    assert_eq!((asked_by_two(&store, &layer).await, source.attempts()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn subscribing_may_take_ten_seconds() {
    let (store, source, layer) = supervised();
    let _ = ask(&layer, "other").await;
    sleep(Duration::from_millis(9_900)).await;
    settle().await;
    assert_eq!(source.going(), 1);
    sleep(Duration::from_millis(100)).await;
    settle().await;
    assert_eq!(source.going(), 0);
    sleep(Duration::from_millis(250)).await;
    settle().await;
    assert_eq!((source.attempts(), source.going()), (2, 1));
    // The clock of the second attempt does not run on once it is connected.
    sleep(Duration::from_secs(9)).await;
    tell(&source, Told::Connect(Link::Remote)).await;
    sleep(Duration::from_secs(2)).await;
    let _ = store.asked();
    assert_eq!(asked_by_two(&store, &layer).await, 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_begun_anew_less_and_less_often_while_it_fails() {
    let (_, source, layer) = supervised();
    let _ = ask(&layer, "other").await;
    settle().await;
    for (attempt, pause) in [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000].into_iter().enumerate() {
        assert_eq!(source.attempts(), attempt + 1);
        tell(&source, Told::Fail).await;
        sleep(Duration::from_millis(pause - 1)).await;
        settle().await;
        assert_eq!(source.attempts(), attempt + 1, "not before {pause} ms");
        sleep(Duration::from_millis(1)).await;
        settle().await;
    }
    // One that stood begins at the beginning.
    tell(&source, Told::Connect(Link::Remote)).await;
    let begun = Instant::now();
    tell(&source, Told::Fail).await;
    while source.going() == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(begun.elapsed().as_millis() / 10, 25);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_was_given_up_is_not_believed() {
    let (store, source, layer) = supervised();
    connect(&source, &layer, &store, Link::Remote).await;
    let old = source.last_sink();
    tell(&source, Told::Fail).await;
    old.connected(Link::InProcess);
    old.heartbeat();
    assert_eq!(asked_by_two(&store, &layer).await, 2, "still out of use");
    sleep(Duration::from_millis(250)).await;
    settle().await;
    tell(&source, Told::Connect(Link::Remote)).await;
    assert_eq!(asked_by_two(&store, &layer).await, 1);
    // It may say too much, never too little.
    old.invalidate(&Invalidation::Everything);
    assert_eq!(asked_by_two(&store, &layer).await, 1);
    // Nor does its heart beat for the new one.
    for _ in 0..3 {
        sleep(Duration::from_secs(1)).await;
        old.heartbeat();
    }
    settle().await;
    assert_eq!(asked_by_two(&store, &layer).await, 2);
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_handle() {
    let (store, source, layer) = supervised();
    let service = tower::Layer::layer(&layer, ());
    let authenticator = layer.authenticator().clone();
    connect(&source, &layer, &store, Link::Remote).await;
    for _ in 0..5 {
        tell(&source, Told::Heartbeat).await;
    }
    drop(layer);
    settle().await;
    assert_eq!(source.going(), 1);
    drop(service);
    settle().await;
    assert_eq!(source.going(), 1);
    drop(authenticator);
    settle().await;
    assert_eq!((source.going(), source.attempts()), (0, 1));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(source.attempts(), 1);
}

#[test]
fn when_the_runtime_ends_the_cache_is_out_of_use_until_the_next_one() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (store, source, layer) = supervised();
    let first = runtime();
    first.block_on(async {
        connect(&source, &layer, &store, Link::InProcess).await;
        assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
    });
    drop(first);
    assert_eq!(source.going(), 0);
    let second = runtime();
    second.block_on(async {
        assert_eq!(asked_by_two(&store, &layer).await, 2);
        settle().await;
        assert_eq!(source.attempts(), 2);
        tell(&source, Told::Connect(Link::InProcess)).await;
        assert_eq!([asked_by_two(&store, &layer).await, asked_by_two(&store, &layer).await], [1, 0]);
    });
}

#[test]
fn without_a_runtime_nothing_is_kept() {
    let (store, source, layer) = supervised();
    for _ in 0..3 {
        let asked = std::pin::pin!(ask(&layer, "good"));
        let asked = asked.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert_eq!(asked, std::task::Poll::Ready(ada()));
    }
    assert_eq!((store.asked(), source.attempts()), (3, 0));
}
