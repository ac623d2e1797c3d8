//! Tokens that are added, and found again.

use std::time::Duration;

use countersign_core::{
    Scope, TokenAdmin, TokenChange, TokenFilter, TokenFormat, TokenInfo, TokenStore, TokenUse, issue_token,
    rotate_token,
};

use super::support::{add, by_id, digest, found, is_known, revoke, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, at_nanos, facts, is_cut_off_at_most, named};

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

/// The id finds the token, for every handle, with all that is known of it.
pub async fn a_token_is_found_by_its_id<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_one", &whole("id-1")).await;
    add(&store, "tk_two", &TokenInfo::new("eve").with_id("id-2")).await;
    for handle in [&store, &clone] {
        assert_eq!(facts(&by_id(handle, "id-1").await), facts(&whole("id-1")));
        assert_eq!(by_id(handle, "id-2").await.subject(), "eve");
    }
    for id in ["id-3", "", "ada", "tk_one", "id-", "NULL"] {
        assert!(store.token_by_id(id).await.expect("no such token is an answer").is_none(), "{id:?} is nobody's id");
    }
}

/// [`rotate_token`] works with the store.
pub async fn a_rotated_token_is_followed_by_another<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_one", &whole("id-1")).await;
    let (format, hour) = (TokenFormat::new("tk").unwrap(), Duration::from_secs(3600));
    let rotated = rotate_token(&store, "id-1", &format, hour, at(PAST)).await.expect("rotated").expect("it is there");
    let new = store.token(&rotated.token).await.expect("the store answers").expect("the new token is known");
    assert_eq!(facts(&new), facts(&rotated.info));
    assert_eq!(found(&store, "tk_one").await.expires_at(), Some(at(PAST) + hour));
    assert!(rotate_token(&store, "id-9", &format, hour, at(PAST)).await.expect("an answer").is_none());
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
        .with_format("prefix_checksum")
        .with_last_four("wxyz")
        .with_created_at(at(PAST))
        .with_updated_at(at(PAST + 3))
        .with_last_used_at(at(PAST + 4))
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
    assert_eq!(facts(&found(&store, "tk_absent").await), facts(&named("tk_absent", &absent)));
    assert_eq!(facts(&found(&store, "tk_empty").await), facts(&empty));
}

/// Every time of a token is kept to the microsecond at least and never rounded up, whichever call sets it.
pub async fn times_of_a_token_are_not_rounded_up<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let time = |second| at_nanos(PAST + second, 999_999_999);
    let cut_off = |what: &str, found, put| {
        assert!(is_cut_off_at_most(found, put), "{what}: {put:?} became {found:?}");
    };
    let info = TokenInfo::new("ada").with_created_at(time(1)).with_updated_at(time(2)).with_last_used_at(time(3));
    let info = info.with_not_before(time(4)).with_expires_at(time(5));
    add(&store, "tk_added", &info.clone().with_id("id-1").with_revoked_at(time(6))).await;
    let token = found(&store, "tk_added").await;
    cut_off("created", token.created_at(), time(1));
    cut_off("updated", token.updated_at(), time(2));
    cut_off("last used", token.last_used_at(), time(3));
    cut_off("not before", token.not_before(), time(4));
    cut_off("expires", token.expires_at(), time(5));
    cut_off("revoked", token.revoked_at(), time(6));

    add(&store, "tk_changed", &info.clone().with_id("id-2")).await;
    let (used, change) = (digest("tk_changed"), TokenChange::new().with_expires_at(time(7)));
    assert!(store.update_token("id-2", &change, time(8)).await.expect("updated"));
    store.record_use(&[TokenUse { digest: used, at: time(9) }]).await.expect("recorded");
    assert!(revoke(&store, "id-2", time(10)).await);
    let token = found(&store, "tk_changed").await;
    cut_off("changed expiry", token.expires_at(), time(7));
    cut_off("time of change", token.updated_at(), time(8));
    cut_off("recorded use", token.last_used_at(), time(9));
    cut_off("time of revocation", token.revoked_at(), time(10));

    add(&store, "tk_replaced", &info.with_id("id-3")).await;
    let successor = TokenInfo::new("ada").with_id("id-4");
    let until = at_nanos(PAST + 4, 999_999_999);
    assert!(store.replace_token("id-3", until, &digest("tk_new"), &successor).await.expect("replaced"));
    cut_off("end of a replaced token", found(&store, "tk_replaced").await.expires_at(), until);
    assert_eq!(
        store.revoke_tokens(&TokenFilter::all().with_subject("ada"), time(11), "lost").await.expect("revoked"),
        2
    );
    cut_off("time of a revocation of many", found(&store, "tk_new").await.revoked_at(), time(11));
}

/// A token that is there already is not replaced.
pub async fn a_duplicate_digest_is_an_error<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    let again = TokenInfo::new("eve").with_id("id-2");
    assert!(store.add_token(&digest("tk_secret"), &again).await.is_err());
    assert_eq!(found(&store, "tk_secret").await.subject(), "ada");
    assert!(!revoke(&store, "id-2", at(PAST)).await, "the refused token has left its id behind");
}

/// Nor is one of the same id: an administrator who revokes by id must know what is meant.
pub async fn a_duplicate_id_is_an_error<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_one", &TokenInfo::new("ada").with_id("id-1")).await;
    let again = TokenInfo::new("eve").with_id("id-1");
    assert!(store.add_token(&digest("tk_two"), &again).await.is_err());
    assert!(!is_known(&store, "tk_two").await, "the refused token is there");
    assert!(revoke(&store, "id-1", at(PAST)).await);
    assert!(found(&store, "tk_one").await.revoked_at().is_some());
}

/// A token that nobody could ever revoke is not kept.
pub async fn a_token_without_id_is_an_error<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert!(store.add_token(&digest("tk_secret"), &TokenInfo::new("ada")).await.is_err());
    assert!(!is_known(&store, "tk_secret").await, "the refused token is there");
}

/// Of 64 callers who add the same token at once, one succeeds, and it is that one's token.
pub async fn of_many_equal_tokens_at_once_one_is_added<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        let info = TokenInfo::new(index.to_string()).with_id(format!("id-{index}"));
        async move { (store.add_token(&digest("tk_secret"), &info).await.is_ok(), index) }
    });
    let added: Vec<_> = answers.await.into_iter().filter_map(|(added, index)| added.then_some(index)).collect();
    assert_eq!(added.len(), 1, "{added:?} were all told that theirs was stored");
    assert_eq!(found(&store, "tk_secret").await.subject(), added[0].to_string());
}
