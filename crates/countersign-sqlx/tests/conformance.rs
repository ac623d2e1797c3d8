//! The SQLite store passes every suite on real files, as it is and behind both pointers.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use countersign_conformance::{
    Bounded, Boxed, Breakable, Durable, Harness, InArc, SecretHarness, TokenHarness, invalidation_suite,
    nonce_store_suite, oauth_suite, secret_admin_suite, secret_store_suite, token_admin_suite, token_store_suite,
};
use countersign_core::{KeyId, SecretAdmin, SecretVersion, TokenAdmin, TokenDigest, TokenInfo};
use countersign_sqlx::SqliteStore;
use tempfile::TempDir;

struct Sqlite;

impl Harness for Sqlite {
    type Store = SqliteStore;
    type Guard = TempDir;

    async fn open(&self) -> (SqliteStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(folder.path().join("auth.sqlite")).await.unwrap();
        (store, folder)
    }
}

impl SecretHarness for Sqlite {
    async fn add_secret(&self, store: &SqliteStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &SqliteStore, key_id: &KeyId, label: &str) {
        assert!(store.retire_secret(key_id, label).await.unwrap());
    }
}

impl TokenHarness for Sqlite {
    async fn add_token(&self, store: &SqliteStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Breakable for Sqlite {
    async fn break_store(&self, store: &SqliteStore, _folder: &TempDir) {
        store.close().await;
    }
}

impl Durable for Sqlite {
    async fn reopen(&self, store: SqliteStore, folder: &TempDir) -> SqliteStore {
        store.close().await;
        SqliteStore::open(folder.path().join("auth.sqlite")).await.unwrap()
    }
}

impl Bounded for Sqlite {
    async fn open_bounded(&self, capacity: usize) -> (SqliteStore, TempDir) {
        let (store, folder) = self.open().await;
        (store.with_nonce_capacity(capacity), folder)
    }
}

mod plain {
    use super::*;

    secret_store_suite!(Sqlite, breakable);
    token_store_suite!(Sqlite, breakable);
    nonce_store_suite!(Sqlite, breakable, durable, bounded);
    token_admin_suite!(Sqlite, breakable, durable);
    secret_admin_suite!(Sqlite, breakable, durable);
    invalidation_suite!(Sqlite);
    oauth_suite!(Sqlite, breakable, durable);
}

mod boxed {
    use super::*;

    const HARNESS: Boxed<Sqlite> = Boxed(Sqlite);

    secret_store_suite!(HARNESS, breakable);
    token_store_suite!(HARNESS, breakable);
    nonce_store_suite!(HARNESS, breakable, durable, bounded);
    token_admin_suite!(HARNESS, breakable, durable);
    secret_admin_suite!(HARNESS, breakable, durable);
    invalidation_suite!(HARNESS);
    oauth_suite!(HARNESS, breakable, durable);
}

mod in_arc {
    use super::*;

    const HARNESS: InArc<Sqlite> = InArc(Sqlite);

    secret_store_suite!(HARNESS, breakable);
    token_store_suite!(HARNESS, breakable);
    nonce_store_suite!(HARNESS, breakable, durable, bounded);
    token_admin_suite!(HARNESS, breakable, durable);
    secret_admin_suite!(HARNESS, breakable, durable);
    invalidation_suite!(HARNESS);
    oauth_suite!(HARNESS, breakable, durable);
}
