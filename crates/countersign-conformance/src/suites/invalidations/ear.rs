//! A sink that remembers what it was told.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use countersign_core::{
    Invalidation, InvalidationSink, Invalidations, KeyId, Link, PresentedToken, StoreError, TokenAdmin, TokenInfo,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::concurrency::{PATIENCE, eventually};
use crate::sample::named;

/// What a sink heard, in order.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::suites) enum Heard {
    Beat,
    Connected(Link),
    Told(Invalidation),
}

#[derive(Default)]
pub(in crate::suites) struct Ear {
    heard: Mutex<Vec<Heard>>,
    /// Somebody connected, or gave up.
    begun: Notify,
}

impl InvalidationSink for Ear {
    fn connected(&self, link: Link) {
        self.heard().push(Heard::Connected(link));
        self.begun.notify_one();
    }

    fn invalidate(&self, what: &Invalidation) {
        self.heard().push(Heard::Told(what.clone()));
    }

    fn heartbeat(&self) {
        self.heard().push(Heard::Beat);
    }
}

impl Ear {
    pub(in crate::suites) fn heard(&self) -> MutexGuard<'_, Vec<Heard>> {
        self.heard.lock().unwrap()
    }

    pub(in crate::suites) fn count(&self, which: impl Fn(&Heard) -> bool) -> usize {
        self.heard().iter().filter(|heard| which(heard)).count()
    }

    pub(in crate::suites) fn is_connected(&self) -> bool {
        self.count(|heard| matches!(heard, Heard::Connected(_))) > 0
    }

    pub(in crate::suites) fn beats(&self) -> usize {
        self.count(|heard| *heard == Heard::Beat)
    }

    /// Whether it was told that this is no longer true, by its name or with everything else.
    pub(in crate::suites) fn was_told(&self, what: &Invalidation) -> bool {
        self.count(|heard| matches!(heard, Heard::Told(told) if told == what || *told == Invalidation::Everything)) > 0
    }

    /// Waits until it is told, as closely as can be.
    pub(in crate::suites) async fn hears_soon(&self, what: &Invalidation) {
        let told = async {
            while !self.was_told(what) {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, told).await.is_ok(), "{what:?} was not told");
    }

    /// Forgets what it was told, not that it is connected.
    pub(in crate::suites) fn forget(&self) {
        self.heard().retain(|heard| !matches!(heard, Heard::Told(_)));
    }
}

/// A delivery under way.
pub(in crate::suites) struct Listening {
    pub(in crate::suites) ear: Arc<Ear>,
    delivery: JoinHandle<StoreError>,
}

impl Listening {
    /// Begins a delivery and comes back as soon as it is connected.
    pub(in crate::suites) async fn to<S: Invalidations + Clone>(store: &S) -> Self {
        Self::again(store, Arc::default()).await
    }

    pub(in crate::suites) async fn again<S: Invalidations + Clone>(store: &S, ear: Arc<Ear>) -> Self {
        let listening = Self::begun(store, ear);
        listening.ear.begun.notified().await;
        assert!(listening.ear.is_connected(), "the delivery ended before it was connected");
        listening
    }

    /// Begins a delivery that may not come about.
    pub(in crate::suites) fn begun<S: Invalidations + Clone>(store: &S, ear: Arc<Ear>) -> Self {
        let (store, heard) = (store.clone(), Arc::clone(&ear));
        let delivery = tokio::spawn(async move {
            let error = store.deliver(heard.clone()).await;
            heard.begun.notify_one();
            error
        });
        Self { ear, delivery }
    }

    pub(in crate::suites) fn link(&self) -> Link {
        match self.ear.heard().first() {
            Some(Heard::Connected(link)) => *link,
            other => panic!("{other:?} came before the connection"),
        }
    }

    pub(in crate::suites) async fn hears(&self, what: &Invalidation) {
        eventually(&format!("{what:?} is told"), || async { self.ear.was_told(what) }).await;
    }

    pub(in crate::suites) async fn hears_beats(&self, count: usize) {
        eventually("a heartbeat is heard", || async { self.ear.beats() >= count }).await;
    }

    /// Waits until the delivery ends by itself.
    pub(in crate::suites) async fn ends(&self) {
        eventually("the delivery ends", || async { self.delivery.is_finished() }).await;
    }

    /// Drops the delivery.
    pub(in crate::suites) async fn stop(mut self) -> Arc<Ear> {
        self.delivery.abort();
        let _ = (&mut self.delivery).await;
        self.ear.clone()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.delivery.abort();
    }
}

pub(in crate::suites) fn token(text: &str) -> Invalidation {
    Invalidation::Token(*PresentedToken::new(text).digest())
}

pub(in crate::suites) fn of_key(key_id: &KeyId) -> Invalidation {
    Invalidation::Key(key_id.clone())
}

/// Adds a token whose id is its text.
pub(in crate::suites) async fn add(store: &impl TokenAdmin, text: &str, info: TokenInfo) {
    let info = named(text, &info.with_id(text));
    store.add_token(PresentedToken::new(text).digest(), &info).await.expect("the store adds a token");
}

pub(in crate::suites) async fn revoke(store: &impl TokenAdmin, text: &str, time: SystemTime) -> bool {
    store.revoke_token(text, time, "lost").await.expect("the store answers")
}
