//! What every `NonceStore` must do.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{Claim, Nonce, NonceStore};

use crate::concurrency::{all_at_once, drop_at_every_poll};
use crate::sample::{at, at_nanos, key, nonce};
use crate::{Bounded, Breakable, Case, Durable, Harness};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: NonceStore>>() -> Vec<Case<H>> {
    crate::__cases!(nonces every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: NonceStore>>() -> Vec<Case<H>> {
    crate::__cases!(nonces breakable __list {})
}

/// The cases for stores whose contents outlive them.
#[must_use]
pub fn durable_cases<H: Durable<Store: NonceStore>>() -> Vec<Case<H>> {
    crate::__cases!(nonces durable __list {})
}

/// The cases for stores that can be filled.
#[must_use]
pub fn bounded_cases<H: Bounded<Store: NonceStore>>() -> Vec<Case<H>> {
    crate::__cases!(nonces bounded __list {})
}

/// A nonce is fresh once (rules 1 and 2).
pub async fn the_first_claim_is_fresh_and_the_second_is_seen<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
}

/// Of 64 concurrent claims of one nonce exactly one is fresh (rule 1), and this in each of eight rounds.
pub async fn of_many_claims_at_once_one_is_fresh<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..8 {
        let answers = all_at_once(64, |_| {
            let store = store.clone();
            async move { store.claim(&nonce(&format!("round {round}")), at(NOW), at(NOW + 10)).await }
        });
        let answers: Result<Vec<_>, _> = answers.await.into_iter().collect();
        let answers = answers.expect("64 at once are answered");
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Fresh).count(), 1, "in round {round}");
        assert_eq!(answers.iter().filter(|answer| **answer == Claim::Seen).count(), 63, "in round {round}");
    }
}

/// Nobody can spend another key's nonce.
pub async fn nonces_are_scoped_by_key_id<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for name in ["key", "Key", "key2", "ke"] {
        let nonce = Nonce::new("conformance", key(name), b"value");
        assert_eq!(claim(&store, &nonce, at(NOW), at(NOW + 10)).await, Claim::Fresh, "for {name:?}");
        assert_eq!(claim(&store, &nonce, at(NOW), at(NOW + 10)).await, Claim::Seen, "for {name:?}");
    }
}

/// The same value is another nonce in another signature format.
pub async fn nonces_are_scoped_by_scheme<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for scheme in ["one", "two"] {
        let nonce = Nonce::new(scheme, key("key"), b"value");
        assert_eq!(claim(&store, &nonce, at(NOW), at(NOW + 10)).await, Claim::Fresh, "for {scheme:?}");
        assert_eq!(claim(&store, &nonce, at(NOW), at(NOW + 10)).await, Claim::Seen, "for {scheme:?}");
    }
}

/// A nonce is seen until its `expires`, whatever else is claimed meanwhile (rules 2 and 3).
pub async fn a_live_nonce_is_never_forgotten<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("long"), at(NOW), at(NOW + 100)).await, Claim::Fresh);
    for second in 0..100 {
        let short = nonce(&format!("short {second}"));
        assert_eq!(claim(&store, &short, at(NOW + second), at(NOW + second + 1)).await, Claim::Fresh);
        assert_eq!(claim(&store, &nonce("long"), at(NOW + second), at(NOW + 1000)).await, Claim::Seen);
    }
}

/// A store that keeps coarser times than it is told must not forget early (rule 2).
pub async fn a_nonce_lives_to_its_last_nanosecond<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let expires = at_nanos(NOW + 10, 987_654_321);
    assert_eq!(claim(&store, &nonce("a"), at(NOW), expires).await, Claim::Fresh);
    for nanos in [0, 500_000_000, 987_654_000, 987_654_320] {
        assert_eq!(claim(&store, &nonce("a"), at_nanos(NOW + 10, nanos), at(NOW + 100)).await, Claim::Seen);
    }
}

/// From its `expires` on a nonce may be forgotten or not; the store keeps working either way (rule 2).
pub async fn an_expired_nonce_is_fresh_or_seen<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    let again = claim(&store, &nonce("a"), at(NOW + 10), at(NOW + 20)).await;
    assert_ne!(again, Claim::Full);
    if again == Claim::Fresh {
        assert_eq!(claim(&store, &nonce("a"), at(NOW + 10), at(NOW + 20)).await, Claim::Seen);
    }
    assert_eq!(claim(&store, &nonce("b"), at(NOW + 10), at(NOW + 20)).await, Claim::Fresh);
}

/// What would be forgotten at once is seen (rule 4): an `expires` that is not after `now`.
pub async fn a_claim_that_is_over_already_is_seen<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW - 50)).await, Claim::Seen);
}

/// Likewise when only the newest `now` that the store was ever told says so (rule 4).
pub async fn a_claim_over_by_the_newest_clock_is_seen<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW + 100), at(NOW + 200)).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW + 50)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW + 100)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW + 101)).await, Claim::Fresh);
}

