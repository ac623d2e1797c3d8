//! How often each inner service was called, and the store asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::any;

use super::Contract;

/// Counts what happens behind the guards. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    inner: Arc<[AtomicUsize; 3]>,
    asked: Arc<[AtomicUsize; 3]>,
}

impl Calls {
    /// How many requests each guard let through, in the order of [`Contract::ALL`].
    pub fn inner(&self) -> [usize; 3] {
        std::array::from_fn(|at| self.inner[at].load(Ordering::SeqCst))
    }

    /// How often each guard asked its store.
    pub fn asked(&self) -> [usize; 3] {
        std::array::from_fn(|at| self.asked[at].load(Ordering::SeqCst))
    }

    pub(super) fn note_asked(&self, contract: Contract) {
        self.asked[contract as usize].fetch_add(1, Ordering::SeqCst);
    }

    /// The service behind one of the guards.
    pub(super) fn service(&self, contract: Contract) -> Router {
        let count = move |State(calls): State<Self>| async move {
            calls.inner[contract as usize].fetch_add(1, Ordering::SeqCst);
            "admitted"
        };
        Router::new().route(contract.path(), any(count)).with_state(self.clone())
    }
}
