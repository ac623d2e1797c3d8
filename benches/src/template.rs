//! The request that is sent again and again.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, header};
use http_body::{Frame, SizeHint};

/// A request to be cloned: a head with as many fields as a browser or an HTTP library behind a proxy sends, and a body that
/// arrives in frames.
#[derive(Clone, Debug)]
pub struct Template {
    head: Parts,
    frames: VecDeque<Bytes>,
}

impl Template {
    /// A request with an empty body, and without credentials.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new(Request::get(target), VecDeque::new())
    }

    /// A request with a body of `len` bytes in frames of `frame` bytes at most, and without credentials. The body is text:
    /// some that verify take nothing else.
    #[must_use]
    pub fn post(target: &str, len: usize, frame: usize) -> Self {
        let whole: Bytes = (b' '..=b'~').cycle().take(len).collect();
        let frames = (0..len).step_by(frame).map(|start| whole.slice(start..len.min(start + frame))).collect();
        Self::new(Request::post(target), frames)
    }

    /// A request with this body in one frame, and without credentials.
    #[must_use]
    pub fn with_body(path: &str, body: Bytes) -> Self {
        Self::new(Request::post(path), VecDeque::from([body]))
    }

    fn new(request: http::request::Builder, frames: VecDeque<Bytes>) -> Self {
        let fields = [
            (header::HOST, "api.example.com"),
            (header::USER_AGENT, "example-client/2.4 (linux; x86_64)"),
            (header::ACCEPT, "application/json"),
            (header::ACCEPT_ENCODING, "gzip, br, zstd"),
            (header::ACCEPT_LANGUAGE, "en-GB,en;q=0.8"),
            (header::CONTENT_TYPE, "application/json"),
            (header::VIA, "1.1 edge"),
            (header::FORWARDED, "for=192.0.2.60;proto=https"),
        ];
        let (mut head, ()) = request.body(()).expect("the target is one").into_parts();
        head.headers.extend(fields.map(|(name, value)| (name, HeaderValue::from_static(value))));
        let len: usize = frames.iter().map(Bytes::len).sum();
        head.headers.insert(header::CONTENT_LENGTH, len.into());
        Self { head, frames }
    }

    /// The head, to be signed.
    pub const fn head_mut(&mut self) -> &mut Parts {
        &mut self.head
    }

    /// The whole body.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.frames.iter().flatten().copied().collect()
    }

    /// The body's frames.
    #[must_use]
    pub const fn frames(&self) -> &VecDeque<Bytes> {
        &self.frames
    }

    /// The request with the last byte of its body changed; none where there is no body.
    #[must_use]
    pub fn with_changed_body(mut self) -> Option<Self> {
        let last = self.frames.back_mut()?;
        let mut changed = last.to_vec();
        *changed.last_mut()? ^= 1;
        *last = changed.into();
        Some(self)
    }

    /// The request once more.
    #[must_use]
    pub fn request(&self) -> Request<Body> {
        let body = if self.frames.is_empty() { Body::empty() } else { Body::new(Frames(self.frames.clone())) };
        Request::from_parts(self.head.clone(), body)
    }
}

/// A body that is all there, in frames.
struct Frames(VecDeque<Bytes>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|data| data.len() as u64).sum())
    }
}
