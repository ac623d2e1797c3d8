//! A place among those who wait for one answer.

use std::future::poll_fn;
use std::hash::Hash;
use std::sync::Arc;
use std::time::SystemTime;

use super::engine::{Arrival, Engine};
use super::flight::{Flight, Turn};
use crate::auth::AuthError;
use crate::cache::Stamp;

/// Given up when it is dropped; if its holder led, somebody else does then.
pub(crate) struct Seat<K, V, A>
where
    K: Clone + Eq + Hash,
    V: Clone,
    A: Clone,
{
    engine: Arc<Engine<K, V, A>>,
    key: K,
    flight: Arc<Flight<Result<Arrival<A>, AuthError>>>,
    id: u64,
    leads: bool,
}

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Seat<K, V, A> {
    pub(super) fn new(
        engine: Arc<Engine<K, V, A>>,
        key: K,
        flight: Arc<Flight<Result<Arrival<A>, AuthError>>>,
    ) -> Self {
        let id = flight.enrol();
        Self { engine, key, flight, id, leads: false }
    }

    /// Waits for the answer; `None` when it is us who have to ask.
    pub(super) async fn wait(&mut self) -> Option<Result<Arrival<A>, AuthError>> {
        match poll_fn(|context| self.flight.poll_turn(self.id, context)).await {
            Turn::Landed(result) => Some(result),
            Turn::Lead => {
                self.leads = true;
                None
            }
        }
    }

    /// Before the leader asks.
    pub(super) fn stamp(&self, now: SystemTime) -> Stamp {
        self.engine.stamp(&self.key, now)
    }

    /// Tells everybody what the store said to the leader.
    pub(super) fn land(mut self, result: Result<Arrival<A>, AuthError>) {
        self.leads = false;
        self.engine.close(&self.key, &self.flight);
        self.flight.land(result);
    }
}

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Drop for Seat<K, V, A> {
    fn drop(&mut self) {
        self.engine.leave(&self.key, &self.flight);
        if self.leads {
            self.flight.abandon();
        } else {
            self.flight.forget(self.id);
        }
    }
}
