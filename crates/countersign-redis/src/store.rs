//! The store, and how a change is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Invalidation, StoreError, Subscribers};
use redis::FromRedisValue;
use tokio::sync::watch;

use crate::link::{Link, Live, bounded};
use crate::open_error::OpenError;
use crate::options::RedisOptions;
use crate::script::{Call, VOUCH};
use crate::target::BEGINNING;
use crate::written;

/// Secrets, tokens and spent nonces in Redis; see the [crate's docs](crate).
///
/// Clones share their connections.
#[derive(Clone)]
pub struct RedisStore(Arc<Parts>);

struct Parts {
    /// Apart from lookups: `WAIT` and `WAITAOF` hold up whatever comes after them.
    changes: Link,
    lookups: Link,
    settings: Settings,
    subscribers: Subscribers,
    closed: watch::Sender<bool>,
}

/// What is promised, and what there is room for.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) nonce_capacity: usize,
    pub(crate) longest_window: Duration,
    pub(crate) nonces_only: bool,
    pub(crate) replicas: u32,
    pub(crate) wait_for_disk: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nonce_capacity: 1 << 20,
            // The widest leeways of the formats that `countersign` knows, and a second.
            longest_window: Duration::from_secs(3600 + 60 + 1),
            nonces_only: false,
            replicas: 0,
            wait_for_disk: false,
        }
    }
}

/// What a script came to.
pub(crate) struct Made<T> {
    pub(crate) answer: T,
    /// What is no longer true; `None` if nothing was changed.
    pub(crate) changed: Option<Vec<Invalidation>>,
}

impl<T> Made<T> {
    pub(crate) const fn nothing(answer: T) -> Self {
        Self { answer, changed: None }
    }
}

impl RedisStore {
    /// Connects to the Redis at this URL with the options that [`RedisOptions`] begins with.
    ///
    /// # Errors
    /// When Redis cannot be reached, or will not do; nothing was changed then.
    pub async fn connect(url: impl Into<String>) -> Result<Self, OpenError> {
        RedisOptions::new(url).connect().await
    }

    /// Begins a new store with the options that [`RedisOptions`] begins with, once, and connects to it; see
    /// [`RedisOptions::create`].
    ///
    /// # Errors
    /// When there is something of this prefix already. When Redis cannot be reached, or will not do.
    pub async fn create(url: impl Into<String>) -> Result<Self, OpenError> {
        RedisOptions::new(url).create().await
    }

    /// Accepts nonces from now on, although spent ones may have been lost: on your word that none were, or that no signature
    /// of the time before is fresh any more.
    ///
    /// # Errors
    /// When that could not be stored.
    pub async fn insecure_end_nonce_guard(&self) -> Result<(), StoreError> {
        let call = Call::new(&VOUCH).arg(BEGINNING);
        self.change(call, Vec::new(), |_, _| Ok(Made { answer: (), changed: Some(Vec::new()) })).await
    }

    /// Closes all connections, those of clones too, and ends [`deliver`](countersign_core::Invalidations::deliver).
    ///
    /// Whoever asks afterwards gets an error. Without it nothing is lost.
    pub async fn close(&self) {
        self.0.changes.close();
        self.0.lookups.close();
        self.0.closed.send_replace(true);
    }

    pub(crate) fn new(changes: Link, settings: Settings) -> Self {
        let lookups = Link::new(changes.target().clone());
        let (subscribers, closed) = (Subscribers::new(), watch::Sender::new(false));
        Self(Arc::new(Parts { changes, lookups, settings, subscribers, closed }))
    }

    pub(crate) fn changes(&self) -> &Link {
        &self.0.changes
    }

    pub(crate) fn lookups(&self) -> &Link {
        &self.0.lookups
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn subscribers(&self) -> &Subscribers {
        &self.0.subscribers
    }

    pub(crate) fn closed(&self) -> watch::Receiver<bool> {
        self.0.closed.subscribe()
    }

    /// What the key of this kind and name is called.
    pub(crate) fn key(&self, kind: &str, name: &[u8]) -> Vec<u8> {
        [self.0.changes.target().base.as_bytes(), kind.as_bytes(), name].concat()
    }

    pub(crate) fn patience(&self) -> Duration {
        self.0.changes.target().patience
    }

    /// How long a change of many tokens may take.
    pub(crate) fn long_patience(&self) -> Duration {
        self.patience().saturating_mul(10)
    }

    /// Runs a script that only reads.
    pub(crate) async fn look_up<T: FromRedisValue>(&self, call: Call) -> Result<T, StoreError> {
        let looked_up = bounded(self.patience(), self.lookups().run(&call)).await;
        looked_up.map(|(answer, _)| answer)
    }

    /// Runs a script that changes something, announces the change, and waits until it is where it has to be. `read` is told
    /// what the script came to, and what it was about.
    ///
    /// In a task of its own, so that whoever goes away does not keep others from hearing of it. `doubtful` is announced when
    /// nobody knows whether the change was made.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        call: Call,
        doubtful: Vec<Invalidation>,
        read: impl FnOnce(i64, &[u8]) -> Result<Made<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.change_within(self.patience(), call, doubtful, read).await
    }

    /// Like [`change`](Self::change), with another limit to how long it may take.
    pub(crate) async fn change_within<T: Send + 'static>(
        &self,
        patience: Duration,
        call: Call,
        doubtful: Vec<Invalidation>,
        read: impl FnOnce(i64, &[u8]) -> Result<Made<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let task = tokio::spawn(async move {
            let run = bounded(patience, store.changes().run(&call)).await;
            let ((answer, waiting, about), mut live): ((i64, i64, Vec<u8>), _) =
                run.inspect_err(|_| store.announce(&doubtful))?;
            let made = read(answer, &about)?;
            if let Some(what) = made.changed {
                store.announce(&what);
                bounded(patience, store.settle(&mut live, waiting, store.settings().wait_for_disk)).await?;
            }
            Ok(made.answer)
        });
        task.await.map_err(StoreError::new)?
    }

    /// Waits until a change is where it has to be before it is acknowledged.
    pub(crate) async fn settle(&self, live: &mut Live, waiting: i64, on_disk: bool) -> Result<(), StoreError> {
        if waiting < 0 {
            return Err(StoreError::new(NOT_KEPT));
        }
        if on_disk {
            written::to_disk(live, self.patience()).await?;
        } else if waiting > 0 {
            written::to_system(live).await?;
        }
        match self.settings().replicas {
            0 => Ok(()),
            count => written::to_replicas(live, count, self.patience()).await,
        }
    }

    /// An error where changes of tokens and secrets would not be kept.
    pub(crate) fn keeps_more_than_nonces(&self) -> Result<(), StoreError> {
        if self.settings().nonces_only { Err(StoreError::new("this store keeps nothing but nonces")) } else { Ok(()) }
    }

    fn announce(&self, what: &[Invalidation]) {
        what.iter().for_each(|what| self.0.subscribers.announce(what));
    }
}

pub(crate) const NOT_KEPT: &str = "Redis does not write its append-only file any more (aof_enabled:0)";

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
