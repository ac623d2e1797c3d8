//! What other processes change and hear.

use countersign_core::{
    Invalidations, Link, PresentedToken, SecretAdmin, TokenAdmin, TokenChange, TokenFilter, TokenInfo,
};

use super::ear::{Listening, add, of_key, revoke, token};
use crate::Shared;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at, key, labelled};

/// What comes from another process comes over a connection, which can break.
pub async fn a_link_to_elsewhere_is_remote<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    for handle in [&store, &elsewhere] {
        let listening = Listening::to(handle).await;
        assert_eq!(listening.link(), Link::Remote);
        listening.hears_beats(2).await;
    }
}

/// Every kind of change of a token is told in other processes.
pub async fn tokens_changed_elsewhere_are_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    let listening = Listening::to(&store).await;
    let new = PresentedToken::new("tk_new");
    for text in ["tk_one", "tk_two", "tk_three"] {
        add(&elsewhere, text, TokenInfo::new("ada")).await;
        listening.hears(&token(text)).await;
    }

    listening.ear.forget();
    let change = TokenChange::new().with_note("desk");
    assert!(elsewhere.update_token("tk_one", &change, at(PAST)).await.expect("updated"));
    listening.hears(&token("tk_one")).await;

    listening.ear.forget();
    let info = TokenInfo::new("eve").with_id("tk_new");
    assert!(elsewhere.replace_token("tk_one", at(PAST), new.digest(), &info).await.expect("replaced"));
    listening.hears(&token("tk_one")).await;
    listening.hears(&token("tk_new")).await;

    listening.ear.forget();
    assert!(revoke(&elsewhere, "tk_one", at(PAST)).await);
    listening.hears(&token("tk_one")).await;

    listening.ear.forget();
    let of_ada = TokenFilter::all().with_subject("ada");
    assert_eq!(elsewhere.revoke_tokens(&of_ada, at(PAST + 5), "left").await.expect("revoked"), 2);
    listening.hears(&token("tk_two")).await;
    listening.hears(&token("tk_three")).await;

    listening.ear.forget();
    assert_eq!(elsewhere.prune_tokens(at(PAST + 1)).await.expect("pruned"), 1);
    listening.hears(&token("tk_one")).await;

    listening.ear.forget();
    assert!(elsewhere.delete_token("tk_two").await.expect("deleted"));
    listening.hears(&token("tk_two")).await;
}

/// A key whose secrets change is told in other processes.
pub async fn secrets_changed_elsewhere_are_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    let listening = Listening::to(&store).await;
    for name in ["key", "é \"key\" '🔑'\n", &"k".repeat(256)] {
        let key_id = key(name);
        listening.ear.forget();
        elsewhere.add_secret(&key_id, &labelled("one")).await.expect("added");
        listening.hears(&of_key(&key_id)).await;
        listening.ear.forget();
        assert!(elsewhere.retire_secret(&key_id, "one").await.expect("retired"));
        listening.hears(&of_key(&key_id)).await;
    }
}

/// Every one of 1,001 changes, one by one or all with one word.
pub async fn more_than_1000_changes_elsewhere_are_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    for from in (0..1001).step_by(77) {
        let adding = all_at_once(77, |index| {
            let store = store.clone();
            async move { add(&store, &format!("tk_{}", from + index), TokenInfo::new("ada")).await }
        });
        adding.await;
    }
    let listening = Listening::to(&store).await;
    assert_eq!(elsewhere.revoke_tokens(&TokenFilter::all(), at(PAST), "leak").await.expect("revoked"), 1001);
    for number in 0..1001 {
        listening.hears(&token(&format!("tk_{number}"))).await;
    }
}

/// What changes elsewhere after the sink was connected is told, however soon after (rule 1).
pub async fn what_changes_elsewhere_right_after_connecting_is_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    for round in 0..8 {
        let text = format!("tk_{round}");
        add(&elsewhere, &text, TokenInfo::new("ada")).await;
        let listening = Listening::to(&store).await;
        assert!(revoke(&elsewhere, &text, at(PAST)).await);
        listening.hears(&token(&text)).await;
        listening.stop().await;
    }
}

/// Each of three processes hears of what each of them changes.
pub async fn every_process_is_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let others = [harness.open_elsewhere(&store, &guard).await, harness.open_elsewhere(&store, &guard).await];
    let all = [&store, &others[0], &others[1]];
    let listening = [Listening::to(all[0]).await, Listening::to(all[1]).await, Listening::to(all[2]).await];
    for (number, handle) in all.into_iter().enumerate() {
        let text = format!("tk_{number}");
        add(handle, &text, TokenInfo::new("ada")).await;
        for listening in &listening {
            listening.hears(&token(&text)).await;
        }
    }
}

/// Who looks when it is told of a change elsewhere finds that change.
pub async fn a_change_elsewhere_can_be_seen_once_it_is_told<H>(harness: &H)
where
    H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    let elsewhere = harness.open_elsewhere(&store, &guard).await;
    let texts: Vec<_> = (0..16).map(|number| format!("tk_{number}")).collect();
    for text in &texts {
        add(&store, text, TokenInfo::new("ada")).await;
    }
    // Not before: word that a token was added may come twice, and late, and is no word of its revocation.
    let listening = Listening::to(&store).await;
    for (round, text) in texts.iter().enumerate() {
        let revoking = tokio::spawn({
            let (elsewhere, text) = (elsewhere.clone(), text.clone());
            async move { revoke(&elsewhere, &text, at(PAST)).await }
        });
        listening.ear.hears_soon(&token(text)).await;
        let found = store.token_by_id(text).await.expect("the store answers").expect("it is there");
        assert_eq!(found.revoked_at(), Some(at(PAST)), "in round {round} it was told too early");
        assert!(revoking.await.unwrap());
    }
}
