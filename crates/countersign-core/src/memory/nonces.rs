//! Spent nonces in memory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use async_trait::async_trait;

use super::MemoryStore;
use crate::nonce::newest;
use crate::{Claim, KeyId, Nonce, NonceStore, StoreError};

/// Live nonces, found by fingerprint, forgotten in the order in which they expire.
pub(super) struct Nonces {
    capacity: usize,
    per_key: usize,
    newest: SystemTime,
    live: HashMap<[u8; 32], SystemTime>,
    by_expiry: BTreeMap<SystemTime, Vec<([u8; 32], KeyId)>>,
    count: HashMap<KeyId, usize>,
}

impl Nonces {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            per_key: (capacity / 10).max(1),
            newest: SystemTime::UNIX_EPOCH,
            live: HashMap::new(),
            by_expiry: BTreeMap::new(),
            count: HashMap::new(),
        }
    }

    fn claim(&mut self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Claim {
        let now = newest(&mut self.newest, now);
        self.forget(now);
        let fingerprint = nonce.fingerprint();
        if self.live.contains_key(&fingerprint) {
            return Claim::Seen;
        }
        if expires <= now {
            // Already over by the newest clock: to remember it would be to forget it at once.
            return Claim::Seen;
        }
        let own = self.count.get(nonce.key_id()).copied().unwrap_or(0);
        if self.live.len() >= self.capacity || own >= self.per_key {
            return Claim::Full;
        }
        self.live.insert(fingerprint, expires);
        self.by_expiry.entry(expires).or_default().push((fingerprint, nonce.key_id().clone()));
        *self.count.entry(nonce.key_id().clone()).or_default() += 1;
        Claim::Fresh
    }

    fn forget(&mut self, now: SystemTime) {
        while let Some(due) = self.by_expiry.first_entry().filter(|entry| *entry.key() <= now) {
            for (fingerprint, key_id) in due.remove() {
                self.live.remove(&fingerprint);
                if let Entry::Occupied(mut count) = self.count.entry(key_id) {
                    *count.get_mut() -= 1;
                    if *count.get() == 0 {
                        count.remove();
                    }
                }
            }
        }
    }
}

#[async_trait]
impl NonceStore for MemoryStore {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        Ok(self.nonces().claim(nonce, now, expires))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn nonce(key: &str, value: u32) -> Nonce {
        Nonce::new("test", key.parse().unwrap(), &value.to_be_bytes())
    }

    #[test]
    fn a_full_store_refuses_and_frees_its_room_in_time() {
        let mut nonces = Nonces::new(20);
        let mut claim = |key, value, now| nonces.claim(&nonce(key, value), at(now), at(now + 10));
        assert_eq!([1, 2, 3].map(|value| claim("a", value, 100)), [Claim::Fresh, Claim::Fresh, Claim::Full]);
        for key in ["b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            assert_eq!([1, 2].map(|value| claim(key, value, 100)), [Claim::Fresh, Claim::Fresh]);
        }
        assert_eq!(claim("k", 1, 100), Claim::Full);
        assert_eq!(claim("a", 1, 109), Claim::Seen);
        assert_eq!(claim("a", 1, 110), Claim::Fresh);
        assert_eq!(nonces.live.len(), 1);
        assert_eq!(nonces.count.len(), 1);
    }

    #[test]
    fn a_clock_set_back_revives_nothing() {
        let mut nonces = Nonces::new(20);
        assert_eq!(nonces.claim(&nonce("a", 1), at(100), at(110)), Claim::Fresh);
        assert_eq!(nonces.claim(&nonce("b", 1), at(200), at(210)), Claim::Fresh);
        assert_eq!(nonces.claim(&nonce("a", 1), at(100), at(110)), Claim::Seen);
    }
}
