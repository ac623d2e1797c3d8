//! One connection, borrowed for one call.

use std::future::Future;
use std::mem;
use std::time::Duration;

use countersign_core::{StoreError, Subscribers};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, query, raw_sql};
use tokio::time::timeout;

use super::names::Names;
use super::server_error::failed;
use super::{payload, statements};
use crate::changed::Changed;

pub(super) type PgQuery = Query<'static, Postgres, PgArguments>;

/// A connection on which nothing waits for ever. It is given back when what was begun on it came to its end, and closed
/// otherwise: neither a server that does not answer nor an open transaction stays in the pool.
pub(crate) struct Session {
    connection: PoolConnection<Postgres>,
    names: Names,
    subscribers: Subscribers,
    patience: Duration,
    /// Something was begun and has not come to its end.
    busy: bool,
}

impl Session {
    pub(super) const fn new(connection: PoolConnection<Postgres>, names: Names, subscribers: Subscribers) -> Self {
        Self { connection, names, subscribers, patience: PATIENCE, busy: false }
    }

    /// A statement of ours, to be bound to.
    pub(super) fn query(&self, template: &str) -> PgQuery {
        query(self.names.sql(template))
    }

    /// All rows that a statement returns.
    pub(super) async fn rows(&mut self, query: PgQuery) -> Result<Vec<PgRow>, StoreError> {
        let was_busy = mem::replace(&mut self.busy, true);
        let rows = bounded(self.patience, query.fetch_all(&mut *self.connection)).await;
        // What the server refuses has come to its end too, unless it was part of a transaction.
        if matches!(rows, Ok(_) | Err(sqlx::Error::Database(_))) {
            self.busy = was_busy;
        }
        rows.map_err(failed)
    }

    /// The first row, if there is one.
    pub(super) async fn row(&mut self, query: PgQuery) -> Result<Option<PgRow>, StoreError> {
        Ok(self.rows(query).await?.into_iter().next())
    }

    /// Begins a transaction whose statements take no longer than `patience` each, and whose end waits for the disk whatever
    /// the server's or the role's default is. Unless it is [committed](Self::commit), the connection is closed and nothing
    /// was changed.
    pub(super) async fn begin(&mut self, patience: Duration) -> Result<(), StoreError> {
        self.busy = true;
        self.patience = patience;
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on; \
             SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {millis}",
            millis = patience.as_millis()
        );
        let begun = raw_sql(AssertSqlSafe(begin)).execute(&mut *self.connection);
        bounded(patience, begun).await.map_err(failed)?;
        Ok(())
    }

    /// Ends the transaction and tells what it changed: other processes in the same step, this one before it returns.
    pub(super) async fn commit(mut self, what: &Changed) -> Result<(), StoreError> {
        let told: Vec<_> = what.iter().map(payload::write).collect();
        if !told.is_empty() {
            let notify = self.query(statements::NOTIFY).bind(self.names.channel()).bind(told);
            self.rows(notify).await?;
        }
        let committed = bounded(self.patience, raw_sql("COMMIT").execute(&mut *self.connection)).await;
        // Also where it is not known whether it was committed: rather once too often.
        what.announce(&self.subscribers);
        self.busy = committed.is_err();
        committed.map(drop).map_err(failed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.busy {
            self.connection.close_on_drop();
        }
    }
}

/// Waits a little longer than the server itself does, so that it is the server who says what took too long.
pub(super) async fn bounded<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the server did not answer")));
    timeout(patience + MARGIN, answer).await.unwrap_or_else(late)
}

/// How long a statement may take, and how long one waits for a connection. Layers give up long before: this is only for how
/// long something is kept waiting behind their backs.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long one may take that changes many rows.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(60);
const MARGIN: Duration = Duration::from_secs(1);
