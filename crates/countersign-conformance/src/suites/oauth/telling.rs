//! What is told before the call returns (rule 6 of `GrantStore`).

use countersign_core::oauth::{ApplicationStore, GrantFilter, GrantStore};

use super::OauthStore;
use super::support::{CLIENT, ORGANISATION, code, consent, digest, give, grant, prepare, refreshed, token};
use crate::Harness;
use crate::sample::{PAST, at};
use crate::suites::invalidations::ear::{Listening, token as of};

/// Somebody may remember that there was no such token.
pub async fn a_granted_token_is_told_at_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    prepare(&store).await;
    grant(&store, &code("grant")).await;
    let listening = Listening::to(&store).await;
    assert!(give(&store, Some("grant"), &refreshed("one", "grant")).await);
    assert_told(&listening, &["one"]);
    assert!(give(&store, None, &token("two")).await);
    assert_told(&listening, &["two"]);
    store.rotate_refresh_token(&digest("r-one"), &refreshed("three", "grant"), at(PAST)).await.unwrap();
    assert_told(&listening, &["three"]);
}

/// Each token that was revoked with its grant.
pub async fn tokens_revoked_with_their_grant_are_told_at_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let listening = with_tokens(&store).await;
    assert_eq!(store.revoke_grant("grant", at(PAST), "replayed").await.unwrap(), Some(2));
    assert_told(&listening, &["one", "two"]);
}

/// Each token that was revoked with others of its subject.
pub async fn tokens_revoked_by_a_filter_are_told_at_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let listening = with_tokens(&store).await;
    let filter = GrantFilter::all().with_subject("ada");
    assert_eq!(store.revoke_grants(&filter, at(PAST), "left").await.unwrap(), 3);
    assert_told(&listening, &["one", "two", "three"]);
}

/// Each token that was revoked with the consent to it.
pub async fn tokens_revoked_with_their_consent_are_told_at_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let listening = with_tokens(&store).await;
    let id = consent("ada", CLIENT, ORGANISATION).id;
    assert_eq!(store.withdraw_consent("ada", &id, at(PAST), "withdrawn").await.unwrap(), Some(3));
    assert_told(&listening, &["one", "two", "three"]);
}

/// Each token that was revoked with its application.
pub async fn tokens_revoked_with_their_application_are_told_at_once<H: Harness<Store: OauthStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let listening = with_tokens(&store).await;
    assert_eq!(store.delete_application(CLIENT, at(PAST), "deleted").await.unwrap(), Some(3));
    assert_told(&listening, &["one", "two", "three"]);
}

/// Two tokens of a grant, and one that was given without code.
async fn with_tokens<S: OauthStore + Clone>(store: &S) -> Listening {
    prepare(store).await;
    grant(store, &code("grant")).await;
    for id in ["one", "two"] {
        assert!(give(store, Some("grant"), &token(id)).await);
    }
    assert!(give(store, None, &token("three")).await);
    let listening = Listening::to(store).await;
    listening.ear.forget();
    listening
}

fn assert_told(listening: &Listening, texts: &[&str]) {
    for text in texts {
        assert!(listening.ear.was_told(&of(text)), "{text} was not told when the call returned");
    }
    listening.ear.forget();
}
