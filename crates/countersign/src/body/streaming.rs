//! A body that is held against what was signed while it passes.

use std::error::Error;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::auth::{AuthError, AuthErrorKind, BoxFuture, log_refused_body};
use crate::body::BodyError;

/// What was signed of a body that is yet to come.
pub(crate) trait Promise: Send + Sync {
    /// The next bytes.
    fn feed(&mut self, bytes: &[u8]);

    /// Judges the bytes, all of which came.
    fn judge(self: Box<Self>) -> Judgement;
}

/// Whether a promise was kept.
pub(crate) enum Judgement {
    Now(Result<(), AuthError>),
    /// A store has to be asked.
    Later(BoxFuture<Result<(), AuthError>>),
}

/// How much of a stranger's body may come, and how long that may take.
pub(crate) struct Bounds {
    left: usize,
    timeout: Duration,
    /// Runs from when the body has to be waited for first.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Bounds {
    pub(crate) const fn new(bytes: usize, timeout: Duration) -> Self {
        Self { left: bytes, timeout, timer: None }
    }

    fn take(&mut self, bytes: usize) -> Result<(), AuthError> {
        self.left = self.left.checked_sub(bytes).ok_or(AuthErrorKind::BodyTooLarge)?;
        Ok(())
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.timeout)));
        timer.as_mut().poll(context).is_ready()
    }
}

/// How far a body has come.
pub(super) struct Passing {
    stage: Stage,
    /// The frame that may be the last with any bytes.
    held: Option<Bytes>,
    trailers: Option<Frame<Bytes>>,
    bounds: Option<Bounds>,
}

enum Stage {
    Feeding(Box<dyn Promise>),
    /// Never locked: the lock makes it `Sync`.
    Judging(Mutex<BoxFuture<Result<(), AuthError>>>),
    Over,
}

impl Passing {
    pub(super) const fn new(promise: Box<dyn Promise>, bounds: Option<Bounds>) -> Self {
        Self { stage: Stage::Feeding(promise), held: None, trailers: None, bounds }
    }

    pub(super) fn poll_frame<B>(
        &mut self,
        mut body: Pin<&mut B>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        loop {
            match &mut self.stage {
                Stage::Feeding(promise) => match body.as_mut().poll_frame(context) {
                    Poll::Pending => {
                        if !self.bounds.as_mut().is_some_and(|bounds| bounds.is_over(context)) {
                            return Poll::Pending;
                        }
                        return Poll::Ready(Some(Err(self.refuse(AuthErrorKind::BodyTimedOut.into()))));
                    }
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        // Nothing: what is held may still be the last that is something.
                        Ok(data) if data.is_empty() => {}
                        Ok(data) => {
                            if let Some(Err(error)) = self.bounds.as_mut().map(|bounds| bounds.take(data.len())) {
                                return Poll::Ready(Some(Err(self.refuse(error))));
                            }
                            promise.feed(&data);
                            if let Some(before) = self.held.replace(data) {
                                return Poll::Ready(Some(Ok(Frame::data(before))));
                            }
                        }
                        Err(trailers) => self.trailers = Some(trailers),
                    },
                    Poll::Ready(Some(Err(error))) => {
                        self.drop_rest();
                        return Poll::Ready(Some(Err(BodyError::of(error))));
                    }
                    Poll::Ready(None) => {
                        let Stage::Feeding(promise) = std::mem::replace(&mut self.stage, Stage::Over) else { continue };
                        match promise.judge() {
                            Judgement::Now(Ok(())) => {}
                            Judgement::Now(Err(error)) => return Poll::Ready(Some(Err(self.refuse(error)))),
                            Judgement::Later(judging) => self.stage = Stage::Judging(Mutex::new(judging)),
                        }
                    }
                },
                Stage::Judging(judging) => {
                    let judging = judging.get_mut().unwrap_or_else(PoisonError::into_inner);
                    match ready!(judging.as_mut().poll(context)) {
                        Ok(()) => self.stage = Stage::Over,
                        Err(error) => return Poll::Ready(Some(Err(self.refuse(error)))),
                    }
                }
                Stage::Over => {
                    let rest = self.held.take().map(Frame::data).or_else(|| self.trailers.take());
                    return Poll::Ready(rest.map(Ok));
                }
            }
        }
    }

    pub(super) const fn is_end(&self) -> bool {
        matches!(self.stage, Stage::Over) && self.held.is_none() && self.trailers.is_none()
    }

    /// The length of what is yet to be handed on, where this much is yet to come.
    pub(super) fn size_hint(&self, left: &SizeHint) -> SizeHint {
        let held = self.held.as_ref().map_or(0, |held| held.len() as u64);
        let mut hint = SizeHint::new();
        if let Some(upper) = left.upper().and_then(|upper| upper.checked_add(held)) {
            hint.set_upper(upper);
        }
        hint.set_lower(left.lower().saturating_add(held).min(hint.upper().unwrap_or(u64::MAX)));
        hint
    }

    fn refuse(&mut self, error: AuthError) -> BodyError {
        self.drop_rest();
        log_refused_body(&error);
        BodyError::refused(error)
    }

    fn drop_rest(&mut self) {
        self.stage = Stage::Over;
        self.held = None;
        self.trailers = None;
    }
}
