//! What the cases do again and again.

use std::time::SystemTime;

use countersign_core::{KeySummary, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion};

use crate::sample::{at, key, labels_of};

pub(super) async fn add(store: &impl SecretAdmin, name: &str, version: &SecretVersion) {
    store.add_secret(&key(name), version).await.expect("the store adds a secret");
}

pub(super) async fn retire(store: &impl SecretAdmin, name: &str, label: &str) -> bool {
    store.retire_secret(&key(name), label).await.expect("the store answers")
}

pub(super) async fn labels(store: &impl SecretStore, name: &str) -> Vec<String> {
    labels_of(&store.secrets(&key(name)).await.expect("the store answers"))
}

/// One page.
pub(super) async fn page(store: &impl SecretAdmin, above: Option<&str>, limit: usize) -> Vec<KeySummary> {
    store.list_secrets(above.map(key).as_ref(), limit).await.expect("the store lists")
}

/// One page, as key ids.
pub(super) async fn keys(store: &impl SecretAdmin, above: Option<&str>, limit: usize) -> Vec<String> {
    page(store, above, limit).await.into_iter().map(|summary| summary.key_id.as_str().to_owned()).collect()
}

/// The versions of one key.
pub(super) async fn versions(store: &impl SecretAdmin, name: &str) -> Vec<SecretSummary> {
    store.list_versions(&key(name)).await.expect("the store lists")
}

/// When the version of this label last matched.
pub(super) async fn last_matched(store: &impl SecretAdmin, name: &str, label: &str) -> Option<SystemTime> {
    let all = versions(store, name).await;
    all.into_iter().find(|version| version.label.as_deref() == Some(label)).expect("it is there").last_matched
}

pub(super) fn matched(name: &str, label: &str, time: u64) -> SecretMatch {
    SecretMatch { key_id: key(name), label: label.into(), at: at(time) }
}

pub(super) async fn record(store: &impl SecretAdmin, matches: &[SecretMatch]) {
    store.record_matches(matches).await.expect("the store records");
}
