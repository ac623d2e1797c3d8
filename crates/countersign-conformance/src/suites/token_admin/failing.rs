//! Stores that break, futures that are dropped, programs that are restarted.

use countersign_core::{TokenAdmin, TokenChange, TokenFilter, TokenInfo, TokenStore, TokenUse};

use super::support::{add, by_id, digest, found, is_known, page, revoke, whole};
use crate::concurrency::{drop_at_every_poll, eventually};
use crate::sample::{FUTURE, PAST, at, facts};
use crate::{Breakable, Durable, Harness};

/// The futures may be dropped at any await: the change is made or not, and the store remains usable.
pub async fn a_dropped_change_leaves_the_store_usable<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..4 {
        let (text, id) = (format!("tk_{round}"), format!("id-{round}"));
        let (digest, info, filter) = (digest(&text), whole(&id), TokenFilter::all());
        drop_at_every_poll(|_| store.add_token(&digest, &info)).await;
        // An error says that the token is there: a dropped addition may still have been under way.
        let _ = store.add_token(&digest, &info).await;
        assert_eq!(found(&store, &text).await.revoked_at(), None);
        drop_at_every_poll(|_| store.token_by_id(&id)).await;
        drop_at_every_poll(|_| store.list_tokens(&filter, None, 10)).await;
        assert_eq!(page(&store, &filter, None, 10).await, [&*id]);

        let (change, uses) = (TokenChange::new().with_note("desk"), [TokenUse { digest, at: at(PAST) }]);
        drop_at_every_poll(|_| store.update_token(&id, &change, at(PAST))).await;
        assert!(store.update_token(&id, &change, at(PAST)).await.expect("the store is usable"));
        drop_at_every_poll(|_| store.record_use(&uses)).await;
        store.record_use(&uses).await.expect("the store is usable");
        drop_at_every_poll(|_| store.revoke_token(&id, at(PAST), "lost")).await;
        drop_at_every_poll(|_| store.revoke_tokens(&filter, at(PAST), "lost")).await;
        let _ = revoke(&store, &id, at(PAST)).await;
        let expected = change.of(info).with_updated_at(at(PAST)).with_last_used_at(at(PAST));
        let expected = expected.with_revoked_at(at(PAST)).with_revoked_reason("lost");
        assert_eq!(facts(&by_id(&store, &id).await), facts(&expected));

        drop_at_every_poll(|_| store.prune_tokens(at(PAST))).await;
        assert!(is_known(&store, &text).await, "it was not revoked before that time");
        drop_at_every_poll(|_| store.delete_token(&id)).await;
        let _ = store.delete_token(&id).await.expect("the store is usable");
        assert!(!is_known(&store, &text).await);
    }
}

/// A replacement that is dropped at any await is made whole or not at all: no old token ends without a successor, and no
/// successor is there beside an old one that does not end.
pub async fn a_dropped_replacement_is_made_whole_or_not_at_all<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    let texts = |number: usize| (format!("tk_old_{number}"), format!("tk_new_{number}"));
    for number in 0..=64 {
        let (old, _) = texts(number);
        add(&store, &old, &whole(&old)).await;
    }
    drop_at_every_poll(|number| {
        let ((old, new), store) = (texts(number), &store);
        async move { store.replace_token(&old, at(PAST), &digest(&new), &whole(&new)).await }
    })
    .await;
    for number in 0..=64 {
        let (old, new) = texts(number);
        // What was dropped may still be under way.
        eventually(&format!("{old} and {new} go together"), || async {
            let ended = found(&store, &old).await.expires_at() != Some(at(FUTURE));
            ended == is_known(&store, &new).await
        })
        .await;
    }
}

/// What could not be stored, or looked up, is an error, never success (rule 2).
pub async fn a_broken_store_acknowledges_nothing<H: Breakable<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    add(&store, "tk_one", &whole("id-1")).await;
    harness.break_store(&store, &guard).await;
    let (filter, change) = (TokenFilter::all(), TokenChange::new().with_note("desk"));
    assert!(store.add_token(&digest("tk_two"), &whole("id-2")).await.is_err(), "nothing was added");
    for id in ["id-1", "id-2"] {
        assert!(store.token_by_id(id).await.is_err(), "nothing was looked up");
        assert!(store.update_token(id, &change, at(PAST)).await.is_err(), "nothing was changed");
        let revoked = store.revoke_token(id, at(PAST), "lost").await;
        assert!(revoked.is_err(), "nothing was revoked, nor looked up, but the answer was {revoked:?}");
        let replaced = store.replace_token(id, at(PAST), &digest("tk_three"), &whole("id-3")).await;
        assert!(replaced.is_err(), "nothing was replaced");
        assert!(store.delete_token(id).await.is_err(), "nothing was deleted");
    }
    assert!(store.list_tokens(&filter, None, 10).await.is_err(), "nothing was listed");
    assert!(store.revoke_tokens(&filter, at(PAST), "lost").await.is_err(), "nothing was revoked");
    assert!(store.prune_tokens(at(FUTURE + 1)).await.is_err(), "nothing was pruned");
    let used = TokenUse { digest: digest("tk_one"), at: at(PAST) };
    assert!(store.record_use(&[used]).await.is_err(), "nothing was recorded");
}

/// Acknowledged means durable (rule 1).
pub async fn what_was_acknowledged_is_there_after_reopening<H>(harness: &H)
where
    H: Durable<Store: TokenAdmin + TokenStore>,
{
    let (store, guard) = harness.open().await;
    for number in 1..=7 {
        add(&store, &format!("tk_{number}"), &whole(&format!("id-{number}"))).await;
    }
    assert!(revoke(&store, "id-1", at(PAST)).await);
    let change = TokenChange::new().with_note("desk").with_expires_at(at(PAST + 9));
    assert!(store.update_token("id-3", &change, at(PAST)).await.expect("updated"));
    assert!(store.replace_token("id-4", at(PAST + 5), &digest("tk_new"), &whole("id-8")).await.expect("replaced"));
    assert!(store.delete_token("id-5").await.expect("deleted"));
    let over = TokenChange::new().with_expires_at(at(PAST - 9));
    assert!(store.update_token("id-6", &over, at(PAST)).await.expect("updated"));
    let of_eve = TokenFilter::all().with_subject("eve");
    add(&store, "tk_eve", &TokenInfo::new("eve").with_id("id-0")).await;
    assert_eq!(store.revoke_tokens(&of_eve, at(PAST + 1), "left").await.expect("revoked"), 1);
    assert_eq!(store.prune_tokens(at(PAST)).await.expect("pruned"), 1);
    let store = harness.reopen(store, &guard).await;
    assert_eq!(found(&store, "tk_1").await.revoked_at(), Some(at(PAST)));
    assert_eq!(facts(&found(&store, "tk_2").await), facts(&whole("id-2")));
    assert_eq!(facts(&found(&store, "tk_3").await), facts(&change.of(whole("id-3")).with_updated_at(at(PAST))));
    assert_eq!(found(&store, "tk_4").await.expires_at(), Some(at(PAST + 5)));
    assert_eq!(facts(&found(&store, "tk_new").await), facts(&whole("id-8")));
    assert_eq!(found(&store, "tk_eve").await.revoked_at(), Some(at(PAST + 1)));
    let kept = ["id-8", "id-7", "id-4", "id-3", "id-2", "id-1", "id-0"];
    assert_eq!(page(&store, &TokenFilter::all(), None, 10).await, kept);
}
