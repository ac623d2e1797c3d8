//! Reading a stranger's body: with a limit, a deadline and a budget, each byte handed to the MAC as it arrives.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;

use crate::auth::{AuthError, AuthErrorKind};
use crate::body::{Budget, BudgetHold, Chunks};

#[derive(Clone)]
pub(crate) struct BodyLimits {
    pub(crate) limit: usize,
    pub(crate) timeout: Duration,
    pub(crate) budget: Arc<Budget>,
}

impl BodyLimits {
    pub(crate) fn new() -> Self {
        Self { limit: 2 << 20, timeout: Duration::from_secs(30), budget: Arc::new(Budget::new(256 << 20)) }
    }

    /// Refuses a body that says of itself that it is too long, before a byte of it is read.
    pub(crate) fn admit_declared(&self, body: BodyShape) -> Result<(), AuthError> {
        if body.at_least > self.limit as u64 { Err(AuthErrorKind::BodyTooLarge.into()) } else { Ok(()) }
    }

    pub(crate) fn nothing_read(&self) -> Chunks {
        Chunks::new(BudgetHold::new(self.budget.clone()))
    }

    /// Reads to the end. `keep` is whether anybody will want the bytes again.
    pub(crate) async fn read<B>(&self, body: B, keep: bool, each: impl FnMut(&[u8])) -> Result<Chunks, AuthError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.finish(self.begin(body, keep), each).await
    }

    /// Begins to read.
    pub(crate) fn begin<B>(&self, body: B, keep: bool) -> Reading<B> {
        Reading { body: Box::pin(body), chunks: self.nothing_read(), left: self.limit, keep }
    }

    /// Reads the rest.
    pub(crate) async fn finish<B>(
        &self,
        mut reading: Reading<B>,
        mut each: impl FnMut(&[u8]),
    ) -> Result<Chunks, AuthError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        // A body that is all there is read without a timer.
        let first = poll_fn(|context| Poll::Ready(reading.poll(context, &mut each))).await;
        match first {
            Poll::Ready(read) => read?,
            Poll::Pending => tokio::time::timeout(self.timeout, poll_fn(|context| reading.poll(context, &mut each)))
                .await
                .unwrap_or_else(|_| Err(AuthErrorKind::BodyTimedOut.into()))?,
        }
        Ok(reading.into_chunks())
    }
}

/// A body that is being read, so far.
///
/// It is on the heap, and nothing else has to be: one that is all there is read where it was received.
pub(crate) struct Reading<B> {
    body: Pin<Box<B>>,
    chunks: Chunks,
    left: usize,
    keep: bool,
}

impl<B> Reading<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Reads what is there; ready at the end of the body.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Poll<Result<(), AuthError>> {
        while let Some(frame) = ready!(self.body.as_mut().poll_frame(context)) {
            let frame = frame
                .map_err(|error| AuthError::new(AuthErrorKind::BodyFailed).with_source(BodyError(error.into())))?;
            match frame.into_data() {
                Ok(data) => {
                    self.left = self.left.checked_sub(data.len()).ok_or(AuthErrorKind::BodyTooLarge)?;
                    each(&data);
                    if self.keep && !data.is_empty() {
                        self.chunks.push(data).map_err(|_| AuthErrorKind::BudgetExhausted)?;
                    }
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        self.chunks.set_trailers(trailers);
                    }
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<B> Reading<B> {
    /// What was read.
    #[inline]
    pub(crate) fn into_chunks(self) -> Chunks {
        self.chunks
    }
}

/// What a body says of itself before a byte of it is read.
#[derive(Clone, Copy)]
pub(crate) struct BodyShape {
    /// There is none.
    pub(super) is_none: bool,
    at_least: u64,
}

impl BodyShape {
    #[inline]
    pub(super) fn of(body: &impl Body) -> Self {
        Self { is_none: body.is_end_stream(), at_least: body.size_hint().lower() }
    }

    /// Of a body that was read.
    pub(super) fn of_read(chunks: &Chunks) -> Self {
        Self { is_none: chunks.is_empty(), at_least: chunks.len() as u64 }
    }
}

/// The body's own error, whatever type it has.
#[derive(Debug)]
struct BodyError(Box<dyn Error + Send + Sync>);

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
