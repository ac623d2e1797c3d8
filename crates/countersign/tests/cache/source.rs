//! A source of invalidations that does as it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use countersign::{Invalidation, InvalidationSink, Invalidations, Link, StoreError, async_trait};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Clones are the same source.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<State>);

struct State {
    tell: UnboundedSender<Told>,
    told: tokio::sync::Mutex<UnboundedReceiver<Told>>,
    attempts: AtomicUsize,
    /// Subscriptions that are neither ended nor dropped.
    going: AtomicUsize,
    sinks: Mutex<Vec<Arc<dyn InvalidationSink>>>,
}

pub(crate) enum Told {
    Connect(Link),
    Invalidate(Invalidation),
    Heartbeat,
    Fail,
    Panic,
}

impl Scripted {
    pub(crate) fn new() -> Self {
        let (tell, told) = unbounded_channel();
        Self(Arc::new(State {
            tell,
            told: tokio::sync::Mutex::new(told),
            attempts: AtomicUsize::new(0),
            going: AtomicUsize::new(0),
            sinks: Mutex::default(),
        }))
    }

    pub(crate) fn tell(&self, what: Told) {
        assert!(self.0.tell.send(what).is_ok());
    }

    /// How often somebody has subscribed.
    pub(crate) fn attempts(&self) -> usize {
        self.0.attempts.load(Ordering::SeqCst)
    }

    pub(crate) fn going(&self) -> usize {
        self.0.going.load(Ordering::SeqCst)
    }

    /// What it would have to let go of once a subscription has ended.
    pub(crate) fn last_sink(&self) -> Arc<dyn InvalidationSink> {
        self.0.sinks.lock().unwrap().last().unwrap().clone()
    }
}

struct Going<'a>(&'a State);

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.0.going.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Invalidations for Scripted {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        self.0.attempts.fetch_add(1, Ordering::SeqCst);
        self.0.going.fetch_add(1, Ordering::SeqCst);
        let _going = Going(&self.0);
        self.0.sinks.lock().unwrap().push(sink.clone());
        loop {
            let told = self.0.told.lock().await.recv().await;
            match told.unwrap() {
                Told::Connect(link) => sink.connected(link),
                Told::Invalidate(what) => sink.invalidate(&what),
                Told::Heartbeat => sink.heartbeat(),
                Told::Fail => return StoreError::new("the connection is gone"),
                Told::Panic => panic!("the source panics"),
            }
        }
    }
}
