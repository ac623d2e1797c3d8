//! What is kept: three bounded maps.

use std::hash::Hash;
use std::time::{Duration, SystemTime};

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::CacheConfig;
use super::hasher::Seeded;

/// What is known of a key or a token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known<V> {
    /// It was admitted.
    Proved(V),
    /// It exists, and was not admitted.
    Refused(V),
    /// It does not exist.
    Absent,
}

/// A map for each kind, so that a flood of one displaces nothing of another.
pub(super) struct Entries<K, V> {
    config: CacheConfig,
    proved: Map<K, Entry<V>>,
    refused: Map<K, Entry<V>>,
    absent: Map<K, Entry<()>>,
}

/// Strangers choose the keys, and may grind them: the hash has a seed that nobody knows, and whole keys are compared.
type Map<K, V> = Cache<K, V, UnitWeighter, Seeded>;

#[derive(Clone)]
struct Entry<V> {
    value: V,
    asked_at: SystemTime,
    until: SystemTime,
}

impl<V> Entry<V> {
    /// Whether it counts. A clock that was set back to before the question does not prolong it.
    fn counts(&self, now: SystemTime) -> bool {
        self.asked_at <= now && now < self.until
    }

    fn is_newer_than(&self, asked_at: SystemTime, now: SystemTime) -> bool {
        asked_at < self.asked_at && self.asked_at <= now
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Entries<K, V> {
    pub(super) fn new(config: CacheConfig) -> Self {
        Self { config, proved: map(config.capacity), refused: map(config.capacity), absent: map(config.capacity) }
    }

    #[inline]
    pub(super) fn look_up(&self, key: &K, now: SystemTime) -> Option<Known<V>> {
        self.look_up_proved(key, now).map(Known::Proved).or_else(|| self.look_up_rest(key, now))
    }

    #[inline]
    pub(super) fn look_up_proved(&self, key: &K, now: SystemTime) -> Option<V> {
        self.proved.get(key).filter(|entry| entry.counts(now)).map(|entry| entry.value)
    }

    #[cold]
    fn look_up_rest(&self, key: &K, now: SystemTime) -> Option<Known<V>> {
        let refused = self.refused.get(key).filter(|entry| entry.counts(now));
        refused.map(|entry| Known::Refused(entry.value)).or_else(|| {
            let absent = self.absent.get(key).filter(|entry| entry.counts(now));
            absent.map(|_| Known::Absent)
        })
    }

    /// What was admitted and whose time is over, where it is taken nevertheless while the store fails.
    pub(super) fn look_up_stale(&self, key: &K, now: SystemTime) -> Option<V> {
        let mut entry = self.proved.get(key)?;
        entry.until = entry.until.checked_add(self.config.stale_if_error)?;
        entry.counts(now).then_some(entry.value)
    }

    /// Keeps what the store said to a question asked at `asked_at`, instead of whatever it said before; `now` is later.
    pub(super) fn put(
        &self,
        key: &K,
        known: Known<V>,
        asked_at: SystemTime,
        ends: Option<SystemTime>,
        now: SystemTime,
    ) {
        let newer = self.proved.peek(key).is_some_and(|entry| entry.is_newer_than(asked_at, now))
            || self.refused.peek(key).is_some_and(|entry| entry.is_newer_than(asked_at, now))
            || self.absent.peek(key).is_some_and(|entry| entry.is_newer_than(asked_at, now));
        if newer {
            return;
        }
        self.remove(key);
        let lifetime = match known {
            Known::Proved(_) => self.config.lifetime,
            Known::Refused(_) => self.config.refused_lifetime,
            Known::Absent => self.config.absent_lifetime,
        };
        let Some(until) = asked_at.checked_add(lifetime.min(LONGEST)) else { return };
        let until = ends.map_or(until, |ends| until.min(ends));
        if until <= asked_at {
            return;
        }
        match known {
            Known::Proved(value) => self.proved.insert(key.clone(), Entry { value, asked_at, until }),
            Known::Refused(value) => self.refused.insert(key.clone(), Entry { value, asked_at, until }),
            Known::Absent => self.absent.insert(key.clone(), Entry { value: (), asked_at, until }),
        }
    }

    pub(super) fn remove(&self, key: &K) {
        self.proved.remove(key);
        self.refused.remove(key);
        self.absent.remove(key);
    }

    pub(super) fn clear(&self) {
        self.proved.clear();
        self.refused.clear();
        self.absent.clear();
    }
}

fn map<K: Eq + Hash, V: Clone>(capacity: usize) -> Map<K, V> {
    Cache::with(capacity, capacity as u64, UnitWeighter, Seeded::new(), DefaultLifecycle::default())
}

/// As good as for ever.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn an_older_answer_that_comes_later_replaces_nothing() {
        let entries = Entries::new(CacheConfig::new());
        for newer in [Known::Proved(2), Known::Refused(2), Known::Absent] {
            entries.put(&'k', newer.clone(), at(11), None, at(12));
            for older in [Known::Proved(1), Known::Refused(1), Known::Absent] {
                entries.put(&'k', older, at(10), None, at(12));
                assert_eq!(entries.look_up(&'k', at(12)), Some(newer.clone()));
            }
            entries.remove(&'k');
        }
    }

    #[test]
    fn an_answer_of_a_time_that_is_yet_to_come_is_replaced() {
        let entries = Entries::new(CacheConfig::new());
        for wrong in [Known::Proved(2), Known::Refused(2), Known::Absent] {
            entries.put(&'k', wrong, at(1_000), None, at(1_000));
            entries.put(&'k', Known::Proved(1), at(10), None, at(12));
            assert_eq!(entries.look_up(&'k', at(12)), Some(Known::Proved(1)));
            assert_eq!(entries.look_up(&'k', at(1_001)), None);
            entries.remove(&'k');
        }
    }

    #[test]
    fn one_answer_is_kept_of_each_key_whatever_its_kind() {
        let entries = Entries::new(CacheConfig::new());
        for (number, known) in (10..).zip([Known::Proved(1), Known::Refused(1), Known::Absent, Known::Proved(2)]) {
            entries.put(&'k', known.clone(), at(number), None, at(number));
            assert_eq!(entries.look_up(&'k', at(number)), Some(known));
            assert_eq!(entries.proved.len() + entries.refused.len() + entries.absent.len(), 1);
        }
    }
}
