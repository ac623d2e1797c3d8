//! Stores that break, futures that are dropped, programs that are restarted.

use countersign_core::{SecretAdmin, SecretStore};

use super::support::{add, labels, matched, retire, versions};
use crate::concurrency::drop_at_every_poll;
use crate::sample::{PAST, at, key, labelled};
use crate::{Breakable, Durable, Harness};

/// The futures may be dropped at any await: the change is made or not, and the store remains usable.
pub async fn a_dropped_change_leaves_the_store_usable<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let key_id = key("key");
    for round in 0..8 {
        let version = labelled(&format!("label {round}"));
        let matches = [matched("key", &format!("label {round}"), PAST)];
        drop_at_every_poll(|_| store.add_secret(&key_id, &version)).await;
        let label = version.label().expect("it has a label");
        // An error says that the secret is there: a dropped addition may still have been under way.
        let _ = store.add_secret(&key_id, &version).await;
        assert_eq!(labels(&store, "key").await, [&**label]);
        drop_at_every_poll(|_| store.retire_secret(&key_id, label)).await;
        let _ = retire(&store, "key", label).await;
        drop_at_every_poll(|_| store.list_secrets(None, 10)).await;
        drop_at_every_poll(|_| store.list_versions(&key_id)).await;
        drop_at_every_poll(|_| store.record_matches(&matches)).await;
        assert!(store.list_secrets(None, 10).await.expect("the store is usable").is_empty());
        assert!(labels(&store, "key").await.is_empty(), "after round {round}");
    }
}

/// What could not be stored is an error, never success (rule 2).
pub async fn a_broken_store_acknowledges_nothing<H: Breakable<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    harness.break_store(&store, &guard).await;
    assert!(store.add_secret(&key("key"), &labelled("two")).await.is_err(), "nothing was stored");
    let replaced = store.replace_secrets(&key("key"), at(PAST), &labelled("three")).await;
    assert!(replaced.is_err(), "nothing was replaced");
    assert!(store.list_secrets(None, 10).await.is_err(), "nothing was listed");
    assert!(store.list_versions(&key("key")).await.is_err(), "nothing was listed");
    assert!(store.record_matches(&[matched("key", "one", PAST)]).await.is_err(), "nothing was recorded");
    for label in ["one", "two"] {
        let retired = store.retire_secret(&key("key"), label).await;
        assert!(retired.is_err(), "nothing was retired, nor looked up, but the answer was {retired:?}");
    }
}

/// Acknowledged means durable (rule 1).
pub async fn what_was_acknowledged_is_there_after_reopening<H>(harness: &H)
where
    H: Durable<Store: SecretAdmin + SecretStore>,
{
    let (store, guard) = harness.open().await;
    for label in ["one", "two", "three"] {
        add(&store, "key", &labelled(label)).await;
    }
    assert!(retire(&store, "key", "two").await);
    let store = harness.reopen(store, &guard).await;
    assert_eq!(labels(&store, "key").await, ["three", "one"]);
    let until = at(PAST);
    store.replace_secrets(&key("key"), until, &labelled("four")).await.expect("the store replaces");
    let store = harness.reopen(store, &guard).await;
    assert_eq!(labels(&store, "key").await, ["four", "three", "one"]);
    let ends: Vec<_> = versions(&store, "key").await.into_iter().map(|version| version.not_after).collect();
    assert_eq!(ends, [None, Some(until), Some(until)]);
}
