//! The body that the caller gets.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A response's body: the inner service's, or a rejection's bytes.
    pub struct ResponseBody<B: Body> {
        #[pin]
        state: ResponseBodyState<B>,
    }
}

pin_project! {
    #[project = ResponseBodyProjection]
    enum ResponseBodyState<B: Body> {
        Inner { #[pin] body: B },
        Rejection { bytes: Option<Bytes> },
        Read { read: Box<Read<B>> },
    }
}

/// What was read of the inner service's body, to be signed; what it broke off with, or what is yet to come.
struct Read<B: Body> {
    frames: VecDeque<Frame<Bytes>>,
    error: Option<B::Error>,
    rest: Option<Pin<Box<B>>>,
}

impl<B: Body> ResponseBody<B> {
    pub(crate) const fn inner(body: B) -> Self {
        Self { state: ResponseBodyState::Inner { body } }
    }

    pub(crate) fn rejection(bytes: Bytes) -> Self {
        Self { state: ResponseBodyState::Rejection { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()) } }
    }

    pub(crate) fn read(frames: VecDeque<Frame<Bytes>>, error: Option<B::Error>, rest: Option<Pin<Box<B>>>) -> Self {
        Self { state: ResponseBodyState::Read { read: Box::new(Read { frames, error, rest }) } }
    }
}

/// Empty: what a layer outside answers with that asks nobody, `CorsLayer` to a preflight say.
impl<B: Body> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::rejection(Bytes::new())
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
            ResponseBodyProjection::Read { read } => {
                let Read { frames, error, rest } = &mut **read;
                match (frames.pop_front().map(Ok).or_else(|| error.take().map(Err)), rest) {
                    (None, Some(rest)) => rest.as_mut().poll_frame(context),
                    (read, _) => Poll::Ready(read),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            ResponseBodyState::Inner { body } => body.is_end_stream(),
            ResponseBodyState::Rejection { bytes } => bytes.is_none(),
            ResponseBodyState::Read { read } => {
                let rest = read.rest.as_ref().is_none_or(|rest| rest.is_end_stream());
                read.frames.is_empty() && read.error.is_none() && rest
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            ResponseBodyState::Inner { body } => body.size_hint(),
            ResponseBodyState::Rejection { bytes } => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            ResponseBodyState::Read { read } => {
                let lengths = read.frames.iter().filter_map(Frame::data_ref).map(Bytes::len);
                let length = lengths.fold(0, |all, length| all + length as u64);
                // What broke off, or goes on longer than it said, has no length.
                if read.rest.is_none() { SizeHint::with_exact(length) } else { SizeHint::default() }
            }
        }
    }
}

impl<B: Body> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            ResponseBodyState::Inner { .. } => "ResponseBody(inner)",
            ResponseBodyState::Rejection { .. } => "ResponseBody(rejection)",
            ResponseBodyState::Read { .. } => "ResponseBody(read)",
        })
    }
}
