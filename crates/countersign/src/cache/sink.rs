//! What a source of invalidations tells.

use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use countersign_core::{Invalidation, InvalidationSink, KeyId, Link, TokenDigest};
use tokio::time::Instant;

use super::gate::Gate;

/// What can be invalidated by name.
pub(crate) trait Named: Sized {
    /// The one that this is about; `None` when it is about something else.
    fn named_by(what: &Invalidation) -> Option<&Self>;
}

impl Named for TokenDigest {
    fn named_by(what: &Invalidation) -> Option<&Self> {
        if let Invalidation::Token(digest) = what { Some(digest) } else { None }
    }
}

impl Named for KeyId {
    fn named_by(what: &Invalidation) -> Option<&Self> {
        if let Invalidation::Key(key_id) = what { Some(key_id) } else { None }
    }
}

/// One subscription, from its beginning to its end; the next has a sink of its own.
pub(super) struct Sink<K, V, A> {
    gate: Arc<Gate<K, V, A>>,
    state: Mutex<State>,
}

struct State {
    stage: Stage,
    watcher: Option<Waker>,
}

#[derive(Clone, Copy)]
enum Stage {
    Connecting {
        since: Instant,
    },
    /// It cannot break.
    InProcess,
    Remote {
        heard: Instant,
    },
    /// Given up: whatever still calls is not to be believed.
    Closed,
}

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Sink<K, V, A> {
    pub(super) fn new(gate: Arc<Gate<K, V, A>>) -> Self {
        let stage = Stage::Connecting { since: Instant::now() };
        Self { gate, state: Mutex::new(State { stage, watcher: None }) }
    }

    /// When it is broken unless something is heard until then, and who wants to know if that changes. `None`: never.
    pub(super) fn deadline(&self, watcher: &Waker) -> Option<Instant> {
        let mut state = self.state();
        state.watcher = Some(watcher.clone());
        match state.stage {
            Stage::Connecting { since } => Some(since + CONNECTING),
            Stage::Remote { heard } => Some(heard + SILENCE),
            Stage::InProcess | Stage::Closed => None,
        }
    }

    /// Shuts the gate for good; whether it was open.
    pub(super) fn close(&self) -> bool {
        let mut state = self.state();
        let stage = mem::replace(&mut state.stage, Stage::Closed);
        // Under the lock, so that no late `connected` opens it again.
        self.gate.shut();
        matches!(stage, Stage::InProcess | Stage::Remote { .. })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V, A> InvalidationSink for Sink<K, V, A>
where
    K: Named + Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    fn connected(&self, link: Link) {
        let mut state = self.state();
        if matches!(state.stage, Stage::Closed) {
            return;
        }
        state.stage = match link {
            Link::InProcess => Stage::InProcess,
            Link::Remote => Stage::Remote { heard: Instant::now() },
        };
        self.gate.open();
        let watcher = state.watcher.take();
        drop(state);
        if let Some(watcher) = watcher {
            watcher.wake();
        }
        tracing::info!(target: "countersign::store", ?link, "invalidations arrive: the cache is in use");
    }

    fn invalidate(&self, what: &Invalidation) {
        let engine = self.gate.engine();
        match what {
            Invalidation::Key(_) | Invalidation::Token(_) => {
                if let Some(key) = K::named_by(what) {
                    engine.invalidate(key);
                }
            }
            // Also whatever is not known here yet.
            _ => engine.clear(),
        }
    }

    fn heartbeat(&self) {
        let mut state = self.state();
        if let Stage::Remote { heard } = &mut state.stage {
            *heard = Instant::now();
        }
    }
}

/// How long nothing may be heard over a connection.
const SILENCE: Duration = Duration::from_secs(3);
/// How long subscribing may take.
const CONNECTING: Duration = Duration::from_secs(10);
