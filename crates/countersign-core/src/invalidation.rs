//! How caches learn that what they keep is no longer true.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::sync::{Mutex, MutexGuard, PoisonError};
use crate::{KeyId, StoreError, TokenDigest};

/// What is no longer true.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalidation {
    /// Whatever was known.
    Everything,
    /// What was known of this key.
    Key(KeyId),
    /// What was known of this token, or that it did not exist.
    Token(TokenDigest),
}

/// Who wants to know: a cache.
///
/// It is called from within the changing call, so it neither blocks nor asks the store.
pub trait InvalidationSink: Send + Sync + 'static {
    /// The subscription stands: what changes from now on will be told. What was learnt before may be out of date.
    fn connected(&self, link: Link);

    /// Something changed.
    fn invalidate(&self, what: &Invalidation);

    /// The subscription still stands.
    fn heartbeat(&self);
}

/// Over what a subscription comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "it can break or it cannot")]
pub enum Link {
    /// Within this process: it cannot break, and has no heartbeat.
    InProcess,
    /// Over a connection: silence of three seconds means that it is broken.
    Remote,
}

/// Tells caches what changed in a store.
///
/// # Contract
/// 1. First it subscribes, then it calls [`connected`](InvalidationSink::connected), once. Whatever changes after that call
///    is told, in every process that uses the same store (or, where the store says so, in this process alone).
/// 2. What is changed through this store or a clone of it is told before the changing call returns, so that the very next
///    request in this process knows.
/// 3. Over a [`Remote`](Link::Remote) link it calls [`heartbeat`](InvalidationSink::heartbeat) at least once a second, each
///    time because the other end has shown that it is there, and never otherwise.
/// 4. When it cannot go on it returns why. It never skips anything and goes on.
/// 5. What is told can be seen by whoever looks then. Recorded use is not told: it takes nothing from anybody.
///
/// # Cancel safety
/// Dropping the future ends the subscription.
#[async_trait]
pub trait Invalidations: Send + Sync + 'static {
    /// Tells `sink` what changes, for as long as that is possible.
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError;
}

/// A source of invalidations behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: Invalidations + ?Sized> Invalidations for $pointer<S> {
            async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
                (**self).deliver(sink).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);

/// The sinks in this process, for a store to tell at once. Clones share them.
#[derive(Clone, Default)]
pub struct Subscribers(Arc<Mutex<Vec<Arc<dyn InvalidationSink>>>>);

impl Subscribers {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells `sink` what is announced, until the subscription is dropped.
    #[must_use = "a subscription ends when it is dropped"]
    pub fn subscribe(&self, sink: Arc<dyn InvalidationSink>) -> Subscription {
        self.sinks().push(sink.clone());
        Subscription { subscribers: self.clone(), sink }
    }

    /// Tells everybody, at once.
    pub fn announce(&self, what: &Invalidation) {
        // A copy, so that no sink is called under the lock.
        let sinks = self.sinks().clone();
        sinks.iter().for_each(|sink| sink.invalidate(what));
    }

    fn sinks(&self) -> MutexGuard<'_, Vec<Arc<dyn InvalidationSink>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Subscribers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribers").field("count", &self.sinks().len()).finish()
    }
}

/// A place among the [`Subscribers`]; dropping it gives it up.
pub struct Subscription {
    subscribers: Subscribers,
    sink: Arc<dyn InvalidationSink>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut sinks = self.subscribers.sinks();
        if let Some(at) = sinks.iter().position(|sink| Arc::ptr_eq(sink, &self.sink)) {
            sinks.swap_remove(at);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
