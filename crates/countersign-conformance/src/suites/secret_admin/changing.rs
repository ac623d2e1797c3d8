//! Secrets that are added and retired.

use countersign_core::{SecretAdmin, SecretStore, SecretVersion};

use super::support::{add, labels, retire};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, at_nanos, bytes_of, is_cut_off_at_most, key, labelled, secret};

/// After `Ok` the secret is there, before the older ones, for every handle (rule 1).
pub async fn an_added_secret_is_the_newest<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    let mut expected: Vec<String> = Vec::new();
    for label in ["m", "z", "a", "b"] {
        add(&store, "key", &labelled(label)).await;
        expected.insert(0, label.to_owned());
        assert_eq!(labels(&store, "key").await, expected);
        assert_eq!(labels(&clone, "key").await, expected);
    }
}

/// Versions outside their time come back as they are (rule 5 of `SecretStore`), with label and bounds.
pub async fn labels_and_time_bounds_come_back_unjudged<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let versions = [
        labelled("over").with_not_after(at(PAST)),
        labelled("to come").with_not_before(at(FUTURE)),
        labelled("both").with_not_before(at(PAST)).with_not_after(at(FUTURE)),
        labelled("é 'quoted' %_").with_not_before(at(0)),
        secret("without label"),
    ];
    for version in &versions {
        add(&store, "key", version).await;
    }
    let facts = |version: &SecretVersion| {
        let label = version.label().map(|label| label.to_string());
        (label, version.not_before(), version.not_after())
    };
    let found = store.secrets(&key("key")).await.unwrap();
    assert_eq!(found.iter().map(facts).collect::<Vec<_>>(), versions.iter().rev().map(facts).collect::<Vec<_>>());
    let bytes: Vec<_> = versions.iter().rev().map(|version| version.secret().expose_secret().to_vec()).collect();
    assert!(bytes_of(&found) == bytes, "each version has its own secret");
}

/// Time bounds are kept to the microsecond at least; what is finer is cut off, never rounded up.
pub async fn time_bounds_are_not_rounded_up<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let (start, end) = (at_nanos(PAST, 999_999_999), at_nanos(FUTURE, 999_999_999));
    add(&store, "key", &labelled("one").with_not_before(start).with_not_after(end)).await;
    let found = store.secrets(&key("key")).await.unwrap();
    let version = found.iter().next().expect("the secret is there");
    assert!(is_cut_off_at_most(version.not_before(), start), "not before: {:?}", version.not_before());
    assert!(is_cut_off_at_most(version.not_after(), end), "not after: {:?}", version.not_after());
}

/// A label that this key has already is refused, and nothing changes.
pub async fn a_duplicate_label_is_an_error<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    add(&store, "key", &labelled("two")).await;
    let again = secret("another secret").with_label("one");
    assert!(store.add_secret(&key("key"), &again).await.is_err());
    assert_eq!(labels(&store, "key").await, ["two", "one"]);
    let own = ["two", "one"].map(|label| format!("the secret labelled {label}").into_bytes());
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == own, "the refused secret is not there");
}

/// Labels belong to their key.
pub async fn keys_may_use_the_same_label<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "one", &labelled("2026")).await;
    add(&store, "two", &labelled("2026")).await;
    assert!(retire(&store, "one", "2026").await);
    assert!(store.secrets(&key("one")).await.unwrap().is_empty());
    assert_eq!(labels(&store, "two").await, ["2026"]);
}

/// No label is not a label that two secrets share.
pub async fn secrets_without_label_live_side_by_side<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &secret("older")).await;
    add(&store, "key", &secret("newer")).await;
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == [b"newer", b"older"]);
    assert!(!retire(&store, "key", "").await, "no label is not the empty one");
    assert!(!retire(&store, "key", "(none)").await);
}

/// 16 secrets added at once are all there afterwards: none overwrites another.
pub async fn many_secrets_added_at_once_are_all_there<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let answers = all_at_once(16, |index| {
        let store = store.clone();
        async move { store.add_secret(&key("key"), &labelled(&format!("{index:02}"))).await }
    });
    for answer in answers.await {
        answer.expect("16 at once are added");
    }
    let mut found = labels(&store, "key").await;
    found.sort();
    assert_eq!(found, (0..16).map(|index| format!("{index:02}")).collect::<Vec<_>>());
}

/// After `Ok` the secret is gone, for every handle (rule 1); the others remain in order. A second time is `false`.
pub async fn a_retired_secret_is_gone_at_once<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    for label in ["one", "two", "three"] {
        add(&store, "key", &labelled(label)).await;
    }
    assert!(retire(&store, "key", "two").await);
    assert_eq!(labels(&store, "key").await, ["three", "one"]);
    assert_eq!(labels(&clone, "key").await, ["three", "one"]);
    assert!(!retire(&store, "key", "two").await);
    add(&store, "key", &labelled("two")).await;
    assert_eq!(labels(&store, "key").await, ["two", "three", "one"]);
}

/// To retire what is not there is `false`, not an error.
pub async fn an_unknown_label_is_not_retired<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    for (name, label) in [("nobody", "one"), ("key", "two"), ("key", "")] {
        assert!(!retire(&store, name, label).await, "there is no {label:?} of {name:?}");
    }
    assert_eq!(labels(&store, "key").await, ["one"]);
}

/// A label like another is another label.
pub async fn labels_are_compared_byte_by_byte<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let all = ["é", "É", "e\u{301}", "e", "é ", " é", "%", "_", ""];
    for label in all {
        add(&store, "key", &labelled(label)).await;
    }
    assert!(retire(&store, "key", "é").await);
    let mut left: Vec<_> = all.into_iter().skip(1).collect();
    left.reverse();
    assert_eq!(labels(&store, "key").await, left);
}
