//! The durable stores, behind one name, by their URLs: `sqlite:PATH`, `postgres://…`, `redis://…`. `redis-volatile://…` is a
//! Redis that may forget, on nobody's word but ours; `memory:` one that does.

use std::path::Path;
use std::sync::Arc;

use countersign::{Invalidations, MemoryStore, NonceStore, SecretAdmin, SecretStore, TokenAdmin, TokenStore};
use countersign_redis::RedisOptions;
use countersign_sqlx::{PostgresStore, SqliteStore};

use crate::SetNx;

/// What guards ask.
pub trait Answers: TokenStore + SecretStore + NonceStore {}

/// All that a durable store of ours can do.
pub trait Store: Answers + TokenAdmin + SecretAdmin + Invalidations {}

impl<S: TokenStore + SecretStore + NonceStore> Answers for S {}
impl<S: Answers + TokenAdmin + SecretAdmin + Invalidations> Store for S {}

/// Begins a new store, once.
pub async fn create(url: &str) -> Result<Arc<dyn Store>, String> {
    match kind(url) {
        ("sqlite", path) => shared(SqliteStore::create(Path::new(path)).await),
        ("postgres", _) => shared(PostgresStore::connect_or_migrate(url).await),
        ("redis" | "redis-volatile", _) => shared(redis(url).create().await),
        _ => open(url).await,
    }
}

/// Opens a store that is there, as a service does when it starts.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, String> {
    match kind(url) {
        ("memory", _) => Ok(Arc::new(MemoryStore::new())),
        ("sqlite", path) => shared(SqliteStore::open(Path::new(path)).await),
        ("postgres", _) => shared(PostgresStore::connect(url).await),
        ("redis" | "redis-volatile", _) => shared(redis(url).connect().await),
        _ => Err(format!("there is no such store: {url}")),
    }
}

/// What claims nonces: the store of this URL, or a [`SetNx`] for `set-nx://HOST:PORT`.
pub async fn open_nonces(url: &str) -> Result<Arc<dyn NonceStore>, String> {
    match url.strip_prefix("set-nx://") {
        Some(address) => Ok(Arc::new(SetNx::new(address))),
        None => Ok(open(url).await?),
    }
}

fn kind(url: &str) -> (&str, &str) {
    url.split_once(':').unwrap_or_default()
}

fn redis(url: &str) -> RedisOptions {
    match url.strip_prefix("redis-volatile") {
        Some(rest) => RedisOptions::new(format!("redis{rest}")).with_insecure_volatility(),
        None => RedisOptions::new(url),
    }
}

fn shared(opened: Result<impl Store, impl std::error::Error>) -> Result<Arc<dyn Store>, String> {
    match opened {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => Err(format!("{error}: {:?}", error.source())),
    }
}
