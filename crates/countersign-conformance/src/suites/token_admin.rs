//! What every `TokenAdmin` must do; it is a `TokenStore` too, so that one sees what it did.

use countersign_core::{PresentedToken, Scope, TokenAdmin, TokenFormat, TokenInfo, TokenStore, issue_token};

use crate::concurrency::{all_at_once, drop_at_every_poll};
use crate::sample::{FUTURE, PAST, at, at_nanos, facts, is_cut_off_at_most};
use crate::{Breakable, Case, Durable, Harness};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin breakable __list {})
}

/// The cases for stores whose contents outlive them.
#[must_use]
pub fn durable_cases<H: Durable<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin durable __list {})
}

/// After `Ok` the token is there, for every handle (rule 1).
pub async fn an_added_token_is_found_at_once<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_secret", &TokenInfo::new("ada")).await;
    assert_eq!(found(&store, "tk_secret").await.subject(), "ada");
    assert_eq!(found(&clone, "tk_secret").await.subject(), "ada");
}

/// [`issue_token`] works with the store.
pub async fn an_issued_token_is_found<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let format = TokenFormat::new("tk").unwrap();
    let issued = issue_token(&store, &format, TokenInfo::new("ada"), at(PAST)).await.expect("issued");
    let found = store.token(&issued.token).await.expect("the store answers").expect("the token is known");
    assert_eq!(facts(&found), facts(&issued.info));
    assert!(found.id().is_some(), "a token is issued with an id");
}

/// All that is known of a token comes back, the application's own value excepted.
pub async fn every_fact_comes_back<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let info = TokenInfo::new("ada's \"own\"; -- 🔑")
        .with_id("id-1")
        .with_client_id("client %_\\")
        .with_organisation("org é")
        .with_scope(Scope::new(["b", "a"]).unwrap())
        .with_note(" two\nlines ")
        .with_format(TokenFormat::ID)
        .with_last_four("wxyz")
        .with_created_at(at(PAST))
        .with_not_before(at(PAST + 1))
        .with_expires_at(at(FUTURE))
        .with_revoked_at(at(PAST + 2))
        .with_revoked_reason("lost 'it'");
    add(&store, "tk_secret", &info).await;
    assert_eq!(facts(&found(&store, "tk_secret").await), facts(&info));
}

/// `None` and the empty text are two facts: a token of no organisation reaches all of them.
pub async fn an_absent_fact_is_not_an_empty_one<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let absent = TokenInfo::new("ada");
    let empty = TokenInfo::new("")
        .with_id("")
        .with_client_id("")
        .with_organisation("")
        .with_note("")
        .with_format("")
        .with_last_four("")
        .with_revoked_reason("");
    add(&store, "tk_absent", &absent).await;
    add(&store, "tk_empty", &empty).await;
    assert_eq!(facts(&found(&store, "tk_absent").await), facts(&absent));
    assert_eq!(facts(&found(&store, "tk_empty").await), facts(&empty));
}

/// Every time of a token is kept to the microsecond at least and never rounded up, that of its revocation too.
pub async fn times_of_a_token_are_not_rounded_up<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let [created, start, revoked] = [1, 2, 3].map(|second| at_nanos(PAST + second, 999_999_999));
    let end = at_nanos(FUTURE, 999_999_999);
    let info = TokenInfo::new("ada").with_id("id-1").with_created_at(created).with_not_before(start);
    add(&store, "tk_secret", &info.with_expires_at(end)).await;
    assert!(revoke(&store, "id-1", revoked).await);
    let found = found(&store, "tk_secret").await;
    assert!(is_cut_off_at_most(found.created_at(), created), "created: {:?}", found.created_at());
    assert!(is_cut_off_at_most(found.not_before(), start), "not before: {:?}", found.not_before());
    assert!(is_cut_off_at_most(found.expires_at(), end), "expires: {:?}", found.expires_at());
    assert!(is_cut_off_at_most(found.revoked_at(), revoked), "revoked: {:?}", found.revoked_at());
}

/// A token that is there already is not replaced.
pub async fn a_duplicate_digest_is_an_error<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    let again = TokenInfo::new("eve").with_id("id-2");
    assert!(store.add_token(PresentedToken::new("tk_secret").digest(), &again).await.is_err());
    assert_eq!(found(&store, "tk_secret").await.subject(), "ada");
    assert!(!revoke(&store, "id-2", at(PAST)).await, "the refused token has left its id behind");
}

