//! A body that was read, and what all of them may take up.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

/// A body that was read: its data frames in order, never joined, then its trailers.
///
/// The first frame has a place of its own, so that a body of one frame costs no list.
pub struct Chunks {
    first: Option<Bytes>,
    rest: VecDeque<Bytes>,
    /// On the heap, because few bodies have any.
    trailers: Option<Box<HeaderMap>>,
    len: usize,
    hold: BudgetHold,
}

impl Chunks {
    pub(crate) const fn new(hold: BudgetHold) -> Self {
        Self { first: None, rest: VecDeque::new(), trailers: None, len: 0, hold }
    }

    /// Keeps a frame. Fails without keeping it when the budget is spent.
    pub(crate) fn push(&mut self, data: Bytes) -> Result<(), BudgetSpent> {
        self.hold.take(cost(&data))?;
        self.len += data.len();
        if self.first.is_none() && self.rest.is_empty() {
            self.first = Some(data);
        } else {
            self.rest.push_back(data);
        }
        Ok(())
    }

    pub(crate) fn set_trailers(&mut self, trailers: HeaderMap) {
        self.trailers = Some(Box::new(trailers));
    }

    /// The data frames in order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.first.iter().chain(&self.rest)
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same frames once more, against the same budget; `None` when that has no room for them.
    #[cfg(feature = "sign")]
    pub(crate) fn share(&self) -> Option<Self> {
        let mut shared = Self::new(BudgetHold::new(self.hold.budget.clone()));
        for chunk in self.iter() {
            shared.push(chunk.clone()).ok()?;
        }
        shared.trailers.clone_from(&self.trailers);
        Some(shared)
    }

    /// All of it in one piece; copied where it came in several.
    #[cfg(feature = "hmac")]
    pub(crate) fn joined(&self) -> std::borrow::Cow<'_, [u8]> {
        match &self.first {
            Some(first) if self.rest.is_empty() => first.as_ref().into(),
            _ => {
                let mut all = Vec::with_capacity(self.len);
                self.iter().for_each(|chunk| all.extend_from_slice(chunk));
                all.into()
            }
        }
    }

    pub(super) const fn is_end(&self) -> bool {
        self.len == 0 && self.trailers.is_none()
    }

    pub(super) fn next_frame(&mut self) -> Option<Frame<Bytes>> {
        match self.first.take().or_else(|| self.rest.pop_front()) {
            Some(data) => {
                self.len -= data.len();
                self.hold.give_back(cost(&data));
                Some(Frame::data(data))
            }
            None => self.trailers.take().map(|trailers| Frame::trailers(*trailers)),
        }
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("len", &self.len).finish_non_exhaustive()
    }
}

/// What keeping a frame costs: its bytes and the handle on them. Who sends one byte a frame pays for thirty-three.
const fn cost(data: &Bytes) -> usize {
    data.len() + size_of::<Bytes>()
}

/// How many bytes of bodies may be held at once, by all requests of a layer and its clones.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    held: AtomicUsize,
}

impl Budget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, held: AtomicUsize::new(0) }
    }
}

/// One body's share of a [`Budget`]; given back when dropped.
pub(crate) struct BudgetHold {
    budget: Arc<Budget>,
    held: usize,
}

impl BudgetHold {
    pub(crate) const fn new(budget: Arc<Budget>) -> Self {
        Self { budget, held: 0 }
    }

    fn take(&mut self, bytes: usize) -> Result<(), BudgetSpent> {
        let Budget { limit, held } = &*self.budget;
        held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes).filter(|sum| sum <= limit)
        })
        .map_err(|_| BudgetSpent)?;
        self.held += bytes;
        Ok(())
    }

    fn give_back(&mut self, bytes: usize) {
        self.held -= bytes;
        self.budget.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for BudgetHold {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.held, Ordering::Relaxed);
    }
}

/// The budget had no room.
#[derive(Debug)]
pub(crate) struct BudgetSpent;
