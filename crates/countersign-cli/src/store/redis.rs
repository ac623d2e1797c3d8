//! Redis.

use std::time::Duration;

use async_trait::async_trait;
use countersign_redis::{OpenError, OpenErrorKind, RedisOptions, RedisStore};

use super::open::{Migrated, Migration, Store};
use super::options::{InsecureRedis, StoreOptions};
use crate::failure::{Failure, Result, chain};

#[async_trait]
impl Store for RedisStore {
    async fn close(&self) {
        Self::close(self).await;
    }
}

pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<Box<dyn Store>> {
    match server(url, options).connect().await {
        Ok(store) => Ok(Box::new(store)),
        Err(error) => Err(refused(&error)),
    }
}

pub(super) async fn migrate(url: &str, options: &StoreOptions, how: Migration) -> Result<Migrated> {
    let server = server(url, options);
    let server = if how.nonces_only { server.with_nonces_only() } else { server };
    if how.create {
        match server.clone().create().await {
            Ok(store) => {
                store.close().await;
                return Ok(Migrated::Created);
            }
            Err(error) if error.kind() == OpenErrorKind::AlreadyExists => {}
            Err(error) => return Err(refused(&error)),
        }
    }
    // Sees that the server's settings lose nothing.
    let store = server.connect().await.map_err(|error| refused(&error))?;
    let ended = if how.end_nonce_guard { store.insecure_end_nonce_guard().await } else { Ok(()) };
    store.close().await;
    ended.map_err(|error| Failure::failed(chain(&error)))?;
    Ok(Migrated::UpToDate)
}

/// The client library would find no cryptography without this.
#[cfg(feature = "tls")]
fn provide_cryptography() {
    // An error says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn server(url: &str, options: &StoreOptions) -> RedisOptions {
    #[cfg(feature = "tls")]
    provide_cryptography();
    let server = RedisOptions::new(url).with_response_timeout(options.timeout.min(PATIENCE));
    let server = match &options.prefix {
        Some(prefix) => server.with_key_prefix(prefix),
        None => server,
    };
    options.insecure_redis.iter().fold(server, |server, allowed| match allowed {
        InsecureRedis::Evicting => server.with_insecure_eviction(),
        InsecureRedis::Hidden => server.with_insecure_hidden_settings(),
        InsecureRedis::Volatile => server.with_insecure_volatility(),
    })
}

fn refused(error: &OpenError) -> Failure {
    let hint = match error.kind() {
        OpenErrorKind::Evicting => "; here that is --insecure-redis evicting",
        OpenErrorKind::Hidden => "; here that is --insecure-redis hidden",
        OpenErrorKind::Volatile => "; here that is --insecure-redis volatile, or `migrate --nonces-only`",
        _ => "",
    };
    Failure::failed(format!("{}{hint}", chain(error)))
}

/// A command is not in a hurry, and still should not hang.
const PATIENCE: Duration = Duration::from_secs(5);
