//! Tokens that are taken back.

use countersign_core::{TokenAdmin, TokenChange, TokenFilter, TokenInfo, TokenState, TokenStore};

use super::support::{add, add_many, digest, found, pages, revoke, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at, facts};

/// After `Ok` the revocation is there, for every handle, with its time and reason (rule 1), and touches no other token.
pub async fn a_revoked_token_says_when_and_why<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_one", &TokenInfo::new("ada").with_id("id-1")).await;
    add(&store, "tk_two", &TokenInfo::new("ada").with_id("id-2")).await;
    assert!(store.revoke_token("id-1", at(PAST), "lost").await.expect("the store answers"));
    for handle in [&store, &clone] {
        let found = found(handle, "tk_one").await;
        assert_eq!((found.revoked_at(), found.revoked_reason()), (Some(at(PAST)), Some("lost")));
        assert_eq!(found.subject(), "ada");
    }
    assert_eq!(found(&store, "tk_two").await.revoked_at(), None);
}

/// A second revocation is `false`; the first one's time and reason remain.
pub async fn a_second_revocation_changes_nothing<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    assert!(store.revoke_token("id-1", at(PAST), "lost").await.unwrap());
    for time in [PAST - 5, PAST, PAST + 5] {
        assert!(!store.revoke_token("id-1", at(time), "again").await.expect("a second revocation is an answer"));
    }
    let found = found(&store, "tk_secret").await;
    assert_eq!((found.revoked_at(), found.revoked_reason()), (Some(at(PAST)), Some("lost")));
}

/// To revoke what is not there is `false`, not an error.
pub async fn an_unknown_id_is_not_revoked<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada")).await;
    for id in ["id-1", "", "ada", "tk_secret", "NULL"] {
        assert!(!revoke(&store, id, at(PAST)).await, "{id:?} is nobody's id");
    }
    assert_eq!(found(&store, "tk_secret").await.revoked_at(), None);
}

/// An id like another's does not mean that other's token, whatever is asked for.
pub async fn ids_are_compared_byte_by_byte<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &whole("id-é")).await;
    let (time, change) = (at(PAST), TokenChange::new().with_note("another"));
    for id in ["ID-é", "id-É", "id-e\u{301}", "id-e", "id-é ", " id-é", "id-%", "id-_"] {
        assert!(store.token_by_id(id).await.expect("an answer").is_none(), "{id:?} is taken for another id");
        assert!(!store.update_token(id, &change, time).await.expect("an answer"), "{id:?} is taken for another id");
        let new = whole("id-new");
        let replaced = store.replace_token(id, time, &digest("tk_new"), &new).await.expect("an answer");
        assert!(!replaced, "{id:?} is taken for another id");
        assert!(!store.delete_token(id).await.expect("an answer"), "{id:?} is taken for another id");
        assert!(!revoke(&store, id, time).await, "{id:?} is taken for another id");
    }
    assert_eq!(facts(&found(&store, "tk_secret").await), facts(&whole("id-é")));
    assert!(revoke(&store, "id-é", time).await);
}

/// Of 64 callers who revoke the same token at once, one is told that it did.
pub async fn of_many_revocations_at_once_one_is_true<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        async move { (store.revoke_token("id-1", at(PAST), &index.to_string()).await, index.to_string()) }
    });
    let done = answers.await.into_iter().filter_map(|(done, reason)| done.expect("answered").then_some(reason));
    let done: Vec<_> = done.collect();
    assert_eq!(done.len(), 1, "{done:?} were all told that theirs was the one");
    assert_eq!(found(&store, "tk_secret").await.revoked_reason(), Some(&*done[0]));
}

