//! What a store's author tells the suites.

use std::future::Future;

use countersign_core::{KeyId, SecretVersion, TokenDigest, TokenInfo};

/// How a store is opened for one case.
///
/// The methods may panic when they cannot do what they are asked: the case fails then.
pub trait Harness: Send + Sync {
    /// The store. Clones share their contents; a store that is not `Clone` goes into an `Arc`, which is a store too.
    type Store: Clone + Send + Sync + 'static;

    /// What has to live as long as the store: a temporary folder, a schema that is dropped at the end; or `()`.
    type Guard: Send + Sync;

    /// Opens a store that is empty and that no other case sees.
    fn open(&self) -> impl Future<Output = (Self::Store, Self::Guard)> + Send;
}

/// How secrets get into a store that is only asked for them.
pub trait SecretHarness: Harness {
    /// Makes `version` the newest secret of `key_id`.
    fn add_secret(
        &self,
        store: &Self::Store,
        key_id: &KeyId,
        version: &SecretVersion,
    ) -> impl Future<Output = ()> + Send;

    /// Removes the secret of this label.
    fn retire_secret(&self, store: &Self::Store, key_id: &KeyId, label: &str) -> impl Future<Output = ()> + Send;
}

/// How tokens get into a store that is only asked for them.
pub trait TokenHarness: Harness {
    /// Keeps a token, already expired or revoked ones too.
    fn add_token(&self, store: &Self::Store, digest: &TokenDigest, info: &TokenInfo)
    -> impl Future<Output = ()> + Send;
}

/// A store that can be broken.
pub trait Breakable: Harness {
    /// Makes the store unable to answer: closes its pool, stops its server, takes its table away. Cuts the connection over
    /// which it listens, if it has one.
    fn break_store(&self, store: &Self::Store, guard: &Self::Guard) -> impl Future<Output = ()> + Send;
}

/// A store whose contents outlive it.
pub trait Durable: Harness {
    /// Opens the same contents anew, as a program does that was restarted.
    fn reopen(&self, store: Self::Store, guard: &Self::Guard) -> impl Future<Output = Self::Store> + Send;
}

/// A store that can be filled.
pub trait Bounded: Harness {
    /// Opens an empty store with room for about `capacity` nonces. It may refuse earlier, and grant one key less.
    fn open_bounded(&self, capacity: usize) -> impl Future<Output = (Self::Store, Self::Guard)> + Send;
}

/// A store that several processes use at once.
pub trait Shared: Harness {
    /// Opens the contents of `store` a second time, as another process does: over a connection of its own, and with nothing
    /// in memory in common.
    fn open_elsewhere(&self, store: &Self::Store, guard: &Self::Guard) -> impl Future<Output = Self::Store> + Send;
}
