//! When a version last matched.

use countersign_core::{SecretAdmin, SecretMatch, SecretStore};

use super::support::{add, labels, last_matched, matched, page, record, retire, versions};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{FUTURE, PAST, at, at_nanos, bytes_of, is_cut_off_at_most, key, labelled, secret};

/// The time is set, in both lists, and everything else is as it was; the secret too.
pub async fn a_match_changes_when_the_version_last_matched_and_nothing_else<H>(harness: &H)
where
    H: Harness<Store: SecretAdmin + SecretStore>,
{
    let (store, _guard) = harness.open().await;
    let all = [
        labelled("one").with_not_before(at(PAST)).with_not_after(at(FUTURE)),
        labelled("over").with_not_after(at(PAST)),
        labelled("unused"),
        secret("without label"),
    ];
    for version in &all {
        add(&store, "key", version).await;
    }
    let mut expected = versions(&store, "key").await;
    assert!(expected.iter().all(|version| version.last_matched.is_none()), "nothing has matched yet");
    record(&store, &[matched("key", "one", PAST + 1), matched("key", "over", PAST + 2)]).await;
    expected[3].last_matched = Some(at(PAST + 1));
    expected[2].last_matched = Some(at(PAST + 2));
    assert_eq!(versions(&store, "key").await, expected);
    assert_eq!(page(&store, None, 10).await[0].versions, expected);
    let bytes: Vec<_> = all.iter().rev().map(|version| version.secret().expose_secret().to_vec()).collect();
    assert!(bytes_of(&store.secrets(&key("key")).await.unwrap()) == bytes, "the secrets are as they were");
}

/// A time that is told late does not take the place of a later one, within one call neither.
pub async fn the_time_of_the_last_match_never_goes_back<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    for (times, latest) in [(vec![10], 10), (vec![5], 10), (vec![20, 15], 20), (vec![25, 30], 30), (vec![30, 29], 30)] {
        let matches: Vec<_> = times.iter().map(|seconds| matched("key", "one", PAST + seconds)).collect();
        record(&store, &matches).await;
        assert_eq!(last_matched(&store, "key", "one").await, Some(at(PAST + latest)), "after {times:?}");
    }
}

/// Times are kept to the microsecond at least; what is finer is cut off, never rounded up.
pub async fn the_time_of_a_match_is_not_rounded_up<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "key", &labelled("one")).await;
    let told = at_nanos(PAST, 999_999_999);
    record(&store, &[SecretMatch { at: told, ..matched("key", "one", 0) }]).await;
    let kept = last_matched(&store, "key", "one").await;
    assert!(is_cut_off_at_most(kept, told), "{kept:?}");
}

/// A label belongs to its key, one like another is another, and no label is none of them.
pub async fn matches_are_told_apart_by_key_and_label<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let all = ["é", "É", "e\u{301}", "e", "é ", "%", "_", ""];
    for name in ["key", "Key", "key "] {
        for label in all {
            add(&store, name, &labelled(label)).await;
        }
        add(&store, name, &secret("without label")).await;
    }
    for (name, label) in [("key", "é"), ("Key", "")] {
        record(&store, &[matched(name, label, PAST)]).await;
    }
    for summary in page(&store, None, 10).await {
        for version in summary.versions {
            let told =
                matches!((summary.key_id.as_str(), version.label.as_deref()), ("key", Some("é")) | ("Key", Some("")));
            assert_eq!(version.last_matched, told.then(|| at(PAST)), "{:?} {:?}", summary.key_id, version.label);
        }
    }
}

/// A version that was retired meanwhile is no error, and does not keep the others from being recorded.
pub async fn matches_of_unknown_versions_are_passed_over<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    record(&store, &[]).await;
    record(&store, &[matched("nobody", "one", PAST)]).await;
    add(&store, "key", &labelled("one")).await;
    record(&store, &[matched("nobody", "one", PAST), matched("key", "one", PAST), matched("key", "two", PAST)]).await;
    assert_eq!(last_matched(&store, "key", "one").await, Some(at(PAST)));
    assert_eq!(labels(&store, "key").await, ["one"], "a version was made up");
    assert_eq!(page(&store, None, 10).await.len(), 1, "a key was made up");
    // Nor is it known of one that comes later.
    add(&store, "key", &labelled("two")).await;
    assert_eq!(last_matched(&store, "key", "two").await, None);
}

/// 40,000 matches in one call are recorded: more than a statement of SQL has parameters.
pub async fn a_large_batch_of_matches_is_recorded<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let mut matches: Vec<_> = (0..40_000).map(|number| matched("nobody", &number.to_string(), PAST)).collect();
    for place in [0, 20_000, 39_999] {
        let label = place.to_string();
        add(&store, "key", &labelled(&label)).await;
        matches[place] = matched("key", &label, PAST);
    }
    record(&store, &matches).await;
    for label in ["0", "20000", "39999"] {
        assert_eq!(last_matched(&store, "key", label).await, Some(at(PAST)), "{label}");
    }
}

/// Of 64 matches told at once, the latest counts.
pub async fn of_many_matches_at_once_the_latest_counts<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for label in ["one", "two"] {
        add(&store, "key", &labelled(label)).await;
    }
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        async move {
            let time = PAST + (index as u64 * 37) % 64;
            // In either order: whoever locks records must not wait for a second while somebody waits for the first.
            let mut matches = [matched("key", "one", time), matched("key", "two", time)];
            if index % 2 == 0 {
                matches.reverse();
            }
            record(&store, &matches).await;
        }
    });
    answers.await;
    for label in ["one", "two"] {
        assert_eq!(last_matched(&store, "key", label).await, Some(at(PAST + 63)), "{label}");
    }
}

/// What is known of a version goes with it.
pub async fn a_label_that_is_used_again_has_not_matched<H: Harness<Store: SecretAdmin + SecretStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for label in ["one", "two"] {
        add(&store, "key", &labelled(label)).await;
        record(&store, &[matched("key", label, PAST)]).await;
    }
    for label in ["one", "two"] {
        assert!(retire(&store, "key", label).await);
        add(&store, "key", &labelled(label)).await;
        assert_eq!(last_matched(&store, "key", label).await, None, "{label}");
    }
}