/// Those that the filter picks are revoked and counted; what was revoked before keeps its time and reason, and the others
/// are left alone.
pub async fn many_tokens_are_revoked_in_one_call_and_counted<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    let ada = |id: &str| TokenInfo::new("ada").with_id(id);
    add(&store, "tk_good", &ada("id-1")).await;
    add(&store, "tk_over", &ada("id-2").with_expires_at(at(PAST - 9))).await;
    add(&store, "tk_gone", &ada("id-3").with_revoked_at(at(PAST - 5)).with_revoked_reason("stolen")).await;
    add(&store, "tk_eve", &TokenInfo::new("eve").with_id("id-4")).await;
    let of_ada = TokenFilter::all().with_subject("ada");
    for expected in [2, 0] {
        assert_eq!(store.revoke_tokens(&of_ada, at(PAST), "left").await.expect("the store answers"), expected);
    }
    let kept = [
        ("tk_good", Some(PAST), Some("left")),
        ("tk_over", Some(PAST), Some("left")),
        ("tk_gone", Some(PAST - 5), Some("stolen")),
        ("tk_eve", None, None),
    ];
    for (text, when, why) in kept {
        let info = found(&store, text).await;
        assert_eq!((info.revoked_at(), info.revoked_reason()), (when.map(at), why), "{text}");
    }
}

/// The whole filter counts, the state too.
pub async fn revoking_many_goes_by_the_whole_filter<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let token =
        |id: &str, client: &str| TokenInfo::new("ada").with_id(id).with_organisation("org").with_client_id(client);
    add(&store, "tk_hit", &token("id-1", "client").with_expires_at(at(PAST + 1))).await;
    add(&store, "tk_over", &token("id-2", "client").with_expires_at(at(PAST))).await;
    add(&store, "tk_other", &token("id-3", "other")).await;
    add(&store, "tk_loose", &TokenInfo::new("ada").with_id("id-4").with_client_id("client")).await;
    let filter = TokenFilter::all().with_subject("ada").with_organisation("org").with_client_id("client");
    let revoked = filter.clone().with_state(TokenState::Revoked, at(PAST));
    assert_eq!(store.revoke_tokens(&revoked, at(PAST), "left").await.expect("the store answers"), 0);
    let active = filter.with_state(TokenState::Active, at(PAST));
    assert_eq!(store.revoke_tokens(&active, at(PAST), "left").await.expect("the store answers"), 1);
    for (text, time) in [("tk_hit", Some(at(PAST))), ("tk_over", None), ("tk_other", None), ("tk_loose", None)] {
        assert_eq!(found(&store, text).await.revoked_at(), time, "{text}");
    }
}

/// There is no page of revocations: 1,001 tokens are revoked as well as one.
pub async fn more_than_1000_tokens_are_revoked_in_one_call<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    add_many(&store, 1001).await;
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(PAST), "leak").await.expect("the store answers"), 1001);
    let revoked = TokenFilter::all().with_state(TokenState::Revoked, at(PAST));
    assert_eq!(pages(&store, &revoked, 1000).await.len(), 1001);
}

/// Of 16 callers who revoke the same 32 tokens at once, each token is one caller's, and has that one's time and reason.
pub async fn of_many_who_revoke_many_each_token_counts_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    add_many(&store, 32).await;
    let answers = all_at_once(16, |index| {
        let store = store.clone();
        async move {
            let (time, reason) = (at(PAST + index as u64), index.to_string());
            (index, store.revoke_tokens(&TokenFilter::all(), time, &reason).await)
        }
    });
    let mut told = vec![0; 16];
    for (index, count) in answers.await {
        told[index] = count.expect("16 at once are answered");
    }
    assert_eq!(told.iter().sum::<u64>(), 32, "{told:?}");
    let mut own = vec![0; 16];
    for number in 0..32 {
        let info = found(&store, &format!("tk_{number:04}")).await;
        let index: usize = info.revoked_reason().expect("it is revoked").parse().unwrap();
        assert_eq!(info.revoked_at(), Some(at(PAST + index as u64)), "one caller's time and another's reason");
        own[index] += 1;
    }
    assert_eq!(own, told);
}
