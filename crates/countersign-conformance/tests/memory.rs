//! The reference store passes every suite, as it is and behind both pointers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use countersign_conformance::{
    Bounded, Boxed, Harness, InArc, SecretHarness, TokenHarness, invalidation_suite, nonce_store_suite, oauth_suite,
    secret_admin_suite, secret_store_suite, token_admin_suite, token_store_suite,
};
use countersign_core::{KeyId, MemoryStore, SecretAdmin, SecretVersion, TokenAdmin, TokenDigest, TokenInfo};

struct Memory;

impl Harness for Memory {
    type Store = MemoryStore;
    type Guard = ();

    async fn open(&self) -> (MemoryStore, ()) {
        (MemoryStore::new(), ())
    }
}

impl SecretHarness for Memory {
    async fn add_secret(&self, store: &MemoryStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &MemoryStore, key_id: &KeyId, label: &str) {
        assert!(store.retire_secret(key_id, label).await.unwrap());
    }
}

impl TokenHarness for Memory {
    async fn add_token(&self, store: &MemoryStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Bounded for Memory {
    async fn open_bounded(&self, capacity: usize) -> (MemoryStore, ()) {
        (MemoryStore::with_capacity(capacity), ())
    }
}

mod plain {
    use super::*;

    secret_store_suite!(Memory);
    token_store_suite!(Memory);
    nonce_store_suite!(Memory, bounded);
    token_admin_suite!(Memory);
    secret_admin_suite!(Memory);
    invalidation_suite!(Memory);
    oauth_suite!(Memory);
}

mod boxed {
    use super::*;

    const HARNESS: Boxed<Memory> = Boxed(Memory);

    secret_store_suite!(HARNESS);
    token_store_suite!(HARNESS);
    nonce_store_suite!(HARNESS, bounded);
    token_admin_suite!(HARNESS);
    secret_admin_suite!(HARNESS);
    invalidation_suite!(HARNESS);
    oauth_suite!(HARNESS);
}

mod in_arc {
    use super::*;

    const HARNESS: InArc<Memory> = InArc(Memory);

    secret_store_suite!(HARNESS);
    token_store_suite!(HARNESS);
    nonce_store_suite!(HARNESS, bounded);
    token_admin_suite!(HARNESS);
    secret_admin_suite!(HARNESS);
    invalidation_suite!(HARNESS);
    oauth_suite!(HARNESS);
}

mod with_attributes {
    use super::*;

    secret_store_suite!(
        #[ignore = "shows that attributes are passed on"]
        Memory
    );
}
