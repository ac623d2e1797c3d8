//! The PostgreSQL store passes every suite on a real server, as it is and behind both pointers.
//!
//! `COUNTERSIGN_TEST_POSTGRES` names the database; each case makes tables with a prefix of its own in it, and drops them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "tables.rs"]
mod tables;

use std::env;
use std::process::ExitCode;

use countersign_conformance::oauth::OauthStore;
use countersign_conformance::server::ServerSuite;
use countersign_conformance::{
    Bounded, Boxed, Breakable, Durable, Harness, InArc, SecretHarness, Shared, TokenHarness, invalidations, nonces,
    oauth, secret_admin, secrets, token_admin, tokens,
};
use countersign_core::{
    KeyId, NonceStore, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenDigest, TokenInfo,
};
use countersign_sqlx::PostgresStore;
use tables::Tables;

#[derive(Clone)]
struct Postgres {
    url: String,
}

impl Harness for Postgres {
    type Store = PostgresStore;
    type Guard = Tables;

    async fn open(&self) -> (PostgresStore, Tables) {
        let tables = Tables::new(&self.url).await;
        (tables.create().await, tables)
    }
}

impl SecretHarness for Postgres {
    async fn add_secret(&self, store: &PostgresStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &PostgresStore, key_id: &KeyId, label: &str) {
        assert!(store.retire_secret(key_id, label).await.unwrap());
    }
}

impl TokenHarness for Postgres {
    async fn add_token(&self, store: &PostgresStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Breakable for Postgres {
    async fn break_store(&self, store: &PostgresStore, _tables: &Tables) {
        store.close().await;
    }
}

impl Durable for Postgres {
    async fn reopen(&self, store: PostgresStore, tables: &Tables) -> PostgresStore {
        store.close().await;
        tables.options().connect().await.unwrap()
    }
}

impl Bounded for Postgres {
    async fn open_bounded(&self, capacity: usize) -> (PostgresStore, Tables) {
        let (store, tables) = self.open().await;
        (store.with_nonce_capacity(capacity), tables)
    }
}

impl Shared for Postgres {
    async fn open_elsewhere(&self, _store: &PostgresStore, tables: &Tables) -> PostgresStore {
        tables.options().connect().await.unwrap()
    }
}

/// All suites, run through `harness`.
fn suites<H>(how: &str, harness: Option<H>) -> ServerSuite<H>
where
    H: SecretHarness + TokenHarness + Breakable + Durable + Bounded + Shared + 'static,
    H::Store: SecretStore + NonceStore + SecretAdmin + OauthStore,
{
    let name = |suite: &str| format!("{how}::{suite}");
    ServerSuite::new("COUNTERSIGN_TEST_POSTGRES is not set", harness)
        .with_cases(&name("secrets"), secrets::cases())
        .with_cases(&name("secrets"), secrets::breakable_cases())
        .with_cases(&name("tokens"), tokens::cases())
        .with_cases(&name("tokens"), tokens::breakable_cases())
        .with_cases(&name("nonces"), nonces::cases())
        .with_cases(&name("nonces"), nonces::breakable_cases())
        .with_cases(&name("nonces"), nonces::durable_cases())
        .with_cases(&name("nonces"), nonces::bounded_cases())
        .with_cases(&name("token_admin"), token_admin::cases())
        .with_cases(&name("token_admin"), token_admin::breakable_cases())
        .with_cases(&name("token_admin"), token_admin::durable_cases())
        .with_cases(&name("secret_admin"), secret_admin::cases())
        .with_cases(&name("secret_admin"), secret_admin::breakable_cases())
        .with_cases(&name("secret_admin"), secret_admin::durable_cases())
        .with_cases(&name("invalidations"), invalidations::cases())
        .with_cases(&name("invalidations"), invalidations::breakable_cases())
        .with_cases(&name("invalidations"), invalidations::shared_cases())
        .with_cases(&name("oauth"), oauth::cases())
        .with_cases(&name("oauth"), oauth::breakable_cases())
        .with_cases(&name("oauth"), oauth::durable_cases())
}

fn main() -> ExitCode {
    let postgres = env::var(tables::VARIABLE).ok().map(|url| Postgres { url });
    suites("plain", postgres.clone())
        .and(suites("boxed", postgres.clone().map(Boxed)))
        .and(suites("in_arc", postgres.map(InArc)))
        .run()
}