/// Nor is one of the same id: an administrator who revokes by id must know what is meant.
pub async fn a_duplicate_id_is_an_error<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_one", &TokenInfo::new("ada").with_id("id-1")).await;
    let again = TokenInfo::new("eve").with_id("id-1");
    assert!(store.add_token(PresentedToken::new("tk_two").digest(), &again).await.is_err());
    assert!(store.token(&PresentedToken::new("tk_two")).await.unwrap().is_none(), "the refused token is there");
    assert!(revoke(&store, "id-1", at(PAST)).await);
    assert!(found(&store, "tk_one").await.revoked_at().is_some());
}

/// No id is not an id that two tokens share.
pub async fn tokens_without_id_live_side_by_side<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for text in ["tk_one", "tk_two"] {
        add(&store, text, &TokenInfo::new(text)).await;
    }
    for text in ["tk_one", "tk_two"] {
        assert_eq!(found(&store, text).await.subject(), text);
    }
}

/// Of 64 callers who add the same token at once, one succeeds, and it is that one's token.
pub async fn of_many_equal_tokens_at_once_one_is_added<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        let info = TokenInfo::new(index.to_string()).with_id(format!("id-{index}"));
        async move { (store.add_token(PresentedToken::new("tk_secret").digest(), &info).await.is_ok(), index) }
    });
    let added: Vec<_> = answers.await.into_iter().filter_map(|(added, index)| added.then_some(index)).collect();
    assert_eq!(added.len(), 1, "{added:?} were all told that theirs was stored");
    assert_eq!(found(&store, "tk_secret").await.subject(), added[0].to_string());
}

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

/// An id like another's does not revoke that other's token.
pub async fn ids_are_compared_byte_by_byte<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-é")).await;
    for id in ["ID-é", "id-É", "id-e\u{301}", "id-e", "id-é ", " id-é", "id-%", "id-_"] {
        assert!(!revoke(&store, id, at(PAST)).await, "{id:?} is taken for another id");
    }
    assert!(revoke(&store, "id-é", at(PAST)).await);
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

/// The futures may be dropped at any await: the change is made or not, and the store remains usable.
pub async fn a_dropped_change_leaves_the_store_usable<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..8 {
        let (text, id) = (format!("tk_{round}"), format!("id-{round}"));
        let info = TokenInfo::new("ada").with_id(&*id);
        let token = PresentedToken::new(&text);
        drop_at_every_poll(|_| store.add_token(token.digest(), &info)).await;
        // An error says that the token is there: a dropped addition may still have been under way.
        let _ = store.add_token(token.digest(), &info).await;
        assert_eq!(found(&store, &text).await.revoked_at(), None);
        drop_at_every_poll(|_| store.revoke_token(&id, at(PAST), "lost")).await;
        let _ = store.revoke_token(&id, at(PAST), "lost").await.expect("the store is usable");
        assert_eq!(found(&store, &text).await.revoked_at(), Some(at(PAST)));
    }
}

/// What could not be stored is an error, never success (rule 2).
pub async fn a_broken_store_acknowledges_nothing<H: Breakable<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    add(&store, "tk_one", &TokenInfo::new("ada").with_id("id-1")).await;
    harness.break_store(&store, &guard).await;
    let added = store.add_token(PresentedToken::new("tk_two").digest(), &TokenInfo::new("eve")).await;
    assert!(added.is_err(), "nothing was stored");
    for id in ["id-1", "id-2"] {
        let revoked = store.revoke_token(id, at(PAST), "lost").await;
        assert!(revoked.is_err(), "nothing was revoked, nor looked up, but the answer was {revoked:?}");
    }
}

/// Acknowledged means durable (rule 1).
pub async fn what_was_acknowledged_is_there_after_reopening<H>(harness: &H)
where
    H: Durable<Store: TokenAdmin + TokenStore>,
{
    let (store, guard) = harness.open().await;
    add(&store, "tk_one", &TokenInfo::new("ada").with_id("id-1")).await;
    add(&store, "tk_two", &TokenInfo::new("ada").with_id("id-2")).await;
    assert!(revoke(&store, "id-1", at(PAST)).await);
    let store = harness.reopen(store, &guard).await;
    assert_eq!(found(&store, "tk_one").await.revoked_at(), Some(at(PAST)));
    assert_eq!(found(&store, "tk_two").await.revoked_at(), None);
}

async fn add(store: &impl TokenAdmin, text: &str, info: &TokenInfo) {
    store.add_token(PresentedToken::new(text).digest(), info).await.expect("the store adds a token");
}

async fn revoke(store: &impl TokenAdmin, id: &str, time: std::time::SystemTime) -> bool {
    store.revoke_token(id, time, "lost").await.expect("the store answers")
}

async fn found(store: &impl TokenStore, text: &str) -> TokenInfo {
    store.token(&PresentedToken::new(text)).await.expect("the store answers").expect("the token is known")
}
