//! Keys page by page.

use countersign_core::{SecretAdmin, SecretStore, SecretSummary};

use super::support::{add, keys, page, retire, versions};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, key, labelled, secret};

/// Key ids ascend byte by byte, not by the order of any language.
pub async fn keys_ascend_by_the_bytes_of_their_ids<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    // UTF-16 would put the last two the other way round, a language é before z, and a collation B after a.
    let ascending =
        [" ", "!", "0", "00", "10", "9", "A", "B", "Z", "_", "a", "aa", "e\u{301}", "z", "é", "\u{ffff}", "😀"];
    for index in 0..ascending.len() {
        add(&store, ascending[index * 5 % ascending.len()], &labelled("one")).await;
    }
    assert_eq!(keys(&store, None, 1000).await, ascending);
    for (index, name) in ascending.iter().enumerate() {
        assert_eq!(keys(&store, Some(name), 1000).await, ascending[index + 1..], "above {name:?}");
    }
}

/// Of each key all versions, newest first, with label and bounds, whether they are over or to come.
pub async fn versions_are_listed_newest_first<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    let versions = [
        labelled("z"),
        labelled("over").with_not_after(at(PAST)),
        labelled("a").with_not_before(at(FUTURE)),
        secret("without label").with_not_before(at(PAST)).with_not_after(at(FUTURE)),
        labelled(""),
        labelled("é 'quoted' %_"),
    ];
    for version in &versions {
        add(&store, "key", version).await;
        add(&store, &format!("of {:?}", version.label()), version).await;
    }
    let expected: Vec<SecretSummary> = versions.iter().rev().map(Into::into).collect();
    for handle in [&store, &clone] {
        let listed = page(handle, None, 1000).await;
        assert_eq!(listed.len(), 7);
        assert_eq!(listed.into_iter().find(|summary| summary.key_id == key("key")).unwrap().versions, expected);
    }
}

/// One key alone is listed as it is among others, and a key that is not there has no versions.
pub async fn versions_of_one_key_are_those_of_the_list<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for name in ["key", "Key", "key ", "ke", "key-2"] {
        assert_eq!(versions(&store, name).await, [], "there is no {name:?} yet");
        add(&store, name, &labelled(name).with_not_after(at(PAST))).await;
        add(&store, name, &secret("without label").with_not_before(at(FUTURE))).await;
        add(&store, name, &labelled("é 'quoted' %_")).await;
    }
    let listed = page(&store, None, 1000).await;
    assert_eq!(listed.len(), 5);
    for summary in listed {
        assert_eq!(versions(&store, summary.key_id.as_str()).await, summary.versions, "{:?}", summary.key_id);
        assert_eq!(summary.versions.len(), 3);
    }
}

/// However long the pages are, together they are the list, and a page counts keys, however many versions they have.
pub async fn pages_of_keys_follow_each_other<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for number in 0..25 {
        for version in 0..=number % 3 {
            add(&store, &format!("key-{number:02}"), &labelled(&version.to_string())).await;
        }
    }
    for limit in [1, 7, 24, 25, 26, 1000, 1001, i64::MAX as usize, usize::MAX] {
        let mut all = Vec::new();
        while let next = page(&store, all.last().map(String::as_str), limit).await
            && !next.is_empty()
        {
            let full = limit.min(25 - all.len());
            assert_eq!(next.len(), full, "a page of {limit} after {}", all.len());
            for summary in next {
                assert_eq!(summary.versions.len(), all.len() % 3 + 1, "{:?}", summary.key_id);
                all.push(summary.key_id.as_str().to_owned());
            }
        }
        assert_eq!(all, (0..25).map(|number| format!("key-{number:02}")).collect::<Vec<_>>(), "in pages of {limit}");
    }
}

/// A page begins above a key that need not be there, and is not part of the page if it is.
pub async fn a_page_begins_above_a_key_that_need_not_exist<H>(harness: &H)
where
    H: Harness<Store: SecretAdmin + SecretStore>,
{
    let (store, _guard) = harness.open().await;
    for name in ["b", "d", "f"] {
        add(&store, name, &labelled("one")).await;
    }
    for (above, expected) in [("a", "bdf"), ("b", "df"), ("c", "df"), ("d", "f"), ("d!", "f"), ("f", ""), ("g", "")] {
        assert_eq!(keys(&store, Some(above), 10).await.concat(), expected, "above {above:?}");
    }
    // Between two pages one key goes and another comes.
    assert_eq!(keys(&store, None, 2).await, ["b", "d"]);
    assert!(retire(&store, "d", "one").await);
    add(&store, "a", &labelled("one")).await;
    assert_eq!(keys(&store, Some("d"), 2).await, ["f"]);
}

/// Who asks for nothing gets nothing.
pub async fn a_page_of_no_keys_is_empty<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert!(keys(&store, None, 10).await.is_empty(), "a new store is empty");
    add(&store, "key", &labelled("one")).await;
    assert!(keys(&store, None, 0).await.is_empty());
}

/// Who asks for more than 1,000 gets 1,000, and the rest on the next page.
pub async fn a_page_has_at_most_1000_keys<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for from in (0..1001).step_by(77) {
        let adding = all_at_once(77, |index| {
            let store = store.clone();
            async move { add(&store, &format!("key-{:04}", from + index), &labelled("one")).await }
        });
        adding.await;
    }
    for limit in [1000, 1001, usize::MAX] {
        let first = keys(&store, None, limit).await;
        assert_eq!(first.len(), 1000, "of at most {limit}");
        assert_eq!(keys(&store, first.last().map(String::as_str), limit).await, ["key-1000"]);
    }
}

/// A key whose last secret was retired is no longer there.
pub async fn a_key_without_secrets_is_not_listed<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    add(&store, "key", &labelled("two")).await;
    assert!(retire(&store, "key", "one").await);
    assert_eq!(keys(&store, None, 10).await, ["key"]);
    assert!(retire(&store, "key", "two").await);
    assert!(keys(&store, None, 10).await.is_empty());
    add(&store, "key", &labelled("one")).await;
    assert_eq!(keys(&store, None, 10).await, ["key"]);
}
