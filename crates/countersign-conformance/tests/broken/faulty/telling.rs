//! What listeners are told, with faults.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use countersign_core::{
    Invalidation, InvalidationSink, Invalidations, Link, StoreError, Subscribers, TokenDigest, async_trait,
};

use super::store::dawdle;
use super::{Fault, FaultyStore};

impl FaultyStore {
    /// Tells this process at once and the others in a moment.
    pub(super) async fn tell(&self, mut changed: Vec<Invalidation>) {
        match self.fault {
            Fault::SkipAfter1000 => changed.truncate(1000),
            Fault::TellIfAwaited => tokio::task::yield_now().await,
            Fault::TellNobody => return,
            _ => {}
        }
        match self.fault {
            Fault::TellLate => {
                let late = std::mem::replace(&mut *self.shared.late.lock().unwrap(), changed.clone());
                announce(&self.here(), &late);
            }
            _ => announce(&self.here(), &changed),
        }
        if !self.has(Fault::TellHereOnly) {
            // As over a connection.
            let others = self.others();
            tokio::spawn(async move { others.iter().for_each(|process| announce(process, &changed)) });
        }
    }

    pub(super) async fn tell_tokens(&self, changed: impl IntoIterator<Item = TokenDigest>) {
        self.tell(changed.into_iter().map(Invalidation::Token).collect()).await;
    }

    /// Tells everybody of what is about to change, and changes nothing until somebody has looked, or nobody does.
    pub(super) async fn tell_too_early(&self, id: &str) {
        let looks = || self.shared.looks.load(Ordering::SeqCst);
        let (found, before) = (self.find(id), looks());
        self.tell_tokens(found.map(|(digest, _)| digest)).await;
        for _ in 0..25 {
            if looks() > before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[async_trait]
impl Invalidations for FaultyStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        if let Err(error) = self.pretends() {
            return error;
        }
        if self.has(Fault::ConnectThenSubscribe) {
            sink.connected(Link::Remote);
            dawdle().await;
        }
        let subscription = self.here().subscribe(sink.clone());
        if self.has(Fault::TellAfterDrop) {
            std::mem::forget(self.here().subscribe(sink.clone()));
        }
        if !self.has(Fault::ConnectThenSubscribe) {
            sink.connected(Link::Remote);
        }
        if self.has(Fault::ConnectTwice) {
            sink.connected(Link::Remote);
        }
        let mut pulse = tokio::time::interval(Duration::from_millis(50));
        loop {
            pulse.tick().await;
            if let Err(error) = self.pretends()
                && !self.has(Fault::OutliveTheLink)
            {
                drop(subscription);
                return error;
            }
            if !self.has(Fault::NoHeartbeat) {
                sink.heartbeat();
            }
        }
    }
}

fn announce(subscribers: &Subscribers, changed: &[Invalidation]) {
    changed.iter().for_each(|what| subscribers.announce(what));
}
