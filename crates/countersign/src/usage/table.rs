//! What was used when, and what of that is still to be written.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::kept::Kept;

/// Bounded: so many uses to be written, and about as many that were written not long ago.
pub(super) struct Table<U: Kept> {
    shards: [Mutex<Shard<U>>; SHARDS],
    resolution: Duration,
    capacity: usize,
    pending: AtomicUsize,
    dropped: AtomicU64,
}

type Shard<U> = HashMap<<U as Kept>::Which, Entry, <U as Kept>::Hashing>;

#[derive(Clone, Copy)]
struct Entry {
    at: SystemTime,
    /// To be written; otherwise `at` is what was written last.
    pending: bool,
}

impl<U: Kept> Table<U> {
    pub(super) fn new(resolution: Duration, capacity: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            resolution,
            capacity,
            pending: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Notes a use; says whether there is something to be written now that was not before.
    pub(super) fn note(&self, which: &U::Which, at: SystemTime) -> bool {
        let mut shard = self.shard(which);
        match shard.get_mut(which) {
            Some(Entry { at: known, pending: true }) => *known = at.max(*known),
            Some(Entry { at: written, .. }) if self.is_fresh(*written, at) => {}
            Some(entry) if self.claim() => {
                *entry = Entry { at, pending: true };
                return true;
            }
            None if self.claim() => {
                shard.insert(which.clone(), Entry { at, pending: true });
                return true;
            }
            _ => {}
        }
        false
    }

    /// Takes what is to be written, as if it had been; what could not be is [put back](Self::put_back).
    pub(super) fn take(&self) -> Vec<U> {
        let mut uses = Vec::with_capacity(self.pending());
        let mut newest = None;
        for shard in &self.shards {
            for (which, entry) in lock(shard).iter_mut().filter(|(_, entry)| entry.pending) {
                entry.pending = false;
                newest = newest.max(Some(entry.at));
                uses.push(U::of(which.clone(), entry.at));
            }
        }
        self.pending.fetch_sub(uses.len(), Ordering::SeqCst);
        if let Some(newest) = newest {
            self.forget_before(newest);
        }
        uses
    }

    /// Takes back what was not written after all.
    pub(super) fn put_back(&self, uses: &[U]) {
        for (which, at) in uses.iter().cloned().map(U::into_parts) {
            let mut shard = self.shard(&which);
            match shard.get_mut(&which) {
                Some(Entry { at: known, pending: true }) => *known = at.max(*known),
                _ if self.claim() => drop(shard.insert(which, Entry { at, pending: true })),
                _ => drop(shard.remove(&which)),
            }
        }
    }

    /// How many uses are to be written.
    pub(super) fn pending(&self) -> usize {
        self.pending.load(Ordering::SeqCst)
    }

    /// How many uses were let go because there was no room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether a use at `at` need not be written after one at `written`; also where the clock went back.
    fn is_fresh(&self, written: SystemTime, at: SystemTime) -> bool {
        at.duration_since(written).map_or(true, |since| since < self.resolution)
    }

    /// Room for one more to be written.
    fn claim(&self) -> bool {
        let room = |pending| (pending < self.capacity).then_some(pending + 1);
        let claimed = self.pending.fetch_update(Ordering::SeqCst, Ordering::SeqCst, room).is_ok();
        if !claimed {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        claimed
    }

    /// Forgets what was written so long ago that the next use is to be written anyway, and more than that where it is too
    /// much: then a thing is written once more than it had to be.
    fn forget_before(&self, newest: SystemTime) {
        for shard in &self.shards {
            let mut room = self.capacity.div_ceil(SHARDS);
            lock(shard).retain(|_, entry| {
                let keep = entry.pending || (self.is_fresh(entry.at, newest) && room > 0);
                room -= usize::from(keep && !entry.pending);
                keep
            });
        }
    }

    fn shard(&self, which: &U::Which) -> MutexGuard<'_, Shard<U>> {
        lock(
            self.shards
                .get(usize::from(U::spread(which)) % SHARDS)
                .expect("the remainder is less than the number of shards"),
        )
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many locks: two requests at once rarely want the same one.
const SHARDS: usize = 64;

#[cfg(test)]
#[cfg(feature = "bearer")]
mod tests {
    use countersign_core::{TokenDigest, TokenUse};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn digest(number: u16) -> TokenDigest {
        TokenDigest::of(number.to_string())
    }

    fn table(capacity: usize) -> Table<TokenUse> {
        Table::new(Duration::from_secs(60), capacity)
    }

    fn times(mut uses: Vec<TokenUse>) -> Vec<SystemTime> {
        uses.sort_by_key(|use_| use_.at);
        uses.into_iter().map(|use_| use_.at).collect()
    }

    #[test]
    fn what_is_to_be_written_is_the_last_use() {
        let table = table(9);
        assert!(table.note(&digest(1), at(5)));
        assert!(!table.note(&digest(1), at(7)) && !table.note(&digest(1), at(6)));
        assert!(table.note(&digest(2), at(1)));
        assert_eq!((table.pending(), times(table.take())), (2, vec![at(1), at(7)]));
        assert_eq!((table.pending(), table.take().len()), (0, 0));
    }

    #[test]
    fn a_use_within_the_resolution_of_what_was_written_is_not_written() {
        let table = table(9);
        table.note(&digest(1), at(100));
        table.take();
        let nearly = at(160) - Duration::from_nanos(1);
        assert!(!table.note(&digest(1), nearly) && !table.note(&digest(1), at(3)) && table.take().is_empty());
        assert!(table.note(&digest(1), at(160)));
        assert_eq!(times(table.take()), [at(160)]);
    }

    #[test]
    fn what_is_put_back_is_to_be_written_again_unless_it_was_used_since() {
        let table = table(9);
        for number in 1..=3 {
            table.note(&digest(number), at(100));
        }
        let taken = table.take();
        table.note(&digest(1), at(170));
        table.put_back(&taken);
        assert_eq!((table.pending(), times(table.take())), (3, vec![at(100), at(100), at(170)]));
    }

    #[test]
    fn there_is_room_for_so_many_and_what_is_dropped_is_counted() {
        let table = table(2);
        assert!(table.note(&digest(1), at(1)) && table.note(&digest(2), at(2)) && !table.note(&digest(3), at(3)));
        assert_eq!((table.pending(), table.dropped()), (2, 1));
        let taken = table.take();
        assert!(table.note(&digest(3), at(3)));
        table.put_back(&taken);
        assert_eq!((table.pending(), table.dropped()), (2, 2));
        assert_eq!(table.take().len(), 2);
        assert!(!self::table(0).note(&digest(1), at(1)));
    }

    #[test]
    fn what_was_written_long_ago_is_forgotten_and_so_is_what_is_too_much() {
        let table = table(256);
        let kept = |table: &Table<TokenUse>| table.shards.iter().map(|shard| lock(shard).len()).sum::<usize>();
        for round in 0..9 {
            (0..256).for_each(|number| assert!(table.note(&digest(1000 * round + number), at(100))));
            assert_eq!(table.take().len(), 256);
            assert!(kept(&table) <= 256);
        }
        table.note(&digest(0), at(200));
        table.take();
        assert_eq!(kept(&table), 1);
    }
}
