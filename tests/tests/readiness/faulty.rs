//! Layers as they should not be. Each is found in the wild, and each has to be caught.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use countersign::auth::{Authenticate as _, Verdict};
use countersign_tests::Script;
use http::{Request, Response};
use http_body_util::{Either, Full};
use tower::{Layer, Service, ServiceExt as _};

use crate::guard::{BoxError, ByWord, Guard, worded};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// None at all.
    Nothing,
    /// Calls a clone that nobody has made ready.
    CallsAClone,
    /// Keeps the instance that is ready while it waits, as is often recommended.
    HoldsWhileWaiting,
    /// Keeps the instance that is ready when it refuses.
    HoldsAfterRefusing,
    /// Calls the inner service before it knows.
    CallsBeforeDeciding,
    /// Says that it is ready whatever the inner service says.
    AlwaysReady,
    /// Answers the inner service's errors.
    AnswersErrors,
}

impl Fault {
    /// A layer with this fault and no other.
    pub fn guard(self) -> Guard {
        Guard::new("a faulty layer", self, || worded("good"), || worded("bad"))
            .waiting(|| worded("slow"), || worded("parked"))
    }
}

impl<S> Layer<S> for Fault {
    type Service = Faulty<S>;

    fn layer(&self, inner: S) -> Faulty<S> {
        Faulty { inner, fault: *self }
    }
}

#[derive(Clone)]
pub struct Faulty<S> {
    inner: S,
    fault: Fault,
}

type Answer = Response<Either<Full<Bytes>, Full<Bytes>>>;

impl<S> Service<Request<Script>> for Faulty<S>
where
    S: Service<Request<Script>, Response = Response<Full<Bytes>>, Error = BoxError, Future: Send>
        + Clone
        + Send
        + 'static,
{
    type Response = Answer;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let ready = self.inner.poll_ready(context);
        if self.fault == Fault::AlwaysReady { Poll::Ready(Ok(())) } else { ready }
    }

    fn call(&mut self, request: Request<Script>) -> Self::Future {
        let fault = self.fault;
        let clone = self.inner.clone();
        let verdict = ByWord.authenticate(request);
        if fault == Fault::CallsBeforeDeciding {
            let empty = Request::get("/").body(Script::empty()).unwrap();
            let answer = self.inner.call(empty);
            return Box::pin(async move {
                match verdict.decide().await {
                    Ok(_) => answer.await.map(|response| response.map(Either::Left)),
                    Err(_) => Ok(refusal()),
                }
            });
        }
        let mut held = match fault {
            Fault::HoldsAfterRefusing if matches!(verdict, Verdict::Ready(Err(_))) => None,
            _ => Some(mem::replace(&mut self.inner, clone.clone())),
        };
        if !matches!(fault, Fault::HoldsWhileWaiting) && matches!(verdict, Verdict::Pending(_)) {
            held = None;
        }
        Box::pin(async move {
            let Ok(request) = verdict.decide().await else { return Ok(refusal()) };
            let answer = match (held, fault) {
                (_, Fault::CallsAClone) => clone.clone().call(request).await,
                (Some(mut ready), _) => ready.call(request).await,
                (None, _) => clone.oneshot(request).await,
            };
            match answer {
                Err(_) if fault == Fault::AnswersErrors => Ok(refusal()),
                answer => answer.map(|response| response.map(Either::Left)),
            }
        })
    }
}

fn refusal() -> Answer {
    let mut response = Response::new(Either::Right(Full::default()));
    *response.status_mut() = http::StatusCode::UNAUTHORIZED;
    response
}
