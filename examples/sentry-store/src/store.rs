//! The events, in a SQLite file.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::event::{Level, Summary};

/// The rows of a list.
macro_rules! select {
    ($which:literal) => {
        concat!("SELECT id, received_at, level, title, origin FROM event WHERE ", $which)
    };
}

/// How long a connection may be waited for, and on it the one who writes.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Events in a SQLite file: the newest, as many as are kept.
#[derive(Clone)]
pub(crate) struct Events {
    pool: SqlitePool,
    keep: u32,
}

/// An event as a list shows it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) received_at: Timestamp,
    pub(crate) summary: Summary,
}

/// All of an event.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) row: Row,
    /// Which key it was signed with.
    pub(crate) key_id: String,
    pub(crate) json: String,
}

impl Events {
    /// Opens the file, or makes it, for its owner alone.
    pub(crate) async fn open(path: &Path, keep: u32) -> Result<Self, sqlx::Error> {
        let mut file = OpenOptions::new();
        file.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        file.open(path)?;

        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // An event that was answered with 200 is kept, whatever happens next.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(TIMEOUT);
        let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(TIMEOUT).connect_with(options).await?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS event (
                 id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order in which they came
                 received_at INTEGER NOT NULL,                  -- microseconds since 1970
                 key_id      TEXT NOT NULL,
                 level       TEXT NOT NULL,
                 title       TEXT NOT NULL,                     -- one line, as is the next
                 origin      TEXT NOT NULL,
                 json        TEXT NOT NULL
             ) STRICT",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool, keep })
    }

    /// Keeps an event, drops the oldest if there are too many, and returns its number.
    pub(crate) async fn keep(
        &self,
        received_at: SystemTime,
        key_id: &str,
        summary: &Summary,
        json: &str,
    ) -> Result<i64, sqlx::Error> {
        let since = received_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut transaction = self.pool.begin().await?;
        let id = sqlx::query(
            "INSERT INTO event (received_at, key_id, level, title, origin, json) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
        .bind(key_id)
        .bind(summary.level.name())
        .bind(&summary.title)
        .bind(&summary.origin)
        .bind(json)
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
        sqlx::query("DELETE FROM event WHERE id <= ?")
            .bind(id.saturating_sub(i64::from(self.keep)))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// The newest of those before this one, the newest first.
    pub(crate) async fn before(&self, id: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        self.rows(select!("id < ? ORDER BY id DESC LIMIT ?"), id, limit).await
    }

    /// The newest of those after this one, the newest first.
    pub(crate) async fn since(&self, id: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        self.rows(select!("id > ? ORDER BY id DESC LIMIT ?"), id, limit).await
    }

    /// The oldest of those after this one: the page before. The newest first, too.
    pub(crate) async fn after(&self, id: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        let mut rows = self.rows(select!("id > ? ORDER BY id LIMIT ?"), id, limit).await?;
        rows.reverse();
        Ok(rows)
    }

    async fn rows(&self, sql: &'static str, id: i64, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        let records: Vec<Columns> = sqlx::query_as(sql).bind(id).bind(limit).fetch_all(&self.pool).await?;
        Ok(records.into_iter().map(row).collect())
    }

    /// One event, if it is still there.
    pub(crate) async fn event(&self, id: i64) -> Result<Option<Kept>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let columns: Option<Columns> =
            sqlx::query_as(select!("id = ?")).bind(id).fetch_optional(&mut *transaction).await?;
        let Some(columns) = columns else { return Ok(None) };
        let (key_id, json) =
            sqlx::query_as("SELECT key_id, json FROM event WHERE id = ?").bind(id).fetch_one(&mut *transaction).await?;
        Ok(Some(Kept { row: row(columns), key_id, json }))
    }

    /// The numbers of the oldest and of the newest event.
    pub(crate) async fn extent(&self) -> Result<Option<(i64, i64)>, sqlx::Error> {
        let (oldest, newest): (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT (SELECT min(id) FROM event), (SELECT max(id) FROM event)")
                .fetch_one(&self.pool)
                .await?;
        Ok(oldest.zip(newest))
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT count(*) FROM event").fetch_one(&self.pool).await
    }

    /// Waits for what is being written, and puts the log into the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// The columns that a list needs: an event's JSON, which may be long, is not among them.
type Columns = (i64, i64, String, String, String);

fn row((id, received_at, level, title, origin): Columns) -> Row {
    let summary = Summary { level: Level::from(level.as_str()), title, origin };
    Row { id, received_at: Timestamp::from_microsecond(received_at).unwrap_or_default(), summary }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(rows: Vec<Row>) -> Vec<i64> {
        rows.into_iter().map(|row| row.id).collect()
    }

    #[tokio::test]
    async fn the_newest_are_kept_and_found_page_by_page() {
        let folder = tempfile::tempdir().unwrap();
        let events = Events::open(&folder.path().join("events.sqlite"), 8).await.unwrap();
        assert_eq!(events.extent().await.unwrap(), None);
        let summary = Summary { level: Level::Warning, title: "a title".into(), origin: "somewhere".into() };
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
        for number in 1..=10 {
            assert_eq!(events.keep(at, "global", &summary, "{}").await.unwrap(), number);
        }
        assert_eq!((events.count().await.unwrap(), events.extent().await.unwrap()), (8, Some((3, 10))));
        assert_eq!(ids(events.before(i64::MAX, 3).await.unwrap()), [10, 9, 8]);
        assert_eq!(ids(events.before(8, 3).await.unwrap()), [7, 6, 5]);
        assert_eq!(ids(events.after(5, 2).await.unwrap()), [7, 6]);
        assert_eq!(ids(events.since(5, 2).await.unwrap()), [10, 9]);
        assert!(events.event(2).await.unwrap().is_none(), "it was dropped");
        let kept = events.event(3).await.unwrap().unwrap();
        assert_eq!((kept.row.summary, kept.key_id.as_str(), kept.json.as_str()), (summary, "global", "{}"));
        assert_eq!(kept.row.received_at.to_string(), "2023-11-14T22:13:20.123456Z");
    }
}
