//! Bodies: what the inner service gets to read, and what the caller gets back.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A request's body behind a layer that may have read it: the very frames that were verified, or the body untouched.
    pub struct AuthBody<B> {
        #[pin]
        state: AuthBodyState<B>,
    }
}

pin_project! {
    #[project = AuthBodyProjection]
    enum AuthBodyState<B> {
        Untouched { #[pin] body: B },
        Buffered { chunks: Chunks },
    }
}

impl<B> AuthBody<B> {
    /// Nobody has read it.
    pub(crate) const fn untouched(body: B) -> Self {
        Self { state: AuthBodyState::Untouched { body } }
    }
}

#[cfg(feature = "hmac")]
impl<B> AuthBody<B> {
    /// It was read, and arrives again as it came.
    pub(crate) const fn buffered(chunks: Chunks) -> Self {
        Self { state: AuthBodyState::Buffered { chunks } }
    }
}

impl<B: Body<Data = Bytes>> Body for AuthBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            AuthBodyProjection::Untouched { body } => body.poll_frame(context),
            AuthBodyProjection::Buffered { chunks } => Poll::Ready(chunks.next_frame().map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            AuthBodyState::Untouched { body } => body.is_end_stream(),
            AuthBodyState::Buffered { chunks } => chunks.is_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            AuthBodyState::Untouched { body } => body.size_hint(),
            AuthBodyState::Buffered { chunks } => SizeHint::with_exact(chunks.len as u64),
        }
    }
}

impl<B> fmt::Debug for AuthBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            AuthBodyState::Untouched { .. } => f.write_str("AuthBody(untouched)"),
            AuthBodyState::Buffered { chunks } => write!(f, "AuthBody({} bytes)", chunks.len),
        }
    }
}

/// A body that was read: its data frames in order, never joined, then its trailers.
///
/// The first frame has a place of its own, so that a body of one frame costs no list.
pub struct Chunks {
    first: Option<Bytes>,
    rest: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
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
        self.trailers = Some(trailers);
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

    const fn is_end(&self) -> bool {
        self.len == 0 && self.trailers.is_none()
    }

    fn next_frame(&mut self) -> Option<Frame<Bytes>> {
        match self.first.take().or_else(|| self.rest.pop_front()) {
            Some(data) => {
                self.len -= data.len();
                self.hold.give_back(cost(&data));
                Some(Frame::data(data))
            }
            None => self.trailers.take().map(Frame::trailers),
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

pin_project! {
    /// A response's body: the inner service's, or a rejection's bytes.
    pub struct ResponseBody<B> {
        #[pin]
        state: ResponseBodyState<B>,
    }
}

pin_project! {
    #[project = ResponseBodyProjection]
    enum ResponseBodyState<B> {
        Inner { #[pin] body: B },
        Rejection { bytes: Option<Bytes> },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) const fn inner(body: B) -> Self {
        Self { state: ResponseBodyState::Inner { body } }
    }

    pub(crate) fn rejection(bytes: Bytes) -> Self {
        Self { state: ResponseBodyState::Rejection { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()) } }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().state.project() {
            ResponseBodyProjection::Inner { body } => body.poll_frame(context),
            ResponseBodyProjection::Rejection { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            ResponseBodyState::Inner { body } => body.is_end_stream(),
            ResponseBodyState::Rejection { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            ResponseBodyState::Inner { body } => body.size_hint(),
            ResponseBodyState::Rejection { bytes } => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
        }
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            ResponseBodyState::Inner { .. } => "ResponseBody(inner)",
            ResponseBodyState::Rejection { .. } => "ResponseBody(rejection)",
        })
    }
}
