//! What is told, and when: before the changing call returns, to every sink on the same store (rule 2).

use countersign_core::{
    Invalidation, Invalidations, PresentedToken, SecretAdmin, SecretMatch, TokenAdmin, TokenChange, TokenFilter,
    TokenInfo, TokenUse,
};
use tokio::sync::oneshot;

use super::ear::{Listening, add, of_key, revoke, token};
use crate::Harness;
use crate::concurrency::{all_at_once, drop_at_every_poll};
use crate::sample::{PAST, at, key, labelled};

/// An added token: somebody may remember that there was none.
pub async fn an_added_token_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let listening = Listening::to(&store).await;
    add(&store, "tk_one", TokenInfo::new("ada")).await;
    assert_told(&listening, "added", &[token("tk_one")]);
}

/// A token whose note or expiry changed.
pub async fn an_updated_token_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    let change = TokenChange::new().with_expires_at(at(PAST));
    assert!(store.update_token("tk_one", &change, at(PAST)).await.expect("the store answers"));
    assert_told(&listening, "updated", &[token("tk_one")]);
}

/// A revoked token.
pub async fn a_revoked_token_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    assert!(revoke(&store, "tk_one", at(PAST)).await);
    assert_told(&listening, "revoked", &[token("tk_one")]);
}

/// Each of the tokens that one call revoked.
pub async fn tokens_revoked_in_one_call_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    let revoked = store.revoke_tokens(&TokenFilter::all().with_subject("ada"), at(PAST), "left").await;
    assert_eq!(revoked.expect("the store answers"), 2);
    assert_told(&listening, "revoked together", &[token("tk_one"), token("tk_two")]);
}

/// A replaced token, which ends, and its successor, of which somebody may remember that there was none.
pub async fn a_replaced_token_and_its_successor_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    let (new, info) = (PresentedToken::new("tk_new"), TokenInfo::new("ada").with_id("tk_new"));
    assert!(store.replace_token("tk_one", at(PAST), new.digest(), &info).await.expect("the store answers"));
    assert_told(&listening, "replaced", &[token("tk_one"), token("tk_new")]);
}

/// A deleted token.
pub async fn a_deleted_token_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    assert!(store.delete_token("tk_one").await.expect("the store answers"));
    assert_told(&listening, "deleted", &[token("tk_one")]);
}

/// Each of the tokens that were pruned.
pub async fn pruned_tokens_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    for text in ["tk_one", "tk_two"] {
        assert!(revoke(&store, text, at(PAST)).await);
    }
    listening.ear.forget();
    assert_eq!(store.prune_tokens(at(PAST + 1)).await.expect("the store answers"), 2);
    assert_told(&listening, "pruned", &[token("tk_one"), token("tk_two")]);
}

/// A key that has another secret.
pub async fn an_added_secret_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let listening = Listening::to(&store).await;
    for (name, label) in [("key", "one"), ("key", "two"), ("é \"key\" 🔑", "one")] {
        listening.ear.forget();
        store.add_secret(&key(name), &labelled(label)).await.expect("the store adds a secret");
        assert_told(&listening, label, &[of_key(&key(name))]);
    }
}

/// A key whose secrets end, and that has another one.
pub async fn replaced_secrets_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    store.add_secret(&key("key"), &labelled("one")).await.expect("the store adds a secret");
    let listening = Listening::to(&store).await;
    for name in ["key", "another"] {
        listening.ear.forget();
        store.replace_secrets(&key(name), at(PAST), &labelled("two")).await.expect("the store replaces");
        assert_told(&listening, name, &[of_key(&key(name))]);
    }
}

/// A key that has one secret less.
pub async fn a_retired_secret_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    for label in ["one", "two"] {
        store.add_secret(&key("key"), &labelled(label)).await.expect("the store adds a secret");
    }
    let listening = Listening::to(&store).await;
    for label in ["one", "two"] {
        listening.ear.forget();
        assert!(store.retire_secret(&key("key"), label).await.expect("the store answers"));
        assert_told(&listening, label, &[of_key(&key("key"))]);
    }
}

/// Every one of 1,001 changes, one by one or all with one word.
pub async fn more_than_1000_changes_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let texts: Vec<_> = (0..1001).map(|number| format!("tk_{number}")).collect();
    add_all(&store, &texts).await;
    let listening = Listening::to(&store).await;
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(PAST), "leak").await.expect("the store answers"), 1001);
    let all: Vec<_> = texts.iter().map(|text| token(text)).collect();
    assert_told(&listening, "one of 1,001", &all);
}

/// Every sink on the store or a clone of it, through whichever of them the change was made.
pub async fn every_sink_is_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    let all = [Listening::to(&store).await, Listening::to(&clone).await, Listening::to(&store).await];
    for (handle, text) in [(&store, "tk_one"), (&clone, "tk_two")] {
        add(handle, text, TokenInfo::new("ada")).await;
        all.iter().for_each(|listening| assert_told(listening, "added", &[token(text)]));
    }
}

