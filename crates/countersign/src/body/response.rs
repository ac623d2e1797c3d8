//! The body that the caller gets.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

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
