//! The service behind the layers: it remembers what reached it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use countersign::Authenticated;
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use tower_service::Service;

/// Reads what it gets to the end and answers 200.
#[derive(Clone, Debug, Default)]
pub struct Inner {
    calls: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it reached the inner service.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Seen {
    pub head: Parts,
    pub frames: Vec<Bytes>,
    pub trailers: Option<HeaderMap>,
}

impl Seen {
    pub fn body(&self) -> Vec<u8> {
        self.frames.concat()
    }

    pub fn caller(&self) -> &Authenticated {
        Authenticated::of(&self.head.extensions).expect("nobody gets here unauthenticated")
    }
}

impl Inner {
    pub fn new() -> Self {
        Self::default()
    }

    /// How many requests got here, read to the end or not.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The last request that was read to the end.
    pub fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().cloned().expect("a request was read")
    }
}

impl<B> Service<Request<B>> for Inner
where
    B: Body<Data = Bytes, Error: std::fmt::Debug> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let seen = self.seen.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let mut body = Box::pin(body);
            let (mut frames, mut trailers) = (Vec::new(), None);
            while let Some(frame) = body.frame().await {
                match frame.expect("an admitted body does not fail").into_data() {
                    Ok(data) => frames.push(data),
                    Err(frame) => trailers = frame.into_trailers().ok(),
                }
            }
            seen.lock().unwrap().push(Seen { head, frames, trailers });
            Ok(Response::new(Full::new(Bytes::from_static(b"admitted"))))
        })
    }
}
