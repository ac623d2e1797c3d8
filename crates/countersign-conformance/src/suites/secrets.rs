//! What every `SecretStore` must do.

use std::sync::Arc;

use countersign_core::{KeyId, SecretStore};

use crate::concurrency::{all_at_once, drop_at_every_poll};
use crate::sample::{bytes_of, key, labelled, secret};
use crate::{Breakable, Case, SecretHarness};

/// Every case.
#[must_use]
pub fn cases<H: SecretHarness<Store: SecretStore>>() -> Vec<Case<H>> {
    crate::__cases!(secrets every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: SecretHarness<Store: SecretStore> + Breakable>() -> Vec<Case<H>> {
    crate::__cases!(secrets breakable __list {})
}

/// An unknown key id is empty, never an error (rule 1).
pub async fn unknown_key_id_is_empty<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert!(store.secrets(&key("nobody")).await.expect("an unknown key id is an answer").is_empty());
    harness.add_secret(&store, &key("somebody"), &labelled("one")).await;
    assert!(store.secrets(&key("nobody")).await.expect("an unknown key id is an answer").is_empty());
}

/// Several secrets come newest first (rule 2). The order of adding counts, not that of labels or bytes.
pub async fn rotated_secrets_come_newest_first<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for label in ["b", "a", "c"] {
        harness.add_secret(&store, &key("key"), &labelled(label)).await;
    }
    let expected = ["c", "a", "b"].map(|label| format!("the secret labelled {label}").into_bytes());
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == expected, "secrets come newest first");
}

/// `Key` and `key` are two keys (rule 3): no collation folds case.
pub async fn key_ids_are_case_sensitive<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["key", "Key", "KEY"]).await;
}

/// Quotes, and what is a wildcard in a pattern, are ordinary characters (rule 3).
pub async fn key_ids_keep_quotes_and_wildcards<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["k1", "k%", "k_", "%", "_", "*", "k'", "k''", "k\"", "k`", "k\\", "k\\\\"]).await;
    are_told_apart(harness, &["' OR '1'='1", "k'; --", "$1", "?", ":key", "{k}", "k:1", "k/1"]).await;
}

/// NUL and other control characters are ordinary characters, and end nothing (rule 3).
pub async fn key_ids_keep_control_characters<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["k", "k\0", "k\0a", "k\0b", "\0k", "k\n", "k\r\n", "k\t", "k\u{1b}", "k\u{7f}"]).await;
}

/// Long key ids are not cut off (rule 3).
pub async fn key_ids_of_255_and_256_bytes_are_told_apart<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let of_255 = "k".repeat(255);
    let of_256 = ["k", "l"].map(|end| format!("{of_255}{end}"));
    are_told_apart(harness, &[&of_255, &of_256[0], &of_256[1]]).await;
}

/// Characters that some collation holds to be equal are not (rule 3).
pub async fn key_ids_outside_ascii_are_told_apart<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["ß", "ss", "e", "é", "ı", "i", "İ", "ﬁ", "fi", "я", "🔑", "\u{10ffff}", "\u{200b}"])
        .await;
}

/// Nothing is normalised (rule 3).
pub async fn composed_and_decomposed_key_ids_are_told_apart<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{c5}", "A\u{30a}"]).await;
}

/// Nothing is trimmed (rule 3).
pub async fn blanks_around_key_ids_count<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    are_told_apart(harness, &["k", " k", "k ", " k ", "k  ", "k\u{a0}", " "]).await;
}

/// Secrets come back byte for byte, whatever bytes they have (rule 4).
pub async fn every_byte_of_a_secret_survives<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let all: Vec<u8> = (0..=255).collect();
    let secrets: [&[u8]; 6] = [&all, b"\0leading", b"trailing\0", b"  blanks\r\n", b"\0", b"\xff\xfe"];
    for (index, bytes) in secrets.into_iter().enumerate() {
        let key_id = key(&format!("key {index}"));
        harness.add_secret(&store, &key_id, &secret(bytes)).await;
        assert!(bytes_of(&store.secrets(&key_id).await.unwrap()) == [bytes], "secret {index} has changed");
    }
}

/// A secret of 4 KiB comes back whole (rule 4).
pub async fn a_long_secret_survives<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let bytes: Vec<u8> = (b'a'..=b'z').cycle().take(4096).collect();
    harness.add_secret(&store, &key("key"), &secret(bytes.clone())).await;
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == [bytes], "a long secret has changed");
}

