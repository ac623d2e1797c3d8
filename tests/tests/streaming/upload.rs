//! A body that is made while it is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const FRAME: usize = 64 << 10;

/// Frames of one byte each, the next one in every frame; the last byte another, where it is tampered with.
#[derive(Clone, Copy)]
pub struct Upload {
    sent: usize,
    length: usize,
    tampered: bool,
}

impl Upload {
    pub const fn of(length: usize) -> Self {
        Self { sent: 0, length, tampered: false }
    }

    #[must_use]
    pub const fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// Each frame has memory of its own: whoever keeps them keeps all of it.
    fn next(&mut self) -> Option<Bytes> {
        let end = self.length.min(self.sent + FRAME);
        let mut frame = vec![(self.sent / FRAME) as u8; end - self.sent];
        if self.tampered && end == self.length {
            *frame.last_mut()? ^= 1;
        }
        self.sent = end;
        Some(frame).filter(|frame| !frame.is_empty()).map(Bytes::from)
    }
}

impl Iterator for Upload {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        Self::next(self)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Self::next(&mut self).map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.sent == self.length
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.length - self.sent) as u64)
    }
}
