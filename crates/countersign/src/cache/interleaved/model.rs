//! What the tests run: a store of one number, a cache over it, and who asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Clock as _, ManualClock, StoreError};
use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};

use super::engine::{Engine, Joined};
use super::together::ask_together;
use crate::cache::entries::Known;
use crate::cache::{CacheConfig, Stamp};

pub(super) type Cache = Engine<u8, usize, usize>;

/// The key that everybody asks about.
pub(super) const KEY: u8 = 7;

/// 0 is good; 1 is what it is changed to.
pub(super) struct Store {
    value: AtomicUsize,
    asked: AtomicUsize,
}

impl Store {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { value: AtomicUsize::new(0), asked: AtomicUsize::new(0) })
    }

    pub(super) fn read(&self) -> usize {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.value.load(Ordering::SeqCst)
    }

    pub(super) fn change(&self) {
        self.value.store(1, Ordering::SeqCst);
    }

    pub(super) fn is_changed(&self) -> bool {
        self.value.load(Ordering::SeqCst) == 1
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// One shard, so that every key and every run meets in the same lock.
pub(super) fn cache() -> Arc<Cache> {
    Arc::new(Engine::with_shards(CacheConfig::new().with_capacity(4), 1))
}

pub(super) fn clock() -> ManualClock {
    ManualClock::at_unix(1_700_000_000)
}

pub(super) fn kept(cache: &Cache) -> Option<Known<usize>> {
    cache.look_up(&KEY, clock().now())
}

pub(super) fn keep(cache: &Cache, value: usize, stamp: Stamp) {
    cache.keep(&KEY, Known::Proved(value), stamp, None, clock().now());
}

/// A request: what is kept, or else what the store says.
pub(super) fn ask(cache: &Arc<Cache>, store: &Store) -> usize {
    if let Some(Known::Proved(value)) = kept(cache) {
        return value;
    }
    match cache.join(&KEY, clock().now(), Duration::from_secs(1), |_| true) {
        Joined::Known(Known::Proved(value)) => value,
        Joined::Known(_) => unreachable!("nothing else is kept here"),
        Joined::Seat(seat) => {
            let question = async || Ok::<_, StoreError>(store.read());
            let keep = |value: &usize, stamp| keep(cache, *value, stamp);
            block_on(ask_together(seat, &clock(), question, keep)).unwrap().answer
        }
    }
}

/// Runs it through every interleaving with at most `preemptions` of them against the threads' will.
pub(super) fn every_interleaving(preemptions: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(run);
}

/// The same for a mistake: some interleaving must show it.
pub(super) fn some_interleaving_fails(preemptions: usize, run: impl Fn() + Send + Sync + 'static) {
    let found = catch_unwind(AssertUnwindSafe(|| every_interleaving(preemptions, run)));
    assert!(found.is_err(), "the mistake was not noticed");
}
