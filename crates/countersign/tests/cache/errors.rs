//! Stores that cannot answer: nothing of that is kept, and nothing that is over is revived, unless by name.

use countersign::AuthErrorKind::{StoreFailed, StoreTimedOut, TokenExpired, TokenRevoked, UnknownToken};
use countersign::cache::CacheConfig;
use countersign::{BearerTokenLayer, ManualClock, TokenAdmin as _};

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn an_error_is_kept_neither_as_yes_nor_as_no() {
    for (mood, kind) in [(Mood::Fail, StoreFailed), (Mood::Panic, StoreFailed), (Mood::Hang, StoreTimedOut)] {
        let (store, clock) = (tokens(), clock());
        let layer = layer(&store, &clock);
        for (token, expected) in [("good", ada()), ("revoked", Err(TokenRevoked)), ("unknown", Err(UnknownToken))] {
            store.be(mood);
            assert_eq!(ask(&layer, token).await, Err(kind));
            store.be(Mood::Answer);
            assert_eq!(ask(&layer, token).await, expected);
            assert_eq!(store.asked(), 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_revived_while_the_store_fails() {
    for (mood, kind) in [(Mood::Fail, StoreFailed), (Mood::Panic, StoreFailed), (Mood::Hang, StoreTimedOut)] {
        let (store, clock) = (tokens(), clock());
        let layer = layer(&store, &clock);
        let _ = (ask(&layer, "good").await, ask(&layer, "revoked").await, ask(&layer, "unknown").await);
        store.be(mood);
        assert_eq!(ask(&layer, "good").await, ada());
        clock.advance(60 * SECOND);
        for token in ["good", "revoked", "unknown"] {
            assert_eq!(ask(&layer, token).await, Err(kind), "{token}");
        }
    }
}

fn stale(store: &Counted, clock: &ManualClock) -> BearerTokenLayer {
    configured(store, clock, CacheConfig::new().with_insecure_stale_if_error(30 * SECOND))
}

#[tokio::test(start_paused = true)]
async fn by_name_alone_what_was_admitted_goes_on_for_a_while() {
    for (mood, kind) in [(Mood::Fail, StoreFailed), (Mood::Panic, StoreFailed), (Mood::Hang, StoreTimedOut)] {
        let (store, clock) = (tokens(), clock());
        let layer = stale(&store, &clock);
        let _ = (ask(&layer, "good").await, ask(&layer, "revoked").await, ask(&layer, "unknown").await);
        store.be(mood);
        clock.advance(60 * SECOND);
        assert_eq!(ask(&layer, "good").await, ada());
        for token in ["revoked", "unknown", "other"] {
            assert_eq!(ask(&layer, token).await, Err(kind), "{token} was never admitted");
        }
        clock.advance(30 * SECOND);
        assert_eq!(ask(&layer, "good").await, Err(kind));
    }
}

#[tokio::test]
async fn what_is_known_to_be_over_is_not_revived_even_so() {
    let (store, clock) = (tokens(), clock());
    let layer = stale(&store, &clock);
    let _ = (ask(&layer, "good").await, ask(&layer, "other").await, ask(&layer, "expires-in-10").await);
    store.memory.revoke_token("id-of-good", at(NOW), "lost").await.unwrap();
    store.memory.delete_token("id-of-other").await.unwrap();
    clock.advance(60 * SECOND);
    assert_eq!(ask(&layer, "good").await, Err(TokenRevoked));
    assert_eq!(ask(&layer, "other").await, Err(UnknownToken));
    store.be(Mood::Fail);
    clock.advance(10 * SECOND);
    for token in ["good", "other"] {
        assert_eq!(ask(&layer, token).await, Err(StoreFailed), "{token}");
    }
    clock.set(at(NOW + 11));
    assert_eq!(ask(&layer, "expires-in-10").await, Err(TokenExpired));
}
