//! A question on its way to the store, and who waits for the answer.

use std::collections::BTreeMap;
use std::mem;
use std::task::{Context, Poll, Waker};

use super::sync::{Mutex, MutexGuard, PoisonError};

/// One question, asked by a leader for all who want to know the same.
pub(super) struct Flight<R>(Mutex<State<R>>);

struct State<R> {
    stage: Stage<R>,
    waiting: BTreeMap<u64, Waker>,
    next_id: u64,
}

enum Stage<R> {
    /// The leader is asking.
    Led,
    /// The leader is gone without an answer: whoever comes first leads.
    Abandoned,
    Landed(R),
}

/// Whose turn it is.
#[derive(Debug)]
pub(super) enum Turn<R> {
    /// Ours: ask.
    Lead,
    /// Nobody's: this is what the store said.
    Landed(R),
}

impl<R: Clone> Flight<R> {
    /// A question that nobody asks yet.
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { stage: Stage::Abandoned, waiting: BTreeMap::new(), next_id: 0 }))
    }

    /// A name to wait by.
    pub(super) fn enrol(&self) -> u64 {
        let mut state = self.state();
        state.next_id += 1;
        state.next_id
    }

    /// Waits until there is an answer, or nobody who asks.
    pub(super) fn poll_turn(&self, id: u64, context: &Context<'_>) -> Poll<Turn<R>> {
        let waker = context.waker().clone();
        let mut state = self.state();
        let (turn, unused) = match &state.stage {
            Stage::Led => (Poll::Pending, state.waiting.insert(id, waker)),
            Stage::Abandoned => {
                state.stage = Stage::Led;
                (Poll::Ready(Turn::Lead), state.waiting.remove(&id))
            }
            Stage::Landed(result) => (Poll::Ready(Turn::Landed(result.clone())), None),
        };
        // A waker may be all that keeps a task; what the task holds may be a seat in this very flight.
        drop(state);
        drop(unused);
        turn
    }

    /// The leader has the answer.
    pub(super) fn land(&self, result: R) {
        self.enter(Stage::Landed(result));
    }

    /// The leader gives up. All who wait are woken: one of them could be gone too before it is its turn.
    pub(super) fn abandon(&self) {
        self.enter(Stage::Abandoned);
    }

    /// Somebody no longer waits.
    pub(super) fn forget(&self, id: u64) {
        let unused = self.state().waiting.remove(&id);
        drop(unused);
    }

    fn enter(&self, stage: Stage<R>) {
        let (left, waiting) = {
            let mut state = self.state();
            (mem::replace(&mut state.stage, stage), mem::take(&mut state.waiting))
        };
        drop(left);
        // Not under the lock: whoever is woken may come at once.
        waiting.into_values().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
