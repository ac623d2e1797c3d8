//! The one hand-written future.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower::ServiceExt as _;
use tower::util::Oneshot;
use tower_service::Service;

use crate::auth::layer::Shared;
use crate::auth::rejection::{Asked, reject};
use crate::auth::{AuthError, Authenticate, BoxFuture};
use crate::body::ResponseBody;

pin_project! {
    /// The response of the inner service, or a rejection.
    pub struct ResponseFuture<S, A, B>
    where
        A: Authenticate<B>,
        S: Service<Request<A::Body>>,
    {
        #[pin]
        state: State<S, A, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, A, B>
    where
        A: Authenticate<B>,
        S: Service<Request<A::Body>>,
    {
        // Decided at once; the instance that was ready is at work.
        Calling { #[pin] response: S::Future },
        // Not decided yet. No permit of the inner service is held.
        Deciding {
            decision: BoxFuture<Result<Request<A::Body>, AuthError>>,
            service: Option<S>,
            shared: Arc<Shared<A>>,
            asked: Asked,
        },
        // Admitted after a wait: the inner service is made ready anew, then called.
        Admitted { #[pin] response: Oneshot<S, Request<A::Body>> },
        Rejected { response: Option<Response<bytes::Bytes>> },
    }
}

impl<S, A, B> ResponseFuture<S, A, B>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>>,
{
    pub(crate) const fn calling(response: S::Future) -> Self {
        Self { state: State::Calling { response } }
    }

    pub(crate) const fn deciding(
        decision: BoxFuture<Result<Request<A::Body>, AuthError>>,
        service: S,
        shared: Arc<Shared<A>>,
        asked: Asked,
    ) -> Self {
        Self { state: State::Deciding { decision, service: Some(service), shared, asked } }
    }

    pub(crate) const fn rejected(response: Response<bytes::Bytes>) -> Self {
        Self { state: State::Rejected { response: Some(response) } }
    }
}

impl<S, A, B, ResB> Future for ResponseFuture<S, A, B>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>, Response = Response<ResB>>,
    ResB: Body,
{
    type Output = Result<Response<ResponseBody<ResB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Calling { response } => {
                    return Poll::Ready(
                        ready!(response.poll(context)).map(|response| response.map(ResponseBody::inner)),
                    );
                }
                StateProjection::Admitted { response } => {
                    return Poll::Ready(
                        ready!(response.poll(context)).map(|response| response.map(ResponseBody::inner)),
                    );
                }
                StateProjection::Rejected { response } => {
                    let response = response.take().expect("polled after it was ready");
                    return Poll::Ready(Ok(response.map(ResponseBody::rejection)));
                }
                StateProjection::Deciding { decision, service, shared, asked } => {
                    match ready!(decision.as_mut().poll(context)) {
                        Ok(request) => {
                            let service = service.take().expect("left only once");
                            State::Admitted { response: service.oneshot(request) }
                        }
                        Err(error) => State::Rejected { response: Some(reject(shared, error, asked)) },
                    }
                }
            };
            state.set(next);
        }
    }
}

impl<S, A, B> fmt::Debug for ResponseFuture<S, A, B>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            State::Calling { .. } => "ResponseFuture(calling)",
            State::Deciding { .. } => "ResponseFuture(deciding)",
            State::Admitted { .. } => "ResponseFuture(admitted)",
            State::Rejected { .. } => "ResponseFuture(rejected)",
        })
    }
}
