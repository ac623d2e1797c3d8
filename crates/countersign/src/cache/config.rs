//! How much is kept, and for how long.

use std::time::Duration;

/// How many answers of a store are kept, and for how long.
///
/// Three kinds of answers are kept, apart from each other, so that a flood of one kind displaces nothing of another: what
/// was admitted, what exists and was refused (tokens only), and what does not exist.
#[derive(Clone, Copy, Debug)]
pub struct CacheConfig {
    pub(super) capacity: usize,
    pub(super) lifetime: Duration,
    pub(super) refused_lifetime: Duration,
    pub(super) absent_lifetime: Duration,
    pub(super) stale_if_error: Duration,
}

impl CacheConfig {
    /// Room for 10,000 answers of each kind. What was admitted is kept for 60 seconds, everything else for 5.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            capacity: 10_000,
            lifetime: Duration::from_secs(60),
            refused_lifetime: Duration::from_secs(5),
            absent_lifetime: Duration::from_secs(5),
            stale_if_error: Duration::ZERO,
        }
    }

    /// Room for so many answers of each kind, to within the rounding of its parts; the least used go first.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// How long what was admitted is kept before the store is asked again; zero to ask every time. Never longer than the
    /// token itself lives.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long the store's word about a token is taken that exists and is not admitted: revoked, expired, not yet valid,
    /// without the scopes that are wanted; zero to ask every time. A token whose time comes meanwhile is admitted then.
    #[must_use]
    pub const fn with_refused_lifetime(mut self, lifetime: Duration) -> Self {
        self.refused_lifetime = lifetime;
        self
    }

    /// How long the store's word is taken that there is no such token or key; zero to ask every time.
    #[must_use]
    pub const fn with_absent_lifetime(mut self, lifetime: Duration) -> Self {
        self.absent_lifetime = lifetime;
        self
    }

    /// While the store fails, goes on admitting what was admitted before, for so long beyond its lifetime; off unless this
    /// is called.
    ///
    /// Insecure: what was revoked meanwhile stays good for as long as the store can be kept from answering. What expires
    /// expires nevertheless, and what is known to be revoked is not revived.
    #[must_use]
    pub const fn with_insecure_stale_if_error(mut self, beyond: Duration) -> Self {
        self.stale_if_error = beyond;
        self
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self::new()
    }
}
