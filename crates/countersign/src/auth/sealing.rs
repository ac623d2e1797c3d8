//! Signing a response before any of it is sent.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body, Frame};

use crate::auth::AuthError;
use crate::body::ResponseBody;

/// Signs a response whose head is all there; with a digest of the body, where that is at hand.
pub(crate) trait Seal: fmt::Debug + Send + Sync {
    fn seal(&self, headers: &mut HeaderMap, body: Option<&[u8]>) -> Result<(), AuthError>;
}

/// What signs a response, and of bodies how long it wants the digest too; of none where there is no limit.
#[derive(Clone, Debug)]
pub(super) struct Sealer {
    pub(super) seal: Arc<dyn Seal>,
    pub(super) limit: Option<usize>,
}

impl Sealer {
    /// Signs at once where the body need not be read for that.
    pub(super) fn begin<R: Body<Data = Bytes>>(
        self,
        response: Response<R>,
    ) -> Result<Response<ResponseBody<R>>, Box<Sealing<R>>> {
        let (mut parts, body) = response.into_parts();
        let bodiless = matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let length = if body.is_end_stream() { Some(0) } else { body.size_hint().exact() };
        match (length, self.limit) {
            (Some(length), Some(limit)) if !bodiless && length <= limit as u64 => {
                let (body, frames) = (Box::pin(body), VecDeque::new());
                let whole = Some(Whole { parts, frames, left: limit, sealer: self });
                Err(Box::new(Sealing { whole, body: Some(body) }))
            }
            _ => {
                self.sign(&mut parts, None);
                Ok(Response::from_parts(parts, ResponseBody::inner(body)))
            }
        }
    }

    fn sign(&self, parts: &mut Parts, body: Option<&[u8]>) {
        if let Err(error) = self.seal.seal(&mut parts.headers, body) {
            log(&error);
        }
    }
}

#[cold]
fn log(error: &AuthError) {
    tracing::warn!(target: "countersign::response", %error, "response left unsigned");
}

/// A response whose body is read first.
pub(super) struct Sealing<R> {
    /// Gone when it is done, as is the body.
    whole: Option<Whole>,
    body: Option<Pin<Box<R>>>,
}

struct Whole {
    parts: Parts,
    frames: VecDeque<Frame<Bytes>>,
    left: usize,
    sealer: Sealer,
}

impl<R: Body<Data = Bytes>> Sealing<R> {
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Response<ResponseBody<R>>> {
        let (whole, body) = self.whole.as_mut().zip(self.body.as_mut()).expect("polled after it was ready");
        let mut complete = true;
        let error = loop {
            match ready!(body.as_mut().poll_frame(context)) {
                None => break None,
                Some(Err(error)) => {
                    complete = false;
                    break Some(error);
                }
                Some(Ok(frame)) => {
                    let length = frame.data_ref().map_or(0, Bytes::len);
                    whole.frames.push_back(frame);
                    match whole.left.checked_sub(length) {
                        Some(left) => whole.left = left,
                        // Longer than it said.
                        None => {
                            complete = false;
                            break None;
                        }
                    }
                }
            }
        };
        let (whole, body) = self.whole.take().zip(self.body.take()).expect("it was there before");
        let Whole { mut parts, frames, sealer, .. } = whole;
        let bytes = complete.then(|| {
            frames.iter().filter_map(Frame::data_ref).fold(Vec::new(), |mut all, data| {
                all.extend_from_slice(data);
                all
            })
        });
        sealer.sign(&mut parts, bytes.as_deref());
        let rest = if complete { None } else { Some(body) };
        Poll::Ready(Response::from_parts(parts, ResponseBody::read(frames, error, rest)))
    }
}
