//! Whether the cache may be used.

use std::hash::Hash;
use std::sync::Arc;

use super::engine::Engine;
use super::sync::{AtomicBool, Ordering};

/// Opened when a subscription stands, shut when it breaks; what is kept is cleared both times.
pub(super) struct Gate<K, V, A> {
    engine: Arc<Engine<K, V, A>>,
    open: AtomicBool,
}

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Gate<K, V, A> {
    /// Shut.
    pub(super) fn new(engine: Arc<Engine<K, V, A>>) -> Self {
        Self { engine, open: AtomicBool::new(false) }
    }

    pub(super) const fn engine(&self) -> &Arc<Engine<K, V, A>> {
        &self.engine
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// What was learnt before may be out of date: it is forgotten, and whoever is still asking keeps nothing.
    pub(super) fn open(&self) {
        self.engine.clear();
        self.open.store(true, Ordering::Release);
    }

    /// What is kept would never be told to be out of date.
    pub(super) fn shut(&self) {
        self.open.store(false, Ordering::Release);
        self.engine.clear();
    }
}