/// A retired secret is not returned any more; the others are, in order.
pub async fn a_retired_secret_disappears<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for label in ["one", "two", "three"] {
        harness.add_secret(&store, &key("key"), &labelled(label)).await;
    }
    harness.retire_secret(&store, &key("key"), "two").await;
    let mut left = bytes_of(&store.secrets(&key("key")).await.unwrap());
    left.sort(); // their order is another case's
    let expected = ["one", "three"].map(|label| format!("the secret labelled {label}").into_bytes());
    assert!(left == expected, "the retired secret is gone, the others remain");
    for label in ["one", "three"] {
        harness.retire_secret(&store, &key("key"), label).await;
    }
    assert!(store.secrets(&key("key")).await.expect("a key without secrets is an answer").is_empty());
}

/// A clone is another handle to the same contents.
pub async fn clones_share_their_contents<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    harness.add_secret(&store, &key("key"), &labelled("one")).await;
    assert_eq!(clone.secrets(&key("key")).await.unwrap().iter().count(), 1);
    harness.retire_secret(&clone, &key("key"), "one").await;
    assert!(store.secrets(&key("key")).await.unwrap().is_empty());
}

/// The store behind a `Box<dyn …>` or an `Arc<dyn …>` answers as it does itself.
pub async fn an_erased_store_answers_alike<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    harness.add_secret(&store, &key("key"), &labelled("one")).await;
    let boxed: Box<dyn SecretStore> = Box::new(store.clone());
    let shared: Arc<dyn SecretStore> = Arc::new(store.clone());
    let expected = bytes_of(&store.secrets(&key("key")).await.unwrap());
    assert_eq!(expected.len(), 1);
    assert!(bytes_of(&boxed.secrets(&key("key")).await.unwrap()) == expected);
    assert!(bytes_of(&shared.secrets(&key("key")).await.unwrap()) == expected);
    assert!(boxed.secrets(&key("nobody")).await.unwrap().is_empty());
    assert!(shared.secrets(&key("nobody")).await.unwrap().is_empty());
}

/// 64 lookups at once, of eight keys, are all answered, each with its own secret.
pub async fn many_lookups_at_once_are_answered<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let key_of = |index: usize| key(&format!("key {}", index % 8));
    for index in 0..8 {
        harness.add_secret(&store, &key_of(index), &secret(key_of(index).as_str())).await;
    }
    let answers = all_at_once(64, |index| {
        let (store, key_id) = (store.clone(), key_of(index));
        async move { (store.secrets(&key_id).await, key_id) }
    });
    for (answer, key_id) in answers.await {
        assert!(bytes_of(&answer.expect("64 at once are answered")) == [key_id.as_str().as_bytes()]);
    }
}

/// The future may be dropped at any await; the store remains usable.
pub async fn a_dropped_lookup_leaves_the_store_usable<H: SecretHarness<Store: SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let key_id = key("key");
    harness.add_secret(&store, &key_id, &labelled("one")).await;
    for _ in 0..16 {
        drop_at_every_poll(|_| store.secrets(&key_id)).await;
        assert_eq!(store.secrets(&key_id).await.expect("the store is usable").iter().count(), 1);
    }
    harness.add_secret(&store, &key_id, &labelled("two")).await;
    assert_eq!(store.secrets(&key_id).await.expect("the store is usable").iter().count(), 2);
}

/// "Cannot say" is an error, never empty (rule 6), for known and for unknown key ids.
pub async fn a_broken_store_errs_and_is_never_empty<H>(harness: &H)
where
    H: SecretHarness<Store: SecretStore> + Breakable,
{
    let (store, guard) = harness.open().await;
    harness.add_secret(&store, &key("key"), &labelled("one")).await;
    harness.break_store(&store, &guard).await;
    for name in ["key", "nobody"] {
        assert!(store.secrets(&key(name)).await.is_err(), "a store that cannot say must not answer about {name:?}");
    }
}

/// Puts a secret under each id, and sees that each is found under its own id alone, before and after the others are there.
async fn are_told_apart<H: SecretHarness<Store: SecretStore>>(harness: &H, names: &[&str]) {
    let (store, _guard) = harness.open().await;
    for (index, name) in names.iter().enumerate() {
        let before = store.secrets(&key(name)).await.expect("an unknown key id is an answer");
        assert!(before.is_empty(), "{name:?} is taken for one of {:?}", &names[..index]);
        harness.add_secret(&store, &key(name), &secret(own_bytes(index, &key(name)))).await;
    }
    for (index, name) in names.iter().enumerate() {
        let found = store.secrets(&key(name)).await.expect("the store answers");
        assert!(bytes_of(&found) == [own_bytes(index, &key(name))], "{name:?} is taken for another of {names:?}");
    }
}

fn own_bytes(index: usize, key_id: &KeyId) -> Vec<u8> {
    format!("{index} {}", key_id.as_str()).into_bytes()
}
