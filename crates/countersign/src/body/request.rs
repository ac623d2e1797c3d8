//! The body that the inner service gets.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::body::streaming::Passing;
use crate::body::{BodyError, Bounds, Chunks, Promise};

pin_project! {
    /// A request's body behind a layer that may have read it: the very frames that were verified, the body untouched, or a
    /// body that is verified while it passes.
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
        Streaming { #[pin] body: B, passing: Passing },
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

    /// It is held against `promise` while it passes, within `bounds` where it is a stranger's. The last bytes are handed on
    /// when the promise was kept, and an error instead of them when not.
    pub(crate) const fn streaming(body: B, promise: Box<dyn Promise>, bounds: Option<Bounds>) -> Self {
        Self { state: AuthBodyState::Streaming { body, passing: Passing::new(promise, bounds) } }
    }
}

impl<B: Body<Data = Bytes>> Body for AuthBody<B>
where
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.project().state.project() {
            AuthBodyProjection::Untouched { body } => body.poll_frame(context).map_err(BodyError::of),
            AuthBodyProjection::Buffered { chunks } => Poll::Ready(chunks.next_frame().map(Ok)),
            AuthBodyProjection::Streaming { body, passing } => passing.poll_frame(body, context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            AuthBodyState::Untouched { body } => body.is_end_stream(),
            AuthBodyState::Buffered { chunks } => chunks.is_end(),
            AuthBodyState::Streaming { passing, .. } => passing.is_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            AuthBodyState::Untouched { body } => body.size_hint(),
            AuthBodyState::Buffered { chunks } => SizeHint::with_exact(chunks.len() as u64),
            AuthBodyState::Streaming { body, passing } => passing.size_hint(&body.size_hint()),
        }
    }
}

impl<B> fmt::Debug for AuthBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            AuthBodyState::Untouched { .. } => f.write_str("AuthBody(untouched)"),
            AuthBodyState::Buffered { chunks } => write!(f, "AuthBody({} bytes)", chunks.len()),
            AuthBodyState::Streaming { .. } => f.write_str("AuthBody(streaming)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http::HeaderMap;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::auth::AuthErrorKind;
    use crate::body::Judgement;

    /// Says that the body is `text`.
    struct Is(&'static str, Vec<u8>);

    impl Promise for Is {
        fn feed(&mut self, bytes: &[u8]) {
            self.1.extend_from_slice(bytes);
        }

        fn judge(self: Box<Self>) -> Judgement {
            let kept = self.0.as_bytes() == self.1;
            Judgement::Now(if kept { Ok(()) } else { Err(AuthErrorKind::BadSignature.into()) })
        }
    }

    /// What comes out of these frames: their text, `|` between them, `T` for trailers, `!` for an error.
    fn through(promised: &'static str, frames: &[&'static str]) -> String {
        let frames = frames.iter().map(|frame| match *frame {
            "!" => Err("broken off"),
            "T" => Ok(Frame::trailers(HeaderMap::new())),
            data => Ok(Frame::data(Bytes::from_static(data.as_bytes()))),
        });
        let mut body = AuthBody::streaming(Frames(frames.collect()), Box::new(Is(promised, Vec::new())), None);
        let mut out = Vec::new();
        while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            out.push(match frame.map(Frame::into_data) {
                Ok(Ok(data)) => String::from_utf8(data.to_vec()).unwrap(),
                Ok(Err(_)) => "T".to_owned(),
                Err(error) => if error.is_not_as_signed() { "?" } else { "!" }.to_owned(),
            });
        }
        assert!(body.is_end_stream());
        out.join("|")
    }

    struct Frames(std::collections::VecDeque<Result<Frame<Bytes>, &'static str>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            Poll::Ready(self.0.pop_front())
        }
    }

    #[test]
    fn the_last_frame_passes_only_when_the_promise_was_kept() {
        for (frames, expected) in [
            (&["one", "two", "three"][..], "one|two|three"),
            (&["onetwothree"], "onetwothree"),
            (&["one", "two", "", "three", "T"], "one|two|three|T"),
            (&["one", "two", "three", "", ""], "one|two|three"),
            (&["one", "two", "thre3", "", ""], "one|two|?"),
            (&["one", "two", "thrEe"], "one|two|?"),
            (&["one", "two", "three", "four"], "one|two|three|?"),
            (&["one", "two"], "one|?"),
            (&["onetwothre3", "T"], "?"),
            (&[], "?"),
            (&["T"], "?"),
            (&["one", "two", "three", "!"], "one|two|!"),
            (&["one", "!", "three"], "!"),
        ] {
            assert_eq!(through("onetwothree", frames), expected, "{frames:?}");
        }
        assert_eq!(through("", &[]), "");
    }

    #[test]
    fn clients_that_share_bodies_between_threads_take_it() {
        fn takes<B: Body + Send + Sync + 'static>(_: B) {}
        takes(AuthBody::untouched(http_body_util::Full::<Bytes>::default()));
    }

    #[tokio::test]
    async fn the_length_of_what_is_yet_to_come_counts_what_is_held() {
        let mut body = AuthBody::streaming(http_body_util::Full::from("all"), Box::new(Is("all", Vec::new())), None);
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "all");
        assert_eq!(body.size_hint().exact(), Some(0));
    }
}
