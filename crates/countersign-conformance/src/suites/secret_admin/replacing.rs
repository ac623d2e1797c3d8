//! Secrets that others take the place of.

use std::time::SystemTime;

use countersign_core::{SecretAdmin, SecretStore};

use super::support::{add, labels, matched, record, versions};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, at_nanos, bytes_of, is_cut_off_at_most, key, labelled, secret};

/// The new secret is the newest and has no end but its own; those without end get one, with a label or without, and nothing
/// else of them changes.
pub async fn a_replacement_is_the_newest_and_all_others_end<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("old").with_not_before(at(PAST))).await;
    add(&store, "key", &secret("without label")).await;
    add(&store, "other", &labelled("old")).await;
    record(&store, &[matched("key", "old", PAST + 7)]).await;
    let mut expected = versions(&store, "key").await;
    let before = bytes_of(&store.secrets(&key("key")).await.unwrap());
    let new = labelled("new").with_not_before(at(PAST)).with_not_after(at(FUTURE + 9));

    store.replace_secrets(&key("key"), at(FUTURE), &new).await.expect("the store replaces");
    expected.iter_mut().for_each(|version| version.not_after = Some(at(FUTURE)));
    expected.insert(0, (&new).into());
    assert_eq!(versions(&store, "key").await, expected);
    let found = store.secrets(&key("key")).await.unwrap();
    assert_eq!(labels(&store, "key").await, ["new", "(none)", "old"]);
    let ends: Vec<_> = found.iter().map(|version| version.not_after()).collect();
    assert_eq!(ends, [Some(at(FUTURE + 9)), Some(at(FUTURE)), Some(at(FUTURE))]);
    assert!(bytes_of(&found)[1..] == before, "the older secrets are as they were");
    assert_eq!(ends_of(&store, "other").await, [None], "another key is as it was");
}

/// Of two ends the earlier counts, and an end is never rounded up.
pub async fn replaced_secrets_never_live_longer<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("over").with_not_after(at(PAST))).await;
    add(&store, "key", &labelled("longer").with_not_after(at(FUTURE + 5))).await;
    store.replace_secrets(&key("key"), at(FUTURE), &labelled("1")).await.expect("the store replaces");
    assert_eq!(ends_of(&store, "key").await, [None, Some(at(FUTURE)), Some(at(PAST))]);
    store.replace_secrets(&key("key"), at(FUTURE + 9), &labelled("2")).await.expect("the store replaces");
    assert_eq!(ends_of(&store, "key").await, [None, Some(at(FUTURE + 9)), Some(at(FUTURE)), Some(at(PAST))]);
    let until = at_nanos(PAST + 1, 999_999_999);
    store.replace_secrets(&key("key"), until, &labelled("3")).await.expect("the store replaces");
    let ends = ends_of(&store, "key").await;
    assert!(ends[1..4].iter().all(|end| is_cut_off_at_most(*end, until)), "{ends:?}");
    assert_eq!((ends[0], ends[4]), (None, Some(at(PAST))));
}

/// A label that the key has already is refused, and nothing ends.
pub async fn a_replacement_that_fails_changes_nothing<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    add(&store, "key", &labelled("two")).await;
    let before = versions(&store, "key").await;
    let again = secret("another secret").with_label("one");
    assert!(store.replace_secrets(&key("key"), at(PAST), &again).await.is_err());
    assert_eq!(versions(&store, "key").await, before);
    assert_eq!(labels(&store, "key").await, ["two", "one"]);
}

/// Where there is nothing to replace, it is added.
pub async fn the_first_secret_of_a_key_replaces_nothing<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    store.replace_secrets(&key("key"), at(PAST), &labelled("one")).await.expect("the store replaces");
    assert_eq!(ends_of(&store, "key").await, [None]);
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == [b"the secret labelled one"]);
}

/// Of 16 replacements at once each ends those before it: one is left without end, and it is the newest.
pub async fn of_many_replacements_at_once_one_goes_on<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let answers = all_at_once(16, |index| {
        let store = store.clone();
        async move { store.replace_secrets(&key("key"), at(FUTURE), &labelled(&format!("{index:02}"))).await }
    });
    for answer in answers.await {
        answer.expect("16 at once are added");
    }
    let mut expected = vec![Some(at(FUTURE)); 16];
    expected[0] = None;
    assert_eq!(ends_of(&store, "key").await, expected);
}

/// Newest first.
async fn ends_of(store: &impl SecretAdmin, name: &str) -> Vec<Option<SystemTime>> {
    versions(store, name).await.into_iter().map(|version| version.not_after).collect()
}
