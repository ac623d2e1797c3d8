//! Telling caches in every process what changed, by `LISTEN` and `NOTIFY`.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::{InvalidationSink, Invalidations, Link, StoreError, async_trait};
use sqlx::postgres::{PgListener, PgNotification, PgPoolOptions};
use sqlx::{Acquire, Connection, query_scalar};
use tokio::time::{Instant, timeout_at};

use super::server_error::failed;
use super::session::{PATIENCE, bounded};
use super::{PostgresStore, payload};

/// Over a connection of its own, on which the server is asked twice a second whether it is there. When it was silent for
/// three seconds or the connection broke, the delivery ends; it never connects again by itself.
#[async_trait]
impl Invalidations for PostgresStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        // What is changed through this store or a clone of it is told without a detour over the server.
        let _subscription = self.subscribers.subscribe(sink.clone());
        let mut closed = self.pool.close_event();
        match closed.do_until(self.listen(&*sink)).await {
            Ok(Ok(never)) => match never {},
            Ok(Err(error)) => error,
            Err(error) => failed(error),
        }
    }
}

impl PostgresStore {
    async fn listen(&self, sink: &dyn InvalidationSink) -> Result<Infallible, StoreError> {
        let changes = self.names.channel();
        let mut listener = self.listener().await?;
        bounded(PATIENCE, listener.listen(&changes)).await.map_err(failed)?;
        self.hear_oneself(&mut listener).await?;
        sink.connected(Link::Remote);

        let mut answered = Instant::now();
        loop {
            let due = answered + PULSE;
            if let Ok(heard) = timeout_at(due, listener.try_recv()).await {
                tell(sink, &changes, &heard.map_err(failed)?.ok_or_else(lost)?);
            }
            // Not only when nothing was heard: a stream of changes does not show that we could ask.
            if Instant::now() >= due {
                in_time(answered, ping(&mut listener)).await?;
                answered = Instant::now();
                while let Some(heard) = listener.next_buffered() {
                    tell(sink, &changes, &heard);
                }
                sink.heartbeat();
            }
        }
    }

    async fn listener(&self) -> Result<PgListener, StoreError> {
        let options = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        let pool = options.connect_lazy_with((*self.pool.connect_options()).clone());
        let mut listener = PgListener::connect_with(&pool).await.map_err(failed)?;
        listener.eager_reconnect(false);
        Ok(listener)
    }

    /// Waits for something that was sent over another connection. A pooler between us and the server that gives our
    /// `LISTEN` to one connection of the server, and our next question to another, is found out so.
    async fn hear_oneself(&self, listener: &mut PgListener) -> Result<(), StoreError> {
        let id: i32 = bounded(PATIENCE, query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *listener))
            .await
            .map_err(failed)?;
        let echo = self.names.prefix().table(&format!("echo_{id}"));
        bounded(PATIENCE, listener.listen(&echo)).await.map_err(failed)?;
        let mut session = self.session().await?;
        let call = session.query(super::statements::NOTIFY).bind(echo.clone()).bind(vec![String::new()]);
        session.rows(call).await?;
        drop(session);
        in_time(Instant::now(), async {
            // What else is heard is of no use: whoever is told to begin knows nothing yet.
            while listener.try_recv().await.map_err(failed)?.ok_or_else(lost)?.channel() != echo {}
            Ok(())
        })
        .await
        .map_err(|_| StoreError::new("notifications do not arrive: LISTEN needs a session of its own on the server"))?;
        bounded(PATIENCE, listener.unlisten(&echo)).await.map_err(failed)
    }
}

fn tell(sink: &dyn InvalidationSink, changes: &str, heard: &PgNotification) {
    if heard.channel() == changes {
        sink.invalidate(&payload::read(heard.payload()));
    }
}

/// Asks over the very connection that listens, so that what was sent before the answer has arrived when it comes.
async fn ping(listener: &mut PgListener) -> Result<(), StoreError> {
    listener.acquire().await.map_err(failed)?.ping().await.map_err(failed)
}

/// Three seconds after the server has last answered it is taken to be gone.
async fn in_time<T>(answered: Instant, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    timeout_at(answered + SILENCE, answer)
        .await
        .unwrap_or_else(|_| Err(StoreError::new("the server was silent for 3 s")))
}

fn lost() -> StoreError {
    StoreError::new("the connection that listens was lost")
}

const PULSE: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_secs(3);
