//! Bodies that do what they are told.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// What a scripted body does when it is polled next.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    /// Is not there yet, but will be at the next poll.
    Wait,
    /// Never goes on.
    Hang,
    Fail,
}

/// A body made of steps.
#[derive(Debug)]
pub struct Script {
    steps: VecDeque<Step>,
    declared: Option<u64>,
    poller: Poller,
}

/// Sees how much of a body was taken.
#[derive(Clone, Debug, Default)]
pub struct Poller(Arc<[AtomicUsize; 2]>);

impl Poller {
    /// How often the body was polled.
    pub fn polls(&self) -> usize {
        self.0[0].load(Ordering::SeqCst)
    }

    /// How many bytes it has given away.
    pub fn bytes(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), declared: None, poller: Poller::default() }
    }

    pub fn empty() -> Self {
        Self::new([])
    }

    /// One frame, there at once.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        Self::new([Step::Data(bytes.into())])
    }

    /// Frames of `size` bytes, each of which has to be waited for.
    pub fn trickling(bytes: &[u8], size: usize) -> Self {
        let frame = |chunk| [Step::Wait, Step::Data(Bytes::copy_from_slice(chunk))];
        Self::new(bytes.chunks(size).flat_map(frame).chain([Step::Wait]))
    }

    /// Declares this length, whatever there is.
    #[must_use]
    pub fn declaring(mut self, length: u64) -> Self {
        self.declared = Some(length);
        self
    }

    pub fn poller(&self) -> Poller {
        self.poller.clone()
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFailure>>> {
        self.poller.0[0].fetch_add(1, Ordering::SeqCst);
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Data(data)) => {
                self.poller.0[1].fetch_add(data.len(), Ordering::SeqCst);
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Some(Step::Trailers(trailers)) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Some(Step::Wait) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Hang) => {
                self.steps.push_front(Step::Hang);
                Poll::Pending
            }
            Some(Step::Fail) => Poll::Ready(Some(Err(BodyFailure))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.declared {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}

/// What a body fails with that was told to.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct BodyFailure;

impl fmt::Display for BodyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body broke off")
    }
}

impl std::error::Error for BodyFailure {}

/// The whole of a body that does not fail.
pub async fn collect<B: Body<Data = Bytes, Error: fmt::Debug>>(body: B) -> Bytes {
    body.collect().await.unwrap().to_bytes()
}
