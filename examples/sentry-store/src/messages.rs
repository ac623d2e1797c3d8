//! The messages, as they were sent.

use std::path::Path;
use std::time::{Duration, SystemTime};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// Messages in a SQLite file.
#[derive(Clone)]
pub(crate) struct Messages {
    pool: SqlitePool,
}

impl Messages {
    /// Opens the file, or makes it.
    pub(crate) async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A message that was answered with 200 is kept, whatever happens next.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS message (
                 id           INTEGER PRIMARY KEY,
                 key_id       TEXT NOT NULL,
                 received_at  INTEGER NOT NULL, -- microseconds since 1970
                 content_type TEXT,
                 body         BLOB NOT NULL     -- byte for byte what was signed
             ) STRICT",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool })
    }

    /// Keeps a message; returns its number.
    pub(crate) async fn keep(
        &self,
        key_id: &str,
        received_at: SystemTime,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<i64, sqlx::Error> {
        let since = received_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let microseconds = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        let kept = sqlx::query("INSERT INTO message (key_id, received_at, content_type, body) VALUES (?, ?, ?, ?)")
            .bind(key_id)
            .bind(microseconds)
            .bind(content_type)
            .bind(body)
            .execute(&self.pool)
            .await?;
        Ok(kept.last_insert_rowid())
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT count(*) FROM message").fetch_one(&self.pool).await
    }
}
