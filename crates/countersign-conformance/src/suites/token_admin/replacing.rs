//! Tokens in place of others.

use countersign_core::{TokenAdmin, TokenInfo, TokenStore};

use super::support::{add, by_id, digest, found, is_known, revoke, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, facts};

/// The new token is there at once, for every handle, and the old one ends; nothing else of it changes.
pub async fn a_replaced_token_ends_and_its_successor_is_there<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_old", &whole("id-1")).await;
    add(&store, "tk_other", &whole("id-3")).await;
    let new = whole("id-2").with_note("the new one");
    let replaced = store.replace_token("id-1", at(PAST), &digest("tk_new"), &new).await;
    assert!(replaced.expect("the store answers"));
    for handle in [&store, &clone] {
        assert_eq!(facts(&found(handle, "tk_new").await), facts(&new));
        assert_eq!(facts(&by_id(handle, "id-2").await), facts(&new));
        assert_eq!(facts(&found(handle, "tk_old").await), facts(&whole("id-1").with_expires_at(at(PAST))));
    }
    assert_eq!(facts(&found(&store, "tk_other").await), facts(&whole("id-3")));
}

/// A token that would have ended before does so: nobody lives longer for being replaced.
pub async fn a_replaced_token_never_lives_longer<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let ends = [None, Some(at(PAST - 1)), Some(at(PAST)), Some(at(PAST + 1)), Some(at(FUTURE))];
    for (number, end) in ends.into_iter().enumerate() {
        let (old, new) = (format!("tk_old_{number}"), format!("tk_new_{number}"));
        let info = end.into_iter().fold(TokenInfo::new("ada").with_id(&*old), TokenInfo::with_expires_at);
        add(&store, &old, &info).await;
        for until in [at(PAST), at(PAST + 5)] {
            let new = format!("{new} until {until:?}");
            let replaced = store.replace_token(&old, until, &digest(&new), &TokenInfo::new("ada").with_id(&*new)).await;
            assert!(replaced.expect("the store answers"), "the token that ends {end:?}");
            let expected = end.map_or_else(|| at(PAST), |end| end.min(at(PAST)));
            assert_eq!(found(&store, &old).await.expires_at(), Some(expected), "it ended {end:?}");
        }
    }
}

/// What is not there or was taken back has no successor, and stays as it is.
pub async fn a_revoked_or_unknown_token_is_not_replaced<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_old", &whole("id-1")).await;
    assert!(revoke(&store, "id-1", at(PAST)).await);
    for id in ["id-1", "id-9", "", "ada"] {
        let replaced = store.replace_token(id, at(PAST), &digest("tk_new"), &whole("id-2")).await;
        assert!(!replaced.expect("it is an answer"), "{id:?} has a successor");
        assert!(!is_known(&store, "tk_new").await, "the successor of {id:?} is there");
        assert!(store.token_by_id("id-2").await.expect("the store answers").is_none(), "and has an id");
    }
    let revoked = whole("id-1").with_revoked_at(at(PAST)).with_revoked_reason("lost");
    assert_eq!(facts(&found(&store, "tk_old").await), facts(&revoked));
}

/// A successor that could not be added takes nothing from the old token.
pub async fn a_replacement_that_fails_changes_nothing<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_old", &whole("id-1")).await;
    add(&store, "tk_other", &whole("id-3")).await;
    let nameless = TokenInfo::new("ada");
    for (text, info) in [
        ("tk_other", whole("id-2")),
        ("tk_old", whole("id-2")),
        ("tk_new", whole("id-3")),
        ("tk_new", whole("id-1")),
        ("tk_new", nameless),
    ] {
        let replaced = store.replace_token("id-1", at(PAST), &digest(text), &info).await;
        assert!(replaced.is_err(), "{text} as {:?} was added: {replaced:?}", info.id());
    }
    assert_eq!(facts(&found(&store, "tk_old").await), facts(&whole("id-1")));
    assert_eq!(facts(&found(&store, "tk_other").await), facts(&whole("id-3")));
    assert!(!is_known(&store, "tk_new").await && store.token_by_id("id-2").await.expect("an answer").is_none());
}

/// Of 64 callers who replace the same token at once, those who are told that they did have a token, and the others none.
/// The old one ends at the earliest time of those.
pub async fn of_many_replacements_at_once_none_is_lost<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_old", &whole("id-old")).await;
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        async move {
            let (text, until) = (format!("tk_{index}"), at(PAST + 64 - index as u64));
            let new = whole(&format!("id-{index}"));
            (text.clone(), until, store.replace_token("id-old", until, &digest(&text), &new).await)
        }
    });
    let mut ends = vec![at(FUTURE)];
    for (text, until, replaced) in answers.await {
        let replaced = replaced.expect("64 at once are answered");
        assert_eq!(is_known(&store, &text).await, replaced, "{text} is there exactly if its owner was told");
        ends.extend(replaced.then_some(until));
    }
    assert!(ends.len() > 1, "nobody replaced it");
    assert_eq!(found(&store, "tk_old").await.expires_at(), ends.into_iter().min());
}
