//! Tokens that are deleted, and those that are pruned.

use std::time::Duration;

use countersign_core::{TokenAdmin, TokenFilter, TokenInfo, TokenStore};

use super::support::{add, add_many, by_id, digest, is_known, page, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at};

/// After `Ok` the token is gone, for every handle and every way to find it; the others remain.
pub async fn a_deleted_token_is_gone<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_one", &whole("id-1")).await;
    add(&store, "tk_two", &whole("id-2")).await;
    assert!(store.delete_token("id-1").await.expect("the store answers"));
    for handle in [&store, &clone] {
        assert!(!is_known(handle, "tk_one").await);
        assert!(handle.token_by_id("id-1").await.expect("the store answers").is_none());
        assert_eq!(page(handle, &TokenFilter::all(), None, 10).await, ["id-2"]);
        assert_eq!(page(handle, &TokenFilter::all().with_subject("ada"), None, 10).await, ["id-2"]);
        assert!(is_known(handle, "tk_two").await);
    }
    assert!(!store.delete_token("id-1").await.expect("the store answers"), "it is gone already");
}

/// To delete what is not there is `false`, not an error.
pub async fn an_unknown_id_is_not_deleted<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &whole("id-1")).await;
    for id in ["id-2", "", "ada", "tk_secret", "%"] {
        assert!(!store.delete_token(id).await.expect("no such token is an answer"), "{id:?} is nobody's id");
    }
    assert!(is_known(&store, "tk_secret").await);
}

/// Digest and id of a token that is gone are free.
pub async fn a_deleted_token_leaves_nothing_behind<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for note in ["one", "two"] {
        add(&store, "tk_secret", &whole("id-1").with_note(note)).await;
        assert!(store.delete_token("id-1").await.expect("the store answers"));
    }
    let bare = TokenInfo::new("eve").with_id("id-1");
    add(&store, "tk_secret", &bare).await;
    assert_eq!(by_id(&store, "id-1").await.note(), None);
    assert!(page(&store, &TokenFilter::all().with_subject("ada"), None, 10).await.is_empty());
}

/// Of 64 callers who delete the same token at once, one is told that it did.
pub async fn of_many_deletions_at_once_one_is_true<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &whole("id-1")).await;
    let answers = all_at_once(64, |_| {
        let store = store.clone();
        async move { store.delete_token("id-1").await.expect("64 at once are answered") }
    });
    assert_eq!(answers.await.into_iter().filter(|deleted| *deleted).count(), 1);
    assert!(!is_known(&store, "tk_secret").await);
}

/// What expired or was revoked before the given time goes, and nothing else: not what did so at that very time.
pub async fn pruning_goes_exactly_by_the_time<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let (before, microsecond) = (at(PAST), Duration::from_micros(1));
    let times = [None, Some(before - microsecond), Some(before), Some(before + microsecond)];
    let (mut all, mut kept) = (Vec::new(), Vec::new());
    for expires_at in times {
        for revoked_at in times {
            let id = format!("id-{:02}", all.len());
            let info = TokenInfo::new("ada").with_id(&*id).with_created_at(at(1)).with_not_before(at(1));
            let info = expires_at.into_iter().fold(info.with_last_used_at(at(1)), TokenInfo::with_expires_at);
            add(&store, &id, &revoked_at.into_iter().fold(info, TokenInfo::with_revoked_at)).await;
            if ![expires_at, revoked_at].into_iter().flatten().any(|time| time < before) {
                kept.insert(0, id.clone());
            }
            all.push(id);
        }
    }
    let gone = (all.len() - kept.len()) as u64;
    for expected in [gone, 0] {
        assert_eq!(store.prune_tokens(before).await.expect("the store answers"), expected);
    }
    assert_eq!(page(&store, &TokenFilter::all(), None, 100).await, kept);
    for id in &all {
        assert_eq!(is_known(&store, id).await, kept.contains(id), "{id}");
    }
}

/// Pruning has no page: 1,001 tokens go as well as one.
pub async fn more_than_1000_tokens_are_pruned_in_one_call<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add_many(&store, 1001).await;
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(PAST), "old").await.expect("revoked"), 1001);
    store.add_token(&digest("tk_kept"), &whole("id-kept")).await.expect("added");
    assert_eq!(store.prune_tokens(at(PAST + 1)).await.expect("the store answers"), 1001);
    assert_eq!(page(&store, &TokenFilter::all(), None, 10).await, ["id-kept"]);
}
