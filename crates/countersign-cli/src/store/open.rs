//! What every store can do, and which one is opened.

use async_trait::async_trait;
use countersign_core::{SecretAdmin, SecretStore, TokenAdmin, TokenStore};

use super::Address;
use super::address::Place;
use crate::failure::{Failure, Result};

/// A store that can be administered.
#[async_trait]
pub(crate) trait Store: SecretAdmin + SecretStore + TokenAdmin + TokenStore {
    /// Ends all connections.
    async fn close(&self);
}

/// How a store is made, or brought up to date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// Make one where there is none.
    pub(crate) create: bool,
    /// It is to keep nothing but nonces.
    pub(crate) nonces_only: bool,
    /// Nonces that may have been lost are taken for known.
    pub(crate) end_nonce_guard: bool,
}

/// What was done to make a store ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Migrated {
    /// There was none.
    Created,
    /// Its tables were of an older version.
    #[cfg_attr(not(any(feature = "postgres", feature = "sqlite")), allow(dead_code, reason = "Redis has no versions"))]
    Upgraded { from: u32, to: u32 },
    /// There was nothing to do.
    UpToDate,
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl From<countersign_sqlx::SchemaChange> for Migrated {
    fn from(change: countersign_sqlx::SchemaChange) -> Self {
        match (change.from, change.to) {
            (0, _) => Self::Created,
            (from, to) if from == to => Self::UpToDate,
            (from, to) => Self::Upgraded { from, to },
        }
    }
}

impl Address {
    /// Opens the store, which must be there.
    pub(crate) async fn open(&self) -> Result<Box<dyn Store>> {
        let opened = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite(path) => super::sqlite::open(path, &self.options).await,
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => super::postgres::open(url, &self.options).await,
            #[cfg(feature = "redis")]
            Place::Redis(url) => super::redis::open(url, &self.options).await,
            #[allow(unreachable_patterns, reason = "features decide which stores are left")]
            _ => Err(not_built_in()),
        };
        opened.map_err(|failure| self.guarded(failure))
    }

    /// Brings the store up to date, or makes it where there is none and that is allowed.
    pub(crate) async fn migrate(&self, how: Migration) -> Result<Migrated> {
        if (how.nonces_only || how.end_nonce_guard) && !matches!(self.place, Place::Redis(_)) {
            return Err(Failure::usage("only a Redis takes --nonces-only and --insecure-end-nonce-guard"));
        }
        let migrated = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::Sqlite(path) => super::sqlite::migrate(path, &self.options, how.create).await,
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => super::postgres::migrate(url, &self.options, how.create).await,
            #[cfg(feature = "redis")]
            Place::Redis(url) => super::redis::migrate(url, &self.options, how).await,
            #[allow(unreachable_patterns, reason = "features decide which stores are left")]
            _ => Err(not_built_in()),
        };
        migrated.map_err(|failure| self.guarded(failure))
    }

    /// Without the password in what is said.
    fn guarded(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Failed(text) => Failure::Failed(self.without_password(&text)),
            failure => failure,
        }
    }
}

fn not_built_in() -> Failure {
    let kinds = [
        (cfg!(feature = "sqlite"), "sqlite"),
        (cfg!(feature = "postgres"), "postgres"),
        (cfg!(feature = "redis"), "redis"),
    ];
    let built_in: Vec<&str> = kinds.into_iter().filter_map(|(built_in, name)| built_in.then_some(name)).collect();
    let built_in = if built_in.is_empty() { "none".to_owned() } else { built_in.join(", ") };
    Failure::usage(format!("this program was built without that kind of store; it has {built_in}"))
}
