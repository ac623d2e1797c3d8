//! Notes and expiries that change.

use countersign_core::{TokenAdmin, TokenChange, TokenInfo, TokenStore};

use super::support::{add, by_id, found, revoke, whole};
use crate::Harness;
use crate::sample::{PAST, at, facts};

/// What is named changes, for every handle, the time of the change is known, and everything else is as it was.
pub async fn an_update_changes_what_it_names_and_nothing_else<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    add(&store, "tk_other", &whole("id-0")).await;
    let changes = [
        TokenChange::new().with_note("desk é '\"\n").with_expires_at(at(PAST + 99)),
        TokenChange::new().with_note(""),
        TokenChange::new().with_expires_at(at(PAST + 98)),
        TokenChange::new().without_note(),
        TokenChange::new().without_expires_at(),
        TokenChange::new().without_note().with_expires_at(at(PAST + 97)),
        TokenChange::new().with_note("desk").without_expires_at(),
        TokenChange::new(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let (text, id) = (format!("tk_{number}"), format!("id-1{number}"));
        add(&store, &text, &whole(&id)).await;
        assert!(store.update_token(&id, &change, at(PAST)).await.expect("the store answers"), "{change:?}");
        let expected = facts(&change.of(whole(&id)).with_updated_at(at(PAST)));
        assert_eq!(facts(&found(&store, &text).await), expected, "{change:?}");
        assert_eq!(facts(&by_id(&clone, &id).await), expected, "{change:?}");
    }
    assert_eq!(facts(&found(&store, "tk_other").await), facts(&whole("id-0")));
}

/// Where there was nothing, a note and an expiry come, and go again.
pub async fn an_update_gives_and_takes_away<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    let given = TokenChange::new().with_note("laptop").with_expires_at(at(PAST + 9));
    let taken = TokenChange::new().without_note().without_expires_at();
    for (change, note, end) in [(given, Some("laptop"), Some(at(PAST + 9))), (taken, None, None)] {
        assert!(store.update_token("id-1", &change, at(PAST)).await.expect("the store answers"));
        let found = found(&store, "tk_secret").await;
        assert_eq!((found.note(), found.expires_at()), (note, end));
    }
}

/// To change what is not there is `false`, not an error.
pub async fn an_unknown_id_is_not_updated<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &whole("id-1")).await;
    for id in ["id-2", "", "ada", "tk_secret"] {
        let change = TokenChange::new().with_note("mine");
        assert!(!store.update_token(id, &change, at(PAST)).await.expect("no such token is an answer"), "{id:?}");
        assert!(store.token_by_id(id).await.expect("the store answers").is_none(), "{id:?} was made up");
    }
    assert_eq!(facts(&found(&store, "tk_secret").await), facts(&whole("id-1")));
}

/// Whatever changes, a revoked token stays revoked, since when and for what it was.
pub async fn an_updated_token_stays_revoked<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &whole("id-1")).await;
    assert!(revoke(&store, "id-1", at(PAST)).await);
    let change = TokenChange::new().with_note("desk").without_expires_at();
    assert!(store.update_token("id-1", &change, at(PAST + 1)).await.expect("the store answers"));
    let revoked = whole("id-1").with_revoked_at(at(PAST)).with_revoked_reason("lost");
    assert_eq!(facts(&found(&store, "tk_secret").await), facts(&change.of(revoked).with_updated_at(at(PAST + 1))));
}
