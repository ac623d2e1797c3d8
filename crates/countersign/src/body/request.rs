//! The body that the inner service gets.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::body::Chunks;

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
            AuthBodyState::Buffered { chunks } => SizeHint::with_exact(chunks.len() as u64),
        }
    }
}

impl<B> fmt::Debug for AuthBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            AuthBodyState::Untouched { .. } => f.write_str("AuthBody(untouched)"),
            AuthBodyState::Buffered { chunks } => write!(f, "AuthBody({} bytes)", chunks.len()),
        }
    }
}
