//! How the store is opened, filled, broken and reopened.

use std::sync::atomic::Ordering;

use countersign_conformance::{Bounded, Breakable, Durable, Harness, SecretHarness, Shared, TokenHarness};
use countersign_core::{KeyId, SecretAdmin, SecretVersion, TokenAdmin, TokenDigest, TokenInfo};

use super::{Fault, FaultyStore};

#[derive(Clone, Copy)]
pub(crate) struct Faulty(pub(crate) Fault);

impl Harness for Faulty {
    type Store = FaultyStore;
    type Guard = ();

    async fn open(&self) -> (FaultyStore, ()) {
        self.open_bounded(1000).await
    }
}

impl SecretHarness for Faulty {
    async fn add_secret(&self, store: &FaultyStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &FaultyStore, key_id: &KeyId, label: &str) {
        store.retire_secret(key_id, label).await.unwrap();
    }
}

impl TokenHarness for Faulty {
    async fn add_token(&self, store: &FaultyStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Breakable for Faulty {
    async fn break_store(&self, store: &FaultyStore, _guard: &()) {
        store.shared.broken.store(true, Ordering::SeqCst);
    }
}

impl Durable for Faulty {
    async fn reopen(&self, store: FaultyStore, _guard: &()) -> FaultyStore {
        if self.0 == Fault::ForgetOnReopen { self.open().await.0 } else { store }
    }
}

impl Bounded for Faulty {
    async fn open_bounded(&self, capacity: usize) -> (FaultyStore, ()) {
        (FaultyStore::new(self.0, capacity), ())
    }
}

impl Shared for Faulty {
    async fn open_elsewhere(&self, store: &FaultyStore, _guard: &()) -> FaultyStore {
        store.elsewhere()
    }
}
