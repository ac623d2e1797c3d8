//! The store and its connections.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use countersign_core::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite, Transaction};

/// Secrets, tokens and spent nonces in one SQLite file; see the [module's docs](super).
///
/// Clones share their connections.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) readers: SqlitePool,
    writer: SqlitePool,
    /// The newest time that this process told, in microseconds; what is stored may be older.
    pub(super) newest: Arc<AtomicI64>,
    pub(super) nonce_capacity: i64,
}

impl SqliteStore {
    /// How many spent nonces there may be at once, 2^20 by default, and at most a tenth of them of one key.
    ///
    /// When they are all live, [`claim`](countersign_core::NonceStore::claim) answers
    /// [`Claim::Full`](countersign_core::Claim::Full). Of a file that several stores have open, each goes by its own.
    #[must_use]
    pub fn with_nonce_capacity(mut self, capacity: usize) -> Self {
        self.nonce_capacity = i64::try_from(capacity).unwrap_or(i64::MAX);
        self
    }

    /// Closes all connections, those of clones too, and moves what is in the write-ahead log into the database itself.
    ///
    /// Whoever asks afterwards gets an error. Without it nothing is lost, and the `-wal` file stays behind.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Opens the connections to a database that is known to be ours.
    pub(super) async fn connect(path: &Path) -> Result<Self, sqlx::Error> {
        // The writer comes first: it makes the side files that readers need.
        let writer = pool(1).connect_with(options(path)).await?;
        let readers = pool(READERS).connect_with(options(path).read_only(true)).await?;
        Ok(Self { readers, writer, newest: Arc::new(AtomicI64::new(i64::MIN)), nonce_capacity: 1 << 20 })
    }

    /// The one connection that writes.
    pub(super) const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// A transaction that may write from its first statement on. Dropped before its end it changes nothing.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::new)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("nonce_capacity", &self.nonce_capacity).finish_non_exhaustive()
    }
}

/// How every connection is made. Statements are not logged: nothing that is bound to them shall ever be shown.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

const READERS: u32 = 4;
/// How long one waits for a connection, or for another process to finish writing. Layers give up long before.
const PATIENCE: Duration = Duration::from_secs(5);
