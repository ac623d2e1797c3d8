//! What changes in Redis, told to whoever wants to know.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_core::{
    Invalidation, InvalidationSink, Invalidations, KeyId, Link as Kind, StoreError, TokenDigest, async_trait,
};
use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind, Value, cmd};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::server::refusal;
use crate::store::RedisStore;

#[async_trait]
impl Invalidations for RedisStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        // What is changed here is told here, before Redis tells it to all.
        let _subscription = self.subscribers().subscribe(sink.clone());
        let Err(error) = follow(self, &*sink).await;
        error
    }
}

async fn follow(store: &RedisStore, sink: &dyn InvalidationSink) -> Result<Infallible, StoreError> {
    let mut closed = store.closed();
    if *closed.borrow_and_update() {
        return Err(StoreError::new("the store is closed"));
    }
    let target = store.changes().target();
    let (sender, mut pushed) = mpsc::channel(BACKLOG);
    let subscribed = async {
        let mut connection = target.plain_connection(feed(sender)).await?;
        connection.subscribe(store.key("invalidations", b"")).await.map_err(refusal)?;
        Ok(connection)
    };
    let subscribed = target.timely(subscribed).await;
    let connection = subscribed.map_err(|refusal| StoreError::new(target.refused(refusal)))?;
    sink.connected(Kind::Remote);
    loop {
        let heard = Instant::now();
        let beat = beat(connection.clone(), heard + SILENCE);
        tokio::pin!(beat);
        loop {
            tokio::select! {
                biased;
                message = pushed.recv() => match message {
                    Some(message) => tell(sink, &message),
                    None => return Err(StoreError::new("the subscription broke, or came faster than it was followed")),
                },
                alive = &mut beat => {
                    alive?;
                    sink.heartbeat();
                    break;
                }
                _ = closed.changed() => return Err(StoreError::new("the store is closed")),
            }
        }
    }
}

/// Waits a little, then until the other end shows that it is there, though not beyond `deadline`.
async fn beat(mut connection: MultiplexedConnection, deadline: Instant) -> Result<(), StoreError> {
    sleep(BEAT).await;
    let pong = timeout_at(deadline, cmd("PING").exec_async(&mut connection)).await;
    pong.map_err(|_| StoreError::new("Redis is silent"))?.map_err(StoreError::new)
}

/// Passes messages on. When the connection is lost, or there are more of them than anybody follows, the stream ends.
fn feed(sender: mpsc::Sender<Vec<u8>>) -> impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static {
    let sender = Mutex::new(Some(sender));
    move |push| {
        let mut sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
        let message = match (push.kind, push.data.into_iter().nth(1)) {
            (PushKind::Message, Some(Value::BulkString(message))) => message,
            (PushKind::Message | PushKind::Disconnection | PushKind::Unsubscribe, _) => {
                *sender = None;
                return Ok(());
            }
            _ => return Ok(()),
        };
        if sender.as_ref().is_some_and(|sender| sender.try_send(message).is_err()) {
            *sender = None;
        }
        Ok(())
    }
}

/// What the scripts announce: `t` and digests of tokens, `k` and a key id, or `*`.
fn tell(sink: &dyn InvalidationSink, message: &[u8]) {
    match message {
        [b't', digests @ ..] if digests.len() % 32 == 0 => {
            for digest in digests.as_chunks::<32>().0 {
                sink.invalidate(&Invalidation::Token(TokenDigest::from_bytes(*digest)));
            }
        }
        [b'k', key_id @ ..] => match std::str::from_utf8(key_id).ok().and_then(|key_id| KeyId::new(key_id).ok()) {
            Some(key_id) => sink.invalidate(&Invalidation::Key(key_id)),
            None => sink.invalidate(&Invalidation::Everything),
        },
        // `*`, or what only a newer version understands.
        _ => sink.invalidate(&Invalidation::Everything),
    }
}

/// How many messages may wait to be told.
const BACKLOG: usize = 65_536;
/// A little less than the second within which a heartbeat is promised.
const BEAT: Duration = Duration::from_millis(800);
/// After this long without a sign of life the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(3);
