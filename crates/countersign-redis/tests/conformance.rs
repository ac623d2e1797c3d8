//! The Redis store passes every suite on a real server, as it is and behind both pointers.
//!
//! `COUNTERSIGN_TEST_REDIS` names the server, `redis://127.0.0.1:6379` say. It is not asked to be durable, each case has a
//! prefix of its own, and its keys are deleted at the end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_conformance::server::ServerSuite;
use countersign_conformance::{
    Bounded, Boxed, Breakable, Durable, Harness, InArc, SecretHarness, Shared, TokenHarness, invalidations, nonces,
    secret_admin, secrets, token_admin, tokens,
};
use countersign_core::{
    Invalidations, KeyId, NonceStore, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenDigest, TokenInfo,
    TokenStore,
};
use countersign_redis::{RedisOptions, RedisStore};

#[derive(Clone)]
struct Redis {
    url: String,
}

/// A prefix; whatever has it is deleted in the end.
struct Keys {
    url: String,
    prefix: String,
}

impl Redis {
    fn keys(&self) -> Keys {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let keys = Keys { url: self.url.clone(), prefix: format!("countersign-test-{}-{count}", process::id()) };
        keys.delete(); // what a test of the same process id left behind
        keys
    }
}

impl Keys {
    fn options(&self) -> RedisOptions {
        let options = RedisOptions::new(&self.url).with_key_prefix(&self.prefix).with_insecure_volatility();
        // The machine may be busy with other tests.
        options.with_response_timeout(Duration::from_secs(10))
    }

    fn delete(&self) {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        let pattern = format!("{{{}}}:*", self.prefix);
        let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg(pattern).query(&mut connection).unwrap();
        if !keys.is_empty() {
            redis::cmd("DEL").arg(keys).exec(&mut connection).unwrap();
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.delete();
    }
}

impl Harness for Redis {
    type Store = RedisStore;
    type Guard = Keys;

    async fn open(&self) -> (RedisStore, Keys) {
        let keys = self.keys();
        (keys.options().create().await.unwrap(), keys)
    }
}

impl SecretHarness for Redis {
    async fn add_secret(&self, store: &RedisStore, key_id: &KeyId, version: &SecretVersion) {
        store.add_secret(key_id, version).await.unwrap();
    }

    async fn retire_secret(&self, store: &RedisStore, key_id: &KeyId, label: &str) {
        assert!(store.retire_secret(key_id, label).await.unwrap());
    }
}

impl TokenHarness for Redis {
    async fn add_token(&self, store: &RedisStore, digest: &TokenDigest, info: &TokenInfo) {
        store.add_token(digest, info).await.unwrap();
    }
}

impl Breakable for Redis {
    async fn break_store(&self, store: &RedisStore, _keys: &Keys) {
        store.close().await;
    }
}

impl Durable for Redis {
    async fn reopen(&self, store: RedisStore, keys: &Keys) -> RedisStore {
        store.close().await;
        keys.options().connect().await.unwrap()
    }
}

impl Bounded for Redis {
    async fn open_bounded(&self, capacity: usize) -> (RedisStore, Keys) {
        let keys = self.keys();
        (keys.options().with_nonce_capacity(capacity).create().await.unwrap(), keys)
    }
}

impl Shared for Redis {
    async fn open_elsewhere(&self, _store: &RedisStore, keys: &Keys) -> RedisStore {
        keys.options().connect().await.unwrap()
    }
}

/// All suites, run through `harness`.
fn suites<H>(how: &str, harness: Option<H>) -> ServerSuite<H>
where
    H: SecretHarness + TokenHarness + Breakable + Durable + Bounded + Shared + 'static,
    H::Store: SecretStore + TokenStore + NonceStore + SecretAdmin + TokenAdmin + Invalidations,
{
    let name = |suite: &str| format!("{how}::{suite}");
    ServerSuite::new("COUNTERSIGN_TEST_REDIS is not set", harness)
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
}

fn main() -> ExitCode {
    let redis = env::var("COUNTERSIGN_TEST_REDIS").ok().map(|url| Redis { url });
    suites("plain", redis.clone())
        .and(suites("boxed", redis.clone().map(Boxed)))
        .and(suites("in_arc", redis.map(InArc)))
        .run()
}