/// Each of 64 changes at once, before its own call returns.
pub async fn many_changes_at_once_are_told_at_once<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let texts: Vec<_> = (0..64).map(|number| format!("tk_{number}")).collect();
    add_all(&store, &texts).await;
    let listening = Listening::to(&store).await;
    let answers = all_at_once(64, |index| {
        let (store, text, ear) = (store.clone(), texts[index].clone(), listening.ear.clone());
        async move {
            assert!(revoke(&store, &text, at(PAST)).await);
            ear.was_told(&token(&text))
        }
    });
    assert_eq!(answers.await.into_iter().filter(|told| *told).count(), 64, "told before the call returned");
}

/// Who looks when it is told finds the change: otherwise a cache would learn what it has just thrown away.
pub async fn a_change_can_be_seen_once_it_is_told<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let texts: Vec<_> = (0..32).map(|number| format!("tk_{number}")).collect();
    add_all(&store, &texts).await;
    // Not before: word that a token was added may come twice, and late, and is no word of its revocation.
    let listening = Listening::to(&store).await;
    for (round, text) in texts.iter().enumerate() {
        let (ready, is_ready) = oneshot::channel();
        let looking = tokio::spawn({
            let (store, text, ear) = (store.clone(), text.clone(), listening.ear.clone());
            async move {
                let _ = ready.send(());
                ear.hears_soon(&token(&text)).await;
                store.token_by_id(&text).await.expect("the store answers").expect("it is there").revoked_at()
            }
        });
        let _ = is_ready.await;
        assert!(revoke(&store, text, at(PAST)).await);
        assert!(listening.ear.was_told(&token(text)), "in round {round} it was not told before the call returned");
        assert_eq!(looking.await.unwrap(), Some(at(PAST)), "in round {round} it was told too early");
    }
}

/// A change whose caller went away is told, if it was made.
pub async fn a_dropped_change_is_told_if_it_was_made<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    let texts: Vec<_> = (0..=64).map(|number| format!("tk_{number}")).collect();
    add_all(&store, &texts).await;
    let listening = Listening::to(&store).await;
    drop_at_every_poll(|number| store.revoke_token(&texts[number], at(PAST), "lost")).await;
    for text in &texts {
        // Now it is revoked by this call or by the dropped one, which may still be about to tell.
        let _ = revoke(&store, text, at(PAST)).await;
        listening.hears(&token(text)).await;
    }
}

/// Recorded use takes nothing from anybody: if it were told, every batch would empty the caches (rule 5).
pub async fn use_is_not_told<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard, listening) = with_tokens(harness).await;
    let used = ["tk_one", "tk_two"].map(|text| TokenUse { digest: *PresentedToken::new(text).digest(), at: at(PAST) });
    store.record_use(&used).await.expect("the store records");
    // What comes after it has been told, so that nothing is under way any more.
    assert!(revoke(&store, "tk_other", at(PAST)).await);
    listening.hears(&token("tk_other")).await;
    assert!(!used.iter().any(|used| listening.ear.was_told(&Invalidation::Token(used.digest))));
}

/// That a secret matched takes nothing from anybody either.
pub async fn matches_are_not_told<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, _guard) = harness.open().await;
    store.add_secret(&key("key"), &labelled("one")).await.expect("the store adds a secret");
    let listening = Listening::to(&store).await;
    let matched = SecretMatch { key_id: key("key"), label: "one".into(), at: at(PAST) };
    store.record_matches(&[matched]).await.expect("the store records");
    // What comes after it has been told, so that nothing is under way any more.
    store.add_secret(&key("other"), &labelled("one")).await.expect("the store adds a secret");
    listening.hears(&of_key(&key("other"))).await;
    assert!(!listening.ear.was_told(&of_key(&key("key"))));
}

async fn with_tokens<H>(harness: &H) -> (H::Store, H::Guard, Listening)
where
    H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>,
{
    let (store, guard) = harness.open().await;
    for (text, subject) in [("tk_one", "ada"), ("tk_two", "ada"), ("tk_other", "eve")] {
        add(&store, text, TokenInfo::new(subject)).await;
    }
    let listening = Listening::to(&store).await;
    (store, guard, listening)
}

async fn add_all<S: TokenAdmin + Clone>(store: &S, texts: &[String]) {
    for texts in texts.chunks(64) {
        let adding = all_at_once(texts.len(), |index| {
            let (store, text) = (store.clone(), texts[index].clone());
            async move { add(&store, &text, TokenInfo::new("ada")).await }
        });
        adding.await;
    }
}

fn assert_told(listening: &Listening, kind: &str, all: &[Invalidation]) {
    for what in all {
        assert!(listening.ear.was_told(what), "{kind}: {what:?} was not told before the call returned");
    }
}
