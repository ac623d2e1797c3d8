//! For how long what is kept counts.

use std::time::Duration;

use countersign::AuthErrorKind::{InsufficientScope, TokenExpired, TokenNotYetValid, TokenRevoked, UnknownToken};
use countersign::cache::CacheConfig;
use countersign::{Clock as _, RequiredScopes};

use crate::support::*;

#[tokio::test]
async fn each_kind_of_answer_is_kept_for_its_own_time_and_not_a_nanosecond_more() {
    let config = CacheConfig::new().with_refused_lifetime(7 * SECOND);
    for (token, expected, seconds) in
        [("good", ada(), 60), ("revoked", Err(TokenRevoked), 7), ("unknown", Err(UnknownToken), 5)]
    {
        let (store, clock) = (tokens(), clock());
        let layer = configured(&store, &clock, config);
        for (advance, asked) in
            [(0, 1), (0, 0), (seconds * 1_000_000_000 - 1, 0), (1, 1), (0, 0), (seconds * 1_000_000_000, 1)]
        {
            clock.advance(Duration::from_nanos(advance));
            assert_eq!(ask(&layer, token).await, expected, "{token}");
            assert_eq!(store.asked(), asked, "{token}, {advance} ns later");
        }
    }
}

#[tokio::test]
async fn a_lifetime_of_zero_means_to_ask_every_time() {
    let all = CacheConfig::new();
    for (token, config) in [
        ("good", all.with_lifetime(Duration::ZERO)),
        ("revoked", all.with_refused_lifetime(Duration::ZERO)),
        ("unknown", all.with_absent_lifetime(Duration::ZERO)),
    ] {
        let (store, clock) = (tokens(), clock());
        let layer = configured(&store, &clock, config);
        for other in ["good", "revoked", "unknown"] {
            let _ = (ask(&layer, other).await, ask(&layer, other).await);
            assert_eq!(store.asked(), if other == token { 2 } else { 1 }, "{other}, {token} is not kept");
        }
    }
}

#[tokio::test]
async fn no_room_at_all_means_to_ask_every_time() {
    let (store, clock) = (tokens(), clock());
    let layer = configured(&store, &clock, CacheConfig::new().with_capacity(0));
    for token in ["good", "revoked", "unknown"] {
        let _ = (ask(&layer, token).await, ask(&layer, token).await);
        assert_eq!(store.asked(), 2, "{token}");
    }
}

#[tokio::test]
async fn a_lifetime_may_be_as_long_as_anybody_can_say() {
    let (store, clock) = (tokens(), clock());
    let layer = configured(&store, &clock, CacheConfig::new().with_lifetime(Duration::MAX));
    assert_eq!(ask(&layer, "good").await, ada());
    clock.advance(Duration::from_secs(3_000_000_000));
    assert_eq!(ask(&layer, "good").await, ada());
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn nothing_is_kept_past_the_end_of_the_token() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    assert_eq!(ask(&layer, "expires-in-10").await, ada());
    clock.advance(10 * SECOND - Duration::from_nanos(1));
    assert_eq!((ask(&layer, "expires-in-10").await, store.asked()), (ada(), 1));
    clock.advance(Duration::from_nanos(1));
    assert_eq!((ask(&layer, "expires-in-10").await, store.asked()), (Err(TokenExpired), 1));
}

#[tokio::test]
async fn a_token_whose_time_comes_is_admitted_out_of_what_was_refused() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    for (advance, expected) in [(0, Err(TokenNotYetValid)), (1, Err(TokenNotYetValid)), (1, ada())] {
        clock.advance(advance * SECOND);
        assert_eq!(ask(&layer, "valid-in-2").await, expected);
    }
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn scopes_are_judged_again_by_whoever_shares_the_cache() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    let wanting = |scope: &str| layer.clone().with_scopes(RequiredScopes::all_of(scope.parse().unwrap()));
    assert_eq!(ask(&layer, "good").await, ada());
    assert_eq!(ask(&wanting("write"), "good").await, Err(InsufficientScope));
    assert_eq!(ask(&wanting("read"), "good").await, ada());
    assert_eq!(store.asked(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_prolongs_nothing() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    for token in ["good", "revoked", "unknown"] {
        clock.set(at(NOW));
        let before = (ask(&layer, token).await, store.asked());
        clock.set(at(NOW) - Duration::from_nanos(1));
        assert_eq!((ask(&layer, token).await, store.asked()), before, "asked anew");
        // And what was kept by the wrong time is gone by the right one.
        clock.set(at(NOW + 70));
        assert_eq!((ask(&layer, token).await, store.asked()), before, "asked anew");
    }
}

#[tokio::test]
async fn a_lifetime_begins_when_the_store_is_asked() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    store.be(Mood::Hold);
    let asking = tokio::spawn({
        let layer = layer.clone();
        async move { ask(&layer, "good").await }
    });
    settle().await;
    clock.advance(30 * SECOND);
    store.be(Mood::Answer);
    store.release(1);
    assert_eq!((asking.await.unwrap(), store.asked()), (ada(), 1));
    clock.advance(30 * SECOND - Duration::from_nanos(1));
    assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 0));
    clock.advance(Duration::from_nanos(1));
    assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 1));
    assert_eq!(clock.now(), at(NOW + 60));
}
