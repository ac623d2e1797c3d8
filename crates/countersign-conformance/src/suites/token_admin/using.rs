//! When a token was last used.

use countersign_core::{TokenAdmin, TokenDigest, TokenInfo, TokenStore, TokenUse};

use super::support::{add, digest, found, is_known, revoke, whole};
use crate::Harness;
use crate::concurrency::all_at_once;
use crate::sample::{PAST, at, facts};

/// The time of last use is set, and everything else is as it was: when it was last changed too.
pub async fn use_changes_the_time_of_last_use_and_nothing_else<H>(harness: &H)
where
    H: Harness<Store: TokenAdmin + TokenStore>,
{
    let (store, _guard) = harness.open().await;
    let bare = TokenInfo::new("eve").with_id("id-2");
    add(&store, "tk_one", &whole("id-1")).await;
    add(&store, "tk_two", &bare).await;
    add(&store, "tk_gone", &whole("id-3")).await;
    add(&store, "tk_unused", &whole("id-4")).await;
    assert!(revoke(&store, "id-3", at(PAST)).await);
    record(&store, &[("tk_one", PAST + 1), ("tk_two", PAST + 2), ("tk_gone", PAST + 3)]).await;
    assert_eq!(facts(&found(&store, "tk_one").await), facts(&whole("id-1").with_last_used_at(at(PAST + 1))));
    assert_eq!(facts(&found(&store, "tk_two").await), facts(&bare.with_last_used_at(at(PAST + 2))));
    assert_eq!(found(&store, "tk_gone").await.revoked_at(), Some(at(PAST)), "a used token stays revoked");
    assert_eq!(facts(&found(&store, "tk_unused").await), facts(&whole("id-4")));
}

/// A time that is told late does not take the place of a later one, within one call neither.
pub async fn the_time_of_last_use_never_goes_back<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    for (uses, latest) in [(vec![10], 10), (vec![5], 10), (vec![20, 15], 20), (vec![25, 30], 30), (vec![30, 29], 30)] {
        let uses: Vec<_> = uses.into_iter().map(|seconds| ("tk_secret", PAST + seconds)).collect();
        record(&store, &uses).await;
        assert_eq!(found(&store, "tk_secret").await.last_used_at(), Some(at(PAST + latest)), "after {uses:?}");
    }
}

/// A token that was deleted meanwhile is no error, and does not keep the others from being recorded.
pub async fn use_of_unknown_tokens_is_passed_over<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    record(&store, &[]).await;
    record(&store, &[("tk_unknown", PAST)]).await;
    add(&store, "tk_secret", &TokenInfo::new("ada").with_id("id-1")).await;
    record(&store, &[]).await;
    record(&store, &[("tk_unknown", PAST), ("tk_secret", PAST + 1), ("tk_gone", PAST)]).await;
    assert_eq!(found(&store, "tk_secret").await.last_used_at(), Some(at(PAST + 1)));
    for text in ["tk_unknown", "tk_gone"] {
        assert!(!is_known(&store, text).await, "{text} was made up");
    }
}

/// 40,000 uses in one call are recorded: more than a statement of SQL has parameters.
pub async fn a_large_batch_of_uses_is_recorded<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let unknown = |number: u32| {
        let mut bytes = [0xff; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        TokenUse { digest: TokenDigest::from_bytes(bytes), at: at(PAST) }
    };
    let mut uses: Vec<_> = (0..40_000).map(unknown).collect();
    for (number, place) in [0, 20_000, 39_999].into_iter().enumerate() {
        let text = format!("tk_{number}");
        add(&store, &text, &TokenInfo::new("ada").with_id(&*text)).await;
        uses[place] = TokenUse { digest: digest(&text), at: at(PAST) };
    }
    store.record_use(&uses).await.expect("the store records");
    for number in 0..3 {
        assert_eq!(found(&store, &format!("tk_{number}")).await.last_used_at(), Some(at(PAST)));
    }
}

/// Of 64 uses told at once, the latest counts.
pub async fn of_many_uses_at_once_the_latest_counts<H: Harness<Store: TokenAdmin + TokenStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    add(&store, "tk_one", &whole("id-1")).await;
    add(&store, "tk_two", &whole("id-2")).await;
    let answers = all_at_once(64, |index| {
        let store = store.clone();
        async move {
            let time = PAST + (index as u64 * 37) % 64;
            // In either order: whoever locks records must not wait for a second while somebody waits for the first.
            let mut uses = [("tk_one", time), ("tk_two", time)];
            if index % 2 == 0 {
                uses.reverse();
            }
            record(&store, &uses).await;
        }
    });
    answers.await;
    for text in ["tk_one", "tk_two"] {
        assert_eq!(found(&store, text).await.last_used_at(), Some(at(PAST + 63)), "{text}");
    }
}

async fn record(store: &impl TokenAdmin, uses: &[(&str, u64)]) {
    let uses: Vec<_> = uses.iter().map(|(text, time)| TokenUse { digest: digest(text), at: at(*time) }).collect();
    store.record_use(&uses).await.expect("the store records");
}
