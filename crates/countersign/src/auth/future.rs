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
use crate::auth::sealing::Sealing;
use crate::auth::{AuthError, Authenticate, BoxFuture, ResponseFields};
use crate::body::ResponseBody;

pin_project! {
    /// The response of the inner service, or a rejection.
    pub struct ResponseFuture<S, A, B, R>
    where
        A: Authenticate<B>,
        S: Service<Request<A::Body>>,
    {
        #[pin]
        state: State<S, A, B, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, A, B, R>
    where
        A: Authenticate<B>,
        S: Service<Request<A::Body>>,
    {
        // Decided at once; the instance that was ready is at work.
        Calling { #[pin] response: S::Future, fields: Option<ResponseFields> },
        // Not decided yet. No permit of the inner service is held.
        Deciding {
            decision: BoxFuture<Result<Request<A::Body>, AuthError>>,
            service: Option<S>,
            shared: Arc<Shared<A>>,
            asked: Asked,
        },
        // Admitted after a wait: the inner service is made ready anew, then called.
        Admitted { #[pin] response: Oneshot<S, Request<A::Body>>, fields: Option<ResponseFields> },
        Rejected { response: Option<Response<bytes::Bytes>> },
        // The response is there, and its body is read before it is signed.
        Sealing { sealing: Box<Sealing<R>> },
    }
}

impl<S, A, B, R> ResponseFuture<S, A, B, R>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>>,
{
    pub(crate) const fn calling(response: S::Future, fields: Option<ResponseFields>) -> Self {
        Self { state: State::Calling { response, fields } }
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

impl<S, A, B, ResB> Future for ResponseFuture<S, A, B, ResB>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>, Response = Response<ResB>>,
    ResB: Body<Data = bytes::Bytes>,
{
    type Output = Result<Response<ResponseBody<ResB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Calling { response, fields } => {
                    match answer(ready!(response.poll(context))?, fields.take()) {
                        Ok(answer) => return Poll::Ready(Ok(answer)),
                        Err(sealing) => State::Sealing { sealing },
                    }
                }
                StateProjection::Admitted { response, fields } => {
                    match answer(ready!(response.poll(context))?, fields.take()) {
                        Ok(answer) => return Poll::Ready(Ok(answer)),
                        Err(sealing) => State::Sealing { sealing },
                    }
                }
                StateProjection::Sealing { sealing } => return sealing.poll(context).map(Ok),
                StateProjection::Rejected { response } => {
                    let response = response.take().expect("polled after it was ready");
                    return Poll::Ready(Ok(response.map(ResponseBody::rejection)));
                }
                StateProjection::Deciding { decision, service, shared, asked } => {
                    match ready!(decision.as_mut().poll(context)) {
                        Ok(mut request) => {
                            let fields = shared.response_fields(&mut request);
                            let service = service.take().expect("left only once");
                            State::Admitted { response: service.oneshot(request), fields }
                        }
                        Err(error) => State::Rejected { response: Some(reject(shared, error, asked)) },
                    }
                }
            };
            state.set(next);
        }
    }
}

/// What the caller gets of the inner service's response; or what has to be waited for before.
#[inline]
fn answer<ResB>(
    response: Response<ResB>,
    fields: Option<ResponseFields>,
) -> Result<Response<ResponseBody<ResB>>, Box<Sealing<ResB>>>
where
    ResB: Body<Data = bytes::Bytes>,
{
    match fields {
        None => Ok(response.map(ResponseBody::inner)),
        Some(fields) => answer_with(response, fields),
    }
}

#[cold]
fn answer_with<ResB>(
    mut response: Response<ResB>,
    mut fields: ResponseFields,
) -> Result<Response<ResponseBody<ResB>>, Box<Sealing<ResB>>>
where
    ResB: Body<Data = bytes::Bytes>,
{
    let sealer = fields.take_sealer();
    fields.add_to(response.headers_mut());
    match sealer {
        None => Ok(response.map(ResponseBody::inner)),
        Some(sealer) => sealer.begin(response),
    }
}

impl<S, A, B, R> fmt::Debug for ResponseFuture<S, A, B, R>
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
            State::Sealing { .. } => "ResponseFuture(sealing)",
        })
    }
}
