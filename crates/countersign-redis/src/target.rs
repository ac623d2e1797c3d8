//! Which Redis, how it is spoken to, and whether it will do.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, PushInfo, PushKind, ServerErrorKind};
use tokio::task::AbortHandle;

use crate::link::Live;
use crate::open_error::{OpenError, OpenErrorKind};
use crate::scores;
use crate::script::{CREATE, Call, GREET};
use crate::server::{Demands, Refusal, refusal};

/// Which Redis, and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) client: Client,
    pub(crate) address: Arc<str>,
    /// What all keys begin with.
    pub(crate) base: Arc<str>,
    pub(crate) demands: Demands,
    /// How long an answer may take, connecting included.
    pub(crate) patience: Duration,
}

impl Target {
    /// Begins a store where there is nothing of this prefix.
    pub(crate) async fn create(&self) -> Result<(), OpenError> {
        let created = async {
            let mut connection = self.plain_connection(|_| Ok(())).await?;
            self.demands.check(&mut connection).await?;
            let call = Call::new(&CREATE).arg(LAYOUT).arg(BEGINNING);
            match call.by_code(&self.base, self.demands.mode()).query_async(&mut connection).await.map_err(refusal)? {
                1 => Ok(()),
                _ => Err((OpenErrorKind::AlreadyExists, format!("there are keys of {:?}", self.base).into())),
            }
        };
        self.timely(created).await.map_err(|refusal| self.refused(refusal))
    }

    /// Connects, and sees that this Redis will do.
    pub(crate) async fn connect(&self) -> Result<Live, OpenError> {
        let lost = Arc::new(AtomicBool::new(false));
        let on_push = {
            let lost = lost.clone();
            move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost.store(true, Ordering::Release);
                }
                Ok::<(), ()>(())
            }
        };
        let connected = async {
            let mut connection = self.plain_connection(on_push).await?;
            self.greet(&mut connection).await?;
            Ok(connection)
        };
        let connection = self.timely(connected).await.map_err(|refusal| self.refused(refusal))?;
        let watch = tokio::spawn(self.clone().watch(connection.clone(), lost.clone()));
        Ok(Live { connection, lost, _watch: Arc::new(Watch(watch.abort_handle())) })
    }

    /// A connection that nothing was asked on yet. What is pushed on it is told to `on_push`.
    pub(crate) async fn plain_connection(
        &self,
        on_push: impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static,
    ) -> Result<MultiplexedConnection, Refusal> {
        // The limits are those of the callers here, and none of the client's besides.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let config = config.set_push_sender(on_push);
        self.client.get_multiplexed_async_connection_with_config(&config).await.map_err(refusal)
    }

    /// Sees that this Redis will do, and notes in it which process it is.
    async fn greet(&self, connection: &mut MultiplexedConnection) -> Result<(), Refusal> {
        self.demands.check(connection).await?;
        let call = Call::new(&GREET).arg(LAYOUT);
        let layout: i64 = match call.by_hash(&self.base, self.demands.mode()).query_async(connection).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                call.by_code(&self.base, self.demands.mode()).query_async(connection).await
            }
            answer => answer,
        }
        .map_err(refusal)?;
        if layout == LAYOUT {
            Ok(())
        } else {
            Err((OpenErrorKind::NewerLayout, format!("layout {layout} of the keys").into()))
        }
    }

    /// Looks every second whether the other end is there and still will do, and gives the connection up if not.
    async fn watch(self, mut connection: MultiplexedConnection, lost: Arc<AtomicBool>) {
        loop {
            tokio::time::sleep(BEAT).await;
            if self.timely(self.greet(&mut connection)).await.is_err() {
                lost.store(true, Ordering::Release);
                return;
            }
        }
    }

    pub(crate) async fn timely<T>(&self, step: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        let late = |_| Err((OpenErrorKind::Unavailable, LATE.into()));
        tokio::time::timeout(self.patience, step).await.unwrap_or_else(late)
    }

    pub(crate) fn refused(&self, (kind, source): Refusal) -> OpenError {
        OpenError::new(kind, &self.address).with_source(source)
    }
}

/// Ends the watch with the last handle to its connection.
pub(crate) struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Before every time that anybody tells: since then all nonces are remembered, on somebody's word.
pub(crate) const BEGINNING: i64 = scores::floor(i64::MIN);
/// The layout of the keys that this version knows.
const LAYOUT: i64 = 1;
/// How often the other end has to show that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// What is said when the limit was reached.
pub(crate) const LATE: &str = "Redis did not answer in time";
