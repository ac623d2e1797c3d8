//! Prepared keys, kept for a while.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::KeyId;
use quick_cache::sync::Cache;

use crate::hmac::keys::PreparedKeys;

/// How many keys are kept ready, and for how long.
///
/// A secret that is retired verifies until its entry's time is over, unless its own `not_after` comes first. Keys that
/// exist and keys that do not are kept apart: a flood of unknown key ids displaces no known key.
#[derive(Clone, Copy, Debug)]
pub struct CacheConfig {
    capacity: usize,
    lifetime: Duration,
    absent_lifetime: Duration,
}

impl CacheConfig {
    /// Room for 10,000 keys, kept for 60 seconds, and for 10,000 key ids that do not exist, kept for 5 seconds.
    #[must_use]
    pub const fn new() -> Self {
        Self { capacity: 10_000, lifetime: Duration::from_secs(60), absent_lifetime: Duration::from_secs(5) }
    }

    /// Room for so many of either kind.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// How long a key is kept before the store is asked again.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long the store's word is taken that a key id does not exist; zero to ask every time.
    #[must_use]
    pub const fn with_absent_lifetime(mut self, lifetime: Duration) -> Self {
        self.absent_lifetime = lifetime;
        self
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) struct KeyCache {
    config: CacheConfig,
    known: Cache<KeyId, (Arc<PreparedKeys>, SystemTime)>,
    absent: Cache<KeyId, SystemTime>,
}

impl KeyCache {
    pub(super) fn new(config: CacheConfig) -> Self {
        Self { config, known: Cache::new(config.capacity), absent: Cache::new(config.capacity) }
    }

    /// `Some(None)` when the store said a moment ago that there is no such key.
    pub(super) fn look_up(&self, key_id: &KeyId, now: SystemTime) -> Option<Option<Arc<PreparedKeys>>> {
        match self.known.get(key_id) {
            Some((keys, until)) if now < until => Some(Some(keys)),
            _ => self.absent.get(key_id).filter(|until| now < *until).map(|_| None),
        }
    }

    /// Keeps keys with which a signature was just verified.
    pub(super) fn keep(&self, key_id: &KeyId, keys: &Arc<PreparedKeys>, now: SystemTime) {
        if let Some(until) = now.checked_add(self.config.lifetime) {
            self.known.insert(key_id.clone(), (keys.clone(), until));
        }
    }

    /// Keeps the store's word that there is no such key.
    pub(super) fn keep_absent(&self, key_id: &KeyId, now: SystemTime) {
        if let Some(until) = now.checked_add(self.config.absent_lifetime).filter(|until| now < *until) {
            self.absent.insert(key_id.clone(), until);
        }
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache").field("config", &self.config).finish_non_exhaustive()
    }
}