/// A nonce that was spent and forgotten is not fresh again when the clock goes back to its time (rule 4).
pub async fn a_clock_set_back_revives_nothing<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("b"), at(NOW + 100), at(NOW + 110)).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("b"), at(NOW), at(NOW + 10)).await, Claim::Seen);
}

/// A clone is another handle to the same contents.
pub async fn clones_share_their_contents<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let clone = store.clone();
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    assert_eq!(claim(&clone, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
}

/// The store behind a `Box<dyn …>` or an `Arc<dyn …>` answers as it does itself.
pub async fn an_erased_store_answers_alike<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    let boxed: Box<dyn NonceStore> = Box::new(store.clone());
    let shared: Arc<dyn NonceStore> = Arc::new(store.clone());
    assert_eq!(claim(&boxed, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    assert_eq!(claim(&shared, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
}

/// The future may be dropped at any await: the nonce may be spent or not, and the store remains usable.
pub async fn a_dropped_claim_leaves_the_store_usable<H: Harness<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open().await;
    for round in 0..16 {
        let name = |polls: usize| nonce(&format!("round {round}, dropped after {polls}"));
        let abandoned = |polls| {
            let (store, nonce) = (store.clone(), name(polls));
            async move { store.claim(&nonce, at(NOW), at(NOW + 10)).await }
        };
        drop_at_every_poll(abandoned).await;
        for polls in 1..=3 {
            assert_ne!(claim(&store, &name(polls), at(NOW), at(NOW + 10)).await, Claim::Full);
            assert_eq!(claim(&store, &name(polls), at(NOW), at(NOW + 10)).await, Claim::Seen);
        }
        let other = nonce(&format!("round {round}, another"));
        assert_eq!(claim(&store, &other, at(NOW), at(NOW + 10)).await, Claim::Fresh);
    }
}

/// "Cannot say" is an error, never fresh: otherwise an outage would let everything through twice.
pub async fn a_broken_store_errs_and_is_never_fresh<H: Breakable<Store: NonceStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    harness.break_store(&store, &guard).await;
    for name in ["a", "b"] {
        let answer = store.claim(&nonce(name), at(NOW), at(NOW + 10)).await;
        assert!(answer.is_err(), "a store that cannot say answered {answer:?}");
    }
}

/// A claim that was answered fresh survives (rule 5).
pub async fn a_spent_nonce_stays_spent_after_reopening<H: Durable<Store: NonceStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    let store = harness.reopen(store, &guard).await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
}

/// The newest `now` survives too, or a restart would do what a clock that is set back must not do (rules 4 and 5).
pub async fn the_newest_clock_is_known_after_reopening<H: Durable<Store: NonceStore>>(harness: &H) {
    let (store, guard) = harness.open().await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("b"), at(NOW + 100), at(NOW + 200)).await, Claim::Fresh);
    let store = harness.reopen(store, &guard).await;
    assert_eq!(claim(&store, &nonce("a"), at(NOW), at(NOW + 10)).await, Claim::Seen);
}

/// A store without room says so, spends nothing, and forgets no live nonce (rule 3).
pub async fn a_full_store_refuses_and_evicts_nothing<H: Bounded<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open_bounded(CAPACITY).await;
    let spent = fill(&store).await;
    for index in 0..spent {
        assert_eq!(claim(&store, &of_its_own_key(index), at(NOW), at(NOW + 10)).await, Claim::Seen, "no. {index}");
    }
    for _ in 0..2 {
        assert_eq!(claim(&store, &of_its_own_key(spent), at(NOW), at(NOW + 10)).await, Claim::Full);
    }
}

/// Nonces that expired make room for others.
pub async fn room_comes_back_when_nonces_expire<H: Bounded<Store: NonceStore>>(harness: &H) {
    let (store, _guard) = harness.open_bounded(CAPACITY).await;
    let spent = fill(&store).await;
    assert_eq!(claim(&store, &of_its_own_key(spent), at(NOW + 10), at(NOW + 20)).await, Claim::Fresh);
}

/// Claims nonces, each of a key of its own, until the store is full, and says how many were fresh.
async fn fill(store: &impl NonceStore) -> usize {
    for index in 0..=CAPACITY * 2 {
        match claim(store, &of_its_own_key(index), at(NOW), at(NOW + 10)).await {
            Claim::Fresh => {}
            Claim::Full => {
                assert!(index > 0, "a store with room for {CAPACITY} took none");
                return index;
            }
            Claim::Seen => panic!("no. {index} was never claimed before"),
        }
    }
    panic!("a store with room for {CAPACITY} took {CAPACITY} more");
}

async fn claim(store: &impl NonceStore, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Claim {
    store.claim(nonce, now, expires).await.expect("the store answers")
}

fn of_its_own_key(index: usize) -> Nonce {
    Nonce::new("conformance", key(&format!("key {index}")), b"value")
}

const NOW: u64 = 1_700_000_000;
const CAPACITY: usize = 40;
