//! A connection to Redis that is made anew when it breaks. Nobody waits longer for it than for an answer.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::StoreError;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, ServerErrorKind, Value};
use tokio::time::Instant;

use crate::open_error::OpenError;
use crate::script::Call;
use crate::target::{LATE, Target, Watch};

/// A handle to the connection; clones share it.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    target: Target,
    closed: AtomicBool,
    live: Mutex<Option<Live>>,
    /// Held while a connection is being made; has the last failure.
    making: tokio::sync::Mutex<Option<(Instant, OpenError)>>,
}

/// A connection that was seen to work.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) lost: Arc<AtomicBool>,
    pub(crate) _watch: Arc<Watch>,
}

impl Link {
    pub(crate) fn new(target: Target) -> Self {
        Self(Arc::new(Inner {
            target,
            closed: AtomicBool::new(false),
            live: Mutex::default(),
            making: Default::default(),
        }))
    }

    pub(crate) fn target(&self) -> &Target {
        &self.0.target
    }

    /// Makes the first connection.
    pub(crate) async fn open(&self) -> Result<(), OpenError> {
        let live = self.0.target.connect().await?;
        *self.slot() = Some(live);
        Ok(())
    }

    /// Lets go of the connection; whoever asks afterwards gets an error.
    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        *self.slot() = None;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    /// Asks with one command.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let target = &self.0.target;
        bounded(target.patience, async {
            let mut live = self.live().await?;
            live.ask(command).await
        })
        .await
    }

    /// Runs a script. Also says on which connection, for whoever has to ask on the same. The caller bounds the wait.
    pub(crate) async fn run<T: FromRedisValue>(&self, call: &Call) -> Result<(T, Live), StoreError> {
        let Target { base, demands, .. } = &self.0.target;
        let mut live = self.live().await?;
        let answer = match live.command(&call.by_hash(base, demands.mode())).await {
            // It was not run, so that it may be sent again, whatever it does.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                live.command(&call.by_code(base, demands.mode())).await
            }
            answer => answer,
        };
        Ok((read(answer.map_err(StoreError::new)?)?, live))
    }

    async fn live(&self) -> Result<Live, StoreError> {
        if let Some(live) = self.current() {
            return Ok(live);
        }
        // In a task of its own: whoever gives up waiting does not keep the others from getting a connection.
        let link = self.clone();
        tokio::spawn(async move { link.make().await }).await.map_err(StoreError::new)?
    }

    fn current(&self) -> Option<Live> {
        self.slot().clone().filter(|live| !live.lost.load(Ordering::Acquire) && !self.is_closed())
    }

    async fn make(&self) -> Result<Live, StoreError> {
        let mut failure = self.0.making.lock().await;
        if let Some(live) = self.current() {
            return Ok(live);
        }
        if self.is_closed() {
            return Err(StoreError::new("the store is closed"));
        }
        if let Some((at, error)) = &*failure
            && at.elapsed() < PAUSE
        {
            return Err(StoreError::new(error.clone()));
        }
        match self.0.target.connect().await {
            Ok(live) => {
                *failure = None;
                *self.slot() = Some(live.clone());
                Ok(live)
            }
            Err(error) => {
                *failure = Some((Instant::now(), error.clone()));
                Err(StoreError::new(error))
            }
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Live>> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    /// Asks on this very connection.
    pub(crate) async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, StoreError> {
        read(self.command(command).await.map_err(StoreError::new)?)
    }

    async fn command(&mut self, command: &Cmd) -> Result<Value, redis::RedisError> {
        let answer = command.query_async(&mut self.connection).await;
        if let Err(error) = &answer {
            let elsewhere = matches!(
                error.kind(),
                ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::Moved)
            );
            // The address may lead to another Redis by now.
            if elsewhere || error.is_unrecoverable_error() {
                self.lost.store(true, Ordering::Release);
            }
        }
        answer
    }
}

pub(crate) async fn bounded<T>(
    patience: Duration,
    step: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(patience, step).await.unwrap_or_else(|_| Err(StoreError::new(LATE)))
}

pub(crate) fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    // The value is not shown: it may be a secret.
    T::from_redis_value(value).map_err(|_| StoreError::new("what is stored in Redis is not what this program stores"))
}

/// How long nobody tries again to connect after that failed.
const PAUSE: Duration = Duration::from_millis(100);
