//! What is told to be out of date is forgotten, also where an answer is still on its way.

use countersign::AuthErrorKind::{TokenRevoked, UnknownToken};
use countersign::cache::CacheConfig;
use countersign::{
    BearerTokenLayer, Invalidation, Link, TokenAdmin as _, TokenChange, TokenFilter, TokenFormat, TokenInfo,
    issue_token, rotate_token,
};

use crate::source::{Scripted, Told};
use crate::support::*;

/// A layer whose cache the store in memory tells, and is in use.
async fn told() -> (Counted, BearerTokenLayer) {
    let store = tokens();
    let layer = layer(&store, &clock()).with_invalidations(store.memory.clone());
    in_use(&store, &layer).await;
    (store, layer)
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_the_very_next_request() {
    let (store, layer) = told().await;
    assert_eq!((ask(&layer, "good").await, store.asked()), (ada(), 0));
    assert!(store.memory.revoke_token("id-of-good", at(NOW), "lost").await.unwrap());
    assert_eq!(ask(&layer, "good").await, Err(TokenRevoked));
}

#[tokio::test]
async fn every_change_is_known_to_the_very_next_request() {
    let (store, layer) = told().await;
    let memory = &store.memory;
    // Added after it was asked for: what did not exist is forgotten too.
    for _ in 0..2 {
        assert_eq!(ask(&layer, "new").await, Err(UnknownToken));
    }
    assert_eq!(store.asked(), 1);
    memory.add_token(&digest("new"), &TokenInfo::new("ada").with_id("id-of-new")).await.unwrap();
    assert_eq!(ask(&layer, "new").await, ada());
    // Changed.
    memory.update_token("id-of-new", &TokenChange::new().with_expires_at(at(NOW)), at(NOW)).await.unwrap();
    assert!(ask(&layer, "new").await.is_err());
    // Deleted.
    assert_eq!(ask(&layer, "other").await, ada());
    memory.delete_token("id-of-other").await.unwrap();
    assert_eq!(ask(&layer, "other").await, Err(UnknownToken));
    // Replaced.
    let issued = issue_token(memory, &TokenFormat::new("tk").unwrap(), TokenInfo::new("ada"), at(NOW)).await.unwrap();
    let text = issued.token.expose_secret().to_owned();
    assert_eq!(ask(&layer, &text).await, ada());
    let format = TokenFormat::new("tk").unwrap();
    rotate_token(memory, issued.info.id().unwrap(), &format, std::time::Duration::ZERO, at(NOW)).await.unwrap();
    assert!(ask(&layer, &text).await.is_err());
    // Revoked with all others, and pruned.
    assert_eq!(ask(&layer, "good").await, ada());
    memory.revoke_tokens(&TokenFilter::all(), at(NOW), "all").await.unwrap();
    assert_eq!(ask(&layer, "good").await, Err(TokenRevoked));
    memory.prune_tokens(at(NOW + 1)).await.unwrap();
    assert_eq!(ask(&layer, "good").await, Err(UnknownToken));
}

#[tokio::test]
async fn without_invalidations_it_is_admitted_until_its_time_is_over() {
    let (store, clock) = (tokens(), clock());
    let layer = layer(&store, &clock);
    assert_eq!(ask(&layer, "good").await, ada());
    store.memory.revoke_token("id-of-good", at(NOW), "lost").await.unwrap();
    clock.advance(59 * SECOND);
    assert_eq!(ask(&layer, "good").await, ada(), "as is documented; or the tests above would say nothing");
    clock.advance(SECOND);
    assert_eq!(ask(&layer, "good").await, Err(TokenRevoked));
}

#[tokio::test]
async fn an_answer_that_a_revocation_overtook_is_given_but_not_kept_nor_shared() {
    let (store, layer) = told().await;
    store.memory.add_token(&digest("new"), &TokenInfo::new("ada").with_id("id-of-new")).await.unwrap();
    store.be(Mood::Hold);
    let spawn = || {
        let layer = layer.clone();
        tokio::spawn(async move { ask(&layer, "new").await })
    };
    let before = [spawn(), spawn()];
    settle().await;
    store.memory.revoke_token("id-of-new", at(NOW), "lost").await.unwrap();
    let after = [spawn(), spawn()];
    settle().await;
    assert_eq!(store.asked(), 2, "whoever comes after the revocation asks anew");
    store.release(2);
    for asking in before {
        assert_eq!(asking.await.unwrap(), ada(), "the store was asked before");
    }
    for asking in after {
        assert_eq!(asking.await.unwrap(), Err(TokenRevoked));
    }
    assert_eq!((ask(&layer, "new").await, store.asked()), (Err(TokenRevoked), 0));
}

#[tokio::test]
async fn an_old_answer_that_comes_last_is_not_kept_either() {
    let (store, layer) = told().await;
    store.memory.add_token(&digest("new"), &TokenInfo::new("ada").with_id("id-of-new")).await.unwrap();
    store.be(Mood::Hold);
    let before = tokio::spawn({
        let layer = layer.clone();
        async move { ask(&layer, "new").await }
    });
    settle().await;
    store.memory.revoke_token("id-of-new", at(NOW), "lost").await.unwrap();
    store.be(Mood::Answer);
    assert_eq!(ask(&layer, "new").await, Err(TokenRevoked));
    store.release(1);
    assert_eq!(before.await.unwrap(), ada());
    assert_eq!(ask(&layer, "new").await, Err(TokenRevoked));
}

#[tokio::test(start_paused = true)]
async fn everything_is_forgotten_at_once() {
    let (store, source) = (tokens(), Scripted::new());
    let layer = layer(&store, &clock()).with_invalidations(source.clone());
    let _ = ask(&layer, "good").await;
    settle().await;
    source.tell(Told::Connect(Link::InProcess));
    settle().await;
    let all = async || {
        for token in ["good", "revoked", "unknown"] {
            let _ = ask(&layer, token).await;
        }
        store.asked()
    };
    let _ = all().await;
    assert_eq!(all().await, 0);
    // Keys are no tokens.
    source.tell(Told::Invalidate(Invalidation::Key("good".parse().unwrap())));
    settle().await;
    assert_eq!(all().await, 0);
    source.tell(Told::Invalidate(Invalidation::Token(digest("good"))));
    settle().await;
    assert_eq!(all().await, 1);
    source.tell(Told::Invalidate(Invalidation::Everything));
    settle().await;
    assert_eq!(all().await, 3);
}

#[tokio::test]
async fn the_options_may_come_in_any_order_and_clones_share_what_is_kept() {
    let store = tokens();
    let layer =
        BearerTokenLayer::new(store.clone()).with_invalidations(store.memory.clone()).with_cache(CacheConfig::new());
    let clone = layer.clone();
    in_use(&store, &layer).await;
    assert_eq!((ask(&clone, "good").await, store.asked()), (ada(), 0));
    store.memory.revoke_token("id-of-good", at(NOW), "lost").await.unwrap();
    assert_eq!((ask(&clone, "good").await, ask(&layer, "good").await), (Err(TokenRevoked), Err(TokenRevoked)));
}
