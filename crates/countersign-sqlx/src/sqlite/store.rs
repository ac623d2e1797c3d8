//! The store and its connections.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use countersign_core::{StoreError, Subscribers};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, Transaction};
use tokio::time::sleep;

use super::open::code;

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
    pub(super) subscribers: Subscribers,
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

    /// A store over the connections to a database that is known to be ours.
    pub(super) fn new(readers: SqlitePool, writer: SqlitePool) -> Self {
        Self {
            readers,
            writer,
            newest: Arc::new(AtomicI64::new(i64::MIN)),
            nonce_capacity: 1 << 20,
            subscribers: Subscribers::new(),
        }
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

/// So many connections, the first of them made.
///
/// The first one to a file changes its journal to a write-ahead log. Where several programs do that at once, SQLite lets
/// one of them do it and does not let the others wait as the busy timeout says, but refuses them: they try again.
pub(super) async fn connect(connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let mut pauses = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        match pool(connections).connect_with(options.clone()).await {
            Err(error) if pauses > 0 && code(&error) == Some(SQLITE_BUSY) => sleep(PAUSE).await,
            made => return made,
        }
        pauses -= 1;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // Where SQLite has rolled back by itself, because the disk is full say, sqlx takes the transaction to be open still,
        // and could never begin another on this connection. By the answer to a ping all that was begun has ended.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

pub(super) const READERS: u32 = 4;
/// How long one waits for a connection, or for another process to finish writing. Layers give up long before.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(5);
/// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY: u32 = 5;

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::time::SystemTime;

    use countersign_core::{
        Claim, Nonce, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin,
        TokenInfo, TokenStore,
    };

    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn token(index: usize) -> PresentedToken {
        PresentedToken::new(&format!("tk_{index}"))
    }

    #[tokio::test]
    async fn a_full_disk_is_an_error_and_reading_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.sqlite");
        let store = SqliteStore::create(&path).await.unwrap();
        let info = |index: usize| TokenInfo::new("ada").with_note("x".repeat(1000)).with_id(format!("id-{index}"));
        let secret = SecretVersion::new(Secret::new(vec![7; 10_000]).unwrap());
        store.add_token(token(0).digest(), &info(0)).await.unwrap();
        store.add_secret(&"key".parse().unwrap(), &secret).await.unwrap();

        store.close().await;

        // SQLite answers as it does for a disk without room (SQLITE_FULL), on every connection that writes.
        let full = options(&path).pragma("max_page_count", "1");
        let readers = pool(READERS).connect_with(options(&path).read_only(true)).await.unwrap();
        let store = SqliteStore::new(readers, pool(1).connect_with(full).await.unwrap());
        let mut stored = 0;
        while store.add_token(token(stored + 1).digest(), &info(stored + 1)).await.is_ok() {
            stored += 1;
            assert!(stored < 1000, "the disk is never full");
        }
        assert!(store.token(&token(stored + 1)).await.unwrap().is_none(), "what was refused is not there");
        assert!(store.add_secret(&"key".parse().unwrap(), &secret).await.is_err());
        assert_eq!(store.secrets(&"key".parse().unwrap()).await.unwrap().iter().count(), 1);
        let nonce = |value: usize| Nonce::new("test", "key".parse().unwrap(), &value.to_be_bytes());
        let end = NOW + Duration::from_secs(10);
        let mut spent = 0;
        while let Ok(claim) = store.claim(&nonce(spent), NOW, end).await {
            assert_eq!(claim, Claim::Fresh);
            spent += 1;
            assert!(spent < 1000, "the disk is never full");
        }
        for _ in 0..4 {
            // It is the disk each time: no refusal leaves the connection in a state in which nothing can be begun.
            let error = store.add_token(token(stored + 1).digest(), &info(stored + 1)).await.unwrap_err();
            assert!(matches!(error.source().unwrap().downcast_ref(), Some(sqlx::Error::Database(_))), "{error:?}");
        }
        for index in 0..=stored {
            assert_eq!(store.token(&token(index)).await.unwrap().unwrap().subject(), "ada");
        }

        // With room again, everything works, and what was refused was not spent.
        store.close().await;
        let store = SqliteStore::open(&path).await.unwrap();
        store.add_token(token(stored + 1).digest(), &info(stored + 1)).await.unwrap();
        assert_eq!(store.claim(&nonce(spent), NOW, end).await.unwrap(), Claim::Fresh);
        assert_eq!(store.claim(&nonce(spent), NOW, end).await.unwrap(), Claim::Seen);
        assert!(store.revoke_token("id-0", NOW, "lost").await.unwrap());
        store.close().await;
    }
}
