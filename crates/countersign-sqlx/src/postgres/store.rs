//! The store and its connections.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use countersign_core::{StoreError, Subscribers};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection, Row, raw_sql};

use super::names::Names;
use super::server_error::failed;
use super::session::{PATIENCE, Session};
use super::{OpenError, PostgresOptions};
use crate::SchemaChange;

/// Secrets, tokens and spent nonces in a PostgreSQL database; see the [module's docs](super).
///
/// Clones share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) pool: PgPool,
    pub(super) names: Names,
    pub(super) subscribers: Subscribers,
    /// The newest time that this process told, in microseconds; what is stored may be older.
    pub(super) newest: Arc<AtomicI64>,
    /// How many claims were fresh.
    pub(super) spent: Arc<AtomicU64>,
    pub(super) nonce_capacity: i64,
}

impl PostgresStore {
    /// Connects to the database at `url`, in which the tables `countersign_*` must be there and up to date; see
    /// [`PostgresOptions`] for the rest.
    ///
    /// # Errors
    /// Those of [`PostgresOptions::connect`].
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        PostgresOptions::new(url).connect().await
    }

    /// Makes the tables `countersign_*` or brings them up to date, and connects. For development and for tests: see
    /// [`PostgresOptions::connect_or_migrate`].
    ///
    /// # Errors
    /// Those of [`PostgresOptions::connect_or_migrate`].
    pub async fn connect_or_migrate(url: &str) -> Result<Self, OpenError> {
        PostgresOptions::new(url).connect_or_migrate().await
    }

    /// Makes the tables `countersign_*`, or brings them up to date.
    ///
    /// # Errors
    /// Those of [`PostgresOptions::migrate`].
    pub async fn migrate(url: &str) -> Result<SchemaChange, OpenError> {
        PostgresOptions::new(url).migrate().await
    }

    /// How many spent nonces there may be at once, 2^20 by default, and at most a tenth of them of one key.
    ///
    /// When they are all live, [`claim`](countersign_core::NonceStore::claim) answers
    /// [`Claim::Full`](countersign_core::Claim::Full). Of a database that several stores use, each goes by its own.
    #[must_use]
    pub fn with_nonce_capacity(mut self, capacity: usize) -> Self {
        self.nonce_capacity = i64::try_from(capacity).unwrap_or(i64::MAX);
        self
    }

    /// Closes all connections, those of clones too, and ends all deliveries of invalidations.
    ///
    /// Whoever asks afterwards gets an error.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A store over tables that are known to be ours. Connects when it is asked something.
    pub(super) fn new(options: PgConnectOptions, names: Names, max_connections: u32) -> Self {
        Self {
            pool: pool(max_connections).connect_lazy_with(options),
            names,
            subscribers: Subscribers::new(),
            newest: Arc::new(AtomicI64::new(i64::MIN)),
            spent: Arc::new(AtomicU64::new(0)),
            nonce_capacity: 1 << 20,
        }
    }

    /// A connection, for one call. Whoever goes away while it waits for one leaves nothing behind.
    pub(super) async fn session(&self) -> Result<Session, StoreError> {
        let connection = self.pool.acquire().await.map_err(failed)?;
        Ok(Session::new(connection, self.names.clone(), self.subscribers.clone()))
    }

    /// A connection that nobody needs at the moment, if there is one.
    pub(super) fn idle_session(&self) -> Option<Session> {
        let connection = self.pool.try_acquire()?;
        Some(Session::new(connection, self.names.clone(), self.subscribers.clone()))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("prefix", &self.names.prefix().as_str())
            .field("nonce_capacity", &self.nonce_capacity)
            .finish_non_exhaustive()
    }
}

pub(super) fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // One that was just in use need not prove itself; one that was not may have lost its server meanwhile.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for > TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| Box::pin(prepare(connection)))
}

/// What holds for every connection: statements are bounded, see what others have committed, and are run by a primary.
async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let row = raw_sql(
        "SET statement_timeout = 10000; SET lock_timeout = 10000; SET idle_in_transaction_session_timeout = 60000; \
         SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT pg_is_in_recovery()",
    );
    if row.fetch_one(connection).await?.try_get(0)? {
        return Err(sqlx::Error::Configuration("the server is a standby, where revocations come late".into()));
    }
    Ok(())
}

/// After how long without work a connection is asked whether it is there, before it gets some.
const TRUSTED: Duration = Duration::from_secs(1);
