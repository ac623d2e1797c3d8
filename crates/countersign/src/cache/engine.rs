//! Entries, flights, and how both end when something is no longer true.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::flight::Flight;
use super::seat::Seat;
use super::sync::{Mutex, MutexGuard, Opaque, PoisonError};
use crate::auth::AuthError;
use crate::cache::entries::{Entries, Known};
use crate::cache::{CacheConfig, Stamp};

/// What is kept of a store's answers, by key, and what the store is being asked.
///
/// `K` is what is looked up, `V` what is kept of it, `A` what the store answers.
///
/// Each key belongs to a shard, and each shard has generations, which [`invalidate`](Self::invalidate) counts up. Whoever
/// asks the store takes a [`Stamp`] first. Under the shard's lock an answer is kept only if its generation is still the
/// same; so an answer that raced an invalidation is never kept, however late it comes.
pub(crate) struct Engine<K, V, A> {
    entries: Opaque<Entries<K, V>>,
    shards: Box<[Mutex<Shard<K, A>>]>,
    hasher: RandomState,
}

struct Shard<K, A> {
    generations: [u64; GENERATIONS],
    flights: HashMap<K, Departure<A>>,
}

/// A flight that may be joined.
struct Departure<A> {
    flight: Arc<Flight<Result<Arrival<A>, AuthError>>>,
    /// How many asked and are not gone.
    seats: usize,
    since: SystemTime,
}

/// What the store answered, and when it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Arrival<A> {
    pub(crate) answer: A,
    #[cfg_attr(not(feature = "hmac"), expect(dead_code, reason = "what is known of a token is kept by who asked"))]
    pub(crate) stamp: Stamp,
}

/// What looking once more and taking a seat brought.
pub(crate) enum Joined<K, V, A>
where
    K: Clone + Eq + Hash,
    V: Clone,
    A: Clone,
{
    /// It is known by now.
    Known(Known<V>),
    /// The store has to be asked, by us or by somebody who asks already.
    Seat(Seat<K, V, A>),
}

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Engine<K, V, A> {
    pub(crate) fn new(config: CacheConfig) -> Self {
        Self::with_shards(config, SHARDS)
    }

    pub(super) fn with_shards(config: CacheConfig, shards: usize) -> Self {
        let shard = |_| Mutex::new(Shard { generations: [0; GENERATIONS], flights: HashMap::new() });
        Self {
            entries: Opaque::new(Entries::new(config)),
            shards: (0..shards).map(shard).collect(),
            hasher: RandomState::new(),
        }
    }

    /// What is known of `key`, and still counts.
    #[inline]
    pub(crate) fn look_up(&self, key: &K, now: SystemTime) -> Option<Known<V>> {
        self.entries.touch().look_up(key, now)
    }

    /// The same where it was admitted.
    #[cfg(feature = "bearer")]
    #[inline]
    pub(crate) fn look_up_proved(&self, key: &K, now: SystemTime) -> Option<V> {
        self.entries.touch().look_up_proved(key, now)
    }

    /// What was proved and counts no longer, where the configuration takes even that while the store fails.
    pub(crate) fn look_up_stale(&self, key: &K, now: SystemTime) -> Option<V> {
        self.entries.touch().look_up_stale(key, now)
    }

    /// A seat among those who ask about `key`, unless what is known by now is `enough`.
    ///
    /// Nobody joins a flight that has taken `patience`: its leader waits for what will not come, or is not polled.
    pub(crate) fn join(
        self: &Arc<Self>,
        key: &K,
        now: SystemTime,
        patience: Duration,
        enough: impl FnOnce(&Known<V>) -> bool,
    ) -> Joined<K, V, A> {
        let (mut shard, _) = self.shard(key);
        // Once more under the lock: whoever led may have had the answer meanwhile.
        if let Some(known) = self.entries.touch().look_up(key, now).filter(enough) {
            return Joined::Known(known);
        }
        let departs =
            |departure: &&mut Departure<A>| now.duration_since(departure.since).is_ok_and(|age| age < patience);
        let flight = match shard.flights.get_mut(key).filter(departs) {
            Some(departure) => {
                departure.seats += 1;
                departure.flight.clone()
            }
            None => {
                let flight = Arc::new(Flight::new());
                shard.flights.insert(key.clone(), Departure { flight: flight.clone(), seats: 1, since: now });
                flight
            }
        };
        drop(shard);
        Joined::Seat(Seat::new(self.clone(), key.clone(), flight))
    }

    /// To be taken before the store is asked.
    pub(crate) fn stamp(&self, key: &K, now: SystemTime) -> Stamp {
        let (shard, generation) = self.shard(key);
        Stamp { at: now, generation: shard.generation(generation) }
    }

    /// Keeps what the store answered, no longer than until `ends`; nothing, if something was told meanwhile.
    pub(crate) fn keep(&self, key: &K, known: Known<V>, stamp: Stamp, ends: Option<SystemTime>, now: SystemTime) {
        let (shard, generation) = self.shard(key);
        if shard.generation(generation) == stamp.generation {
            // Still under the lock, so that nothing can be told in between.
            self.entries.touch().put(key, known, stamp.at, ends, now);
        }
    }

    /// Forgets what is known of `key`. Whoever asks the store about it now gets the answer, but nobody else does.
    pub(crate) fn invalidate(&self, key: &K) {
        let (mut shard, generation) = self.shard(key);
        shard.advance(generation);
        shard.flights.remove(key);
        self.entries.touch().remove(key);
    }

    /// The same for everything.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            (0..GENERATIONS).for_each(|generation| shard.advance(generation));
            shard.flights.clear();
        }
        // Last, so that what was kept under an old generation is gone too.
        self.entries.touch().clear();
    }

    /// Lets nobody else take a seat.
    pub(super) fn close(&self, key: &K, flight: &Arc<Flight<Result<Arrival<A>, AuthError>>>) {
        let (mut shard, _) = self.shard(key);
        if shard.flights.get(key).is_some_and(|departure| Arc::ptr_eq(&departure.flight, flight)) {
            shard.flights.remove(key);
        }
    }

    /// Gives a seat up; the flight is forgotten with its last one.
    pub(super) fn leave(&self, key: &K, flight: &Arc<Flight<Result<Arrival<A>, AuthError>>>) {
        let (mut shard, _) = self.shard(key);
        let Some(departure) = shard.flights.get_mut(key) else { return };
        if Arc::ptr_eq(&departure.flight, flight) {
            departure.seats -= 1;
            if departure.seats == 0 {
                shard.flights.remove(key);
            }
        }
    }

    /// How many questions are on their way.
    #[cfg(test)]
    #[allow(dead_code, reason = "asked where the tests of interleavings compile this once more")]
    pub(super) fn flights(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).flights.len()).sum()
    }

    fn shard(&self, key: &K) -> (MutexGuard<'_, Shard<K, A>>, usize) {
        let hash = self.hasher.hash_one(key) as usize;
        let shard = self.shards.get(hash % self.shards.len()).expect("the remainder is smaller");
        (lock(shard), hash / self.shards.len() % GENERATIONS)
    }
}

impl<K, A> Shard<K, A> {
    fn generation(&self, at: usize) -> u64 {
        self.generations.get(at).copied().unwrap_or_default()
    }

    fn advance(&mut self, at: usize) {
        if let Some(generation) = self.generations.get_mut(at) {
            *generation += 1;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many keys can be asked about at once without waiting for each other.
const SHARDS: usize = 64;
/// In each shard, so that an answer is seldom lost to what was told of another key.
const GENERATIONS: usize = 16;
