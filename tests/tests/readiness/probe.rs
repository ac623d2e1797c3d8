//! Services to stand behind a layer.

use std::future::Ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;

use crate::guard::{AnyBody, BoxError};

/// Panics when an instance of it is called that was not made ready since its last call. A clone is not ready.
#[derive(Debug, Default)]
pub struct Probe {
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Probe {
    pub fn new() -> Self {
        Self::default()
    }

    /// How often any clone was called.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        Self { ready: false, calls: self.calls.clone() }
    }
}

impl Service<Request<AnyBody>> for Probe {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Full<Bytes>>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<AnyBody>) -> Self::Future {
        assert!(self.ready, "called without being made ready");
        self.ready = false;
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::new(Full::new(Bytes::from_static(b"admitted")))))
    }
}
