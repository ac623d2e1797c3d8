//! The reference store: everything in the memory of one process.

#[cfg(test)]
mod interleaved;
mod nonces;
#[cfg(feature = "oauth")]
mod oauth;
mod secrets;
mod tokens;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::issue::new_token_id;
use crate::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use crate::{
    InvalidationSink, Invalidations, Link, PresentedToken, Secret, SecretVersion, StoreError, Subscribers, TokenDigest,
    TokenInfo, async_trait,
};
use nonces::Nonces;
use secrets::SecretTable;
use tokens::TokenTable;

/// Secrets, tokens and nonces in the memory of one process; what other stores are held against.
///
/// Bounded: it holds 2^20 entries of each kind unless [`with_capacity`](Self::with_capacity) says otherwise, and of nonces
/// at most a tenth for one key, so that no caller can use up the room of all. A full store refuses what is new
/// ([`Claim::Full`](crate::Claim::Full), or an error); it never evicts. Everything is lost when the process ends: spent nonces too, so that a
/// signature which is still fresh could be used once more after a restart.
///
/// Clones share their contents.
///
/// ```
/// use countersign_core::{MemoryStore, Secret, TokenInfo};
///
/// let store = MemoryStore::new()
///     .with_secret("partner", Secret::new("a secret of the partner")?)
///     .with_token("tk_example", TokenInfo::new("user-7"));
/// # Ok::<(), countersign_core::EmptySecret>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore(Arc<Tables>);

struct Tables {
    capacity: usize,
    secrets: RwLock<SecretTable>,
    tokens: RwLock<TokenTable>,
    nonces: Mutex<Nonces>,
    #[cfg(feature = "oauth")]
    oauth: Mutex<oauth::Records>,
    subscribers: Subscribers,
}

impl MemoryStore {
    /// An empty store with room for 2^20 entries of each kind.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(1 << 20)
    }

    /// An empty store with room for `capacity` keys, `capacity` tokens and `capacity` nonces; of the records of the feature
    /// `oauth` for as many of each kind.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Tables {
            capacity,
            secrets: RwLock::new(SecretTable::new()),
            tokens: RwLock::new(TokenTable::default()),
            nonces: Mutex::new(Nonces::new(capacity)),
            #[cfg(feature = "oauth")]
            oauth: Mutex::default(),
            subscribers: Subscribers::new(),
        }))
    }

    /// Adds a secret as the newest of `key_id`.
    ///
    /// # Panics
    /// When `key_id` is empty or too long for a [`KeyId`](crate::KeyId), or the store is full: it is meant for what the
    /// program itself writes down.
    #[must_use]
    pub fn with_secret(self, key_id: &str, secret: Secret) -> Self {
        let key_id = key_id.parse().expect("a key id has 1 to 256 bytes");
        self.put_secret(&key_id, SecretVersion::new(secret)).expect("the store has room");
        self
    }

    /// Adds a token by its text, of which the store keeps the digest, with an id if `info` has none.
    ///
    /// # Panics
    /// When the store is full or has this token already: it is meant for what the program itself writes down.
    #[must_use]
    pub fn with_token(self, token: &str, info: TokenInfo) -> Self {
        let info = if info.id().is_some() { info } else { info.with_id(new_token_id(SystemTime::UNIX_EPOCH)) };
        self.put_token(*PresentedToken::new(token).digest(), info).expect("the token is new and the store has room");
        self
    }

    fn nonces(&self) -> MutexGuard<'_, Nonces> {
        self.0.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Invalidations for MemoryStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        let _subscription = self.0.subscribers.subscribe(sink.clone());
        sink.connected(Link::InProcess);
        std::future::pending().await
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("capacity", &self.0.capacity).finish_non_exhaustive()
    }
}

/// Hashes a [`TokenDigest`] by its own first bytes. Sound where only digests of tokens that the application issued are
/// inserted: nobody else can choose them.
#[derive(Clone, Copy, Default)]
struct DigestHasher(u64);

impl std::hash::Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type DigestMap<V> = HashMap<TokenDigest, V, std::hash::BuildHasherDefault<DigestHasher>>;
