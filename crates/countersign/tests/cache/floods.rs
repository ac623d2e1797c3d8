//! Strangers who try many tokens displace nobody, and trouble the store no more than they must.

use countersign::AuthErrorKind::{TokenRevoked, UnknownToken};
use countersign::cache::CacheConfig;
use countersign::{MemoryStore, TokenInfo};

use crate::support::*;

const ROOM: usize = 1_000;

fn known() -> Counted {
    let store = (0..500).fold(MemoryStore::new(), |store, number| {
        let info = TokenInfo::new("ada");
        let revoked = info.clone().with_revoked_at(at(NOW));
        store.with_token(&format!("good-{number}"), info).with_token(&format!("revoked-{number}"), revoked)
    });
    Counted::new(store)
}

#[tokio::test]
async fn a_flood_of_unknown_tokens_displaces_nothing_that_exists() {
    let store = known();
    let layer = configured(&store, &clock(), CacheConfig::new().with_capacity(ROOM));
    let all_known = async || {
        for number in 0..500 {
            assert_eq!(ask(&layer, &format!("good-{number}")).await, ada());
            assert_eq!(ask(&layer, &format!("revoked-{number}")).await, Err(TokenRevoked));
        }
        store.asked()
    };
    assert_eq!(all_known().await, 1_000);
    for number in 0..20 * ROOM {
        assert_eq!(ask(&layer, &format!("unknown-{number}")).await, Err(UnknownToken));
    }
    assert_eq!(store.asked(), 20 * ROOM, "each of them once");
    assert_eq!(all_known().await, 0);
}

#[tokio::test]
async fn an_unknown_token_that_is_tried_again_and_again_is_looked_up_once() {
    let store = known();
    let layer = configured(&store, &clock(), CacheConfig::new().with_capacity(ROOM));
    for _ in 0..100 {
        for number in 0..100 {
            assert_eq!(ask(&layer, &format!("unknown-{number}")).await, Err(UnknownToken));
        }
    }
    assert_eq!(store.asked(), 100);
}

#[tokio::test]
async fn a_flood_of_revoked_tokens_displaces_no_good_one() {
    let store = known();
    let layer = configured(&store, &clock(), CacheConfig::new().with_capacity(50));
    for _ in 0..2 {
        for number in 0..10 {
            assert_eq!(ask(&layer, &format!("good-{number}")).await, ada());
        }
    }
    assert_eq!(store.asked(), 10);
    for number in 0..500 {
        assert_eq!(ask(&layer, &format!("revoked-{number}")).await, Err(TokenRevoked));
    }
    let _ = store.asked();
    for number in 0..10 {
        assert_eq!(ask(&layer, &format!("good-{number}")).await, ada());
    }
    assert_eq!(store.asked(), 0);
}
