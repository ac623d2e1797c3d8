//! The one service.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::auth::authenticated::Anonymous;
use crate::auth::layer::Shared;
use crate::auth::rejection::{Asked, reject};
use crate::auth::{AtOnce, Authenticate, ResponseFuture, Verdict};
use crate::body::ResponseBody;

/// Calls the inner service for those requests that the authenticator admits; made by [`AuthLayer`](crate::AuthLayer).
pub struct Auth<S, A> {
    inner: S,
    shared: Arc<Shared<A>>,
}

impl<S, A> Auth<S, A> {
    pub(crate) const fn new(inner: S, shared: Arc<Shared<A>>) -> Self {
        Self { inner, shared }
    }
}

impl<S, A, B, ResB> Service<Request<B>> for Auth<S, A>
where
    A: Authenticate<B>,
    S: Service<Request<A::Body>, Response = Response<ResB>> + Clone,
    ResB: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<ResB>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, A, B, ResB>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // A preflight that may pass without credentials passes without, whatever it has.
        if self.shared.cors_preflights {
            return self.decide(request);
        }
        match self.shared.authenticator.decide_at_once(&mut request) {
            AtOnce::Admitted => {
                let mut request = self.shared.authenticator.pass(request);
                let fields = self.shared.response_fields(&mut request);
                ResponseFuture::calling(self.inner.call(request), fields)
            }
            AtOnce::Refused(error) => {
                self.release();
                ResponseFuture::rejected(reject(&self.shared, error, &Asked::by(&request)))
            }
            AtOnce::Undecided => self.decide(request),
        }
    }
}

impl<S, A> Auth<S, A> {
    #[inline(never)] // so that what is decided at once stays small
    fn decide<B, ResB>(&mut self, request: Request<B>) -> ResponseFuture<S, A, B, ResB>
    where
        A: Authenticate<B>,
        S: Service<Request<A::Body>, Response = Response<ResB>> + Clone,
        ResB: Body<Data = Bytes>,
    {
        let asked = Asked::by(&request);
        let Shared { optional, cors_preflights, .. } = &*self.shared;
        let preflight = *cors_preflights && asked.is_preflight();
        let request = if *optional || preflight {
            match self.pass_unauthenticated(request, preflight) {
                Ok(request) => return ResponseFuture::calling(self.inner.call(request), None),
                Err(request) => request,
            }
        } else {
            request
        };
        let decision = match self.shared.authenticator.authenticate(request) {
            Verdict::Ready(decision) => decision,
            // What the stores in memory and a body that is all there have already decided need not wait for a wake-up.
            Verdict::Pending(mut decision) => match decision.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(decision) => decision,
                Poll::Pending => {
                    let shared = self.shared.clone();
                    return ResponseFuture::deciding(decision, self.release(), shared, asked);
                }
            },
        };
        match decision {
            Ok(mut request) => {
                let fields = self.shared.response_fields(&mut request);
                ResponseFuture::calling(self.inner.call(request), fields)
            }
            Err(error) => {
                self.release();
                ResponseFuture::rejected(reject(&self.shared, error, &asked))
            }
        }
    }
}

impl<S: Clone, A> Auth<S, A> {
    /// Gives back what the instance that was made ready holds, a permit say, and returns a fresh one: whoever is
    /// refused, or still has to send a body or wait for a store, must not keep others from the inner service.
    fn release(&mut self) -> S {
        let fresh = self.inner.clone();
        drop(mem::replace(&mut self.inner, fresh.clone()));
        fresh
    }

    /// The request, to be passed on as it is, if it may go without credentials; back for authentication otherwise.
    #[allow(clippy::result_large_err, reason = "the error is the request itself, handed back")]
    fn pass_unauthenticated<B>(&self, request: Request<B>, preflight: bool) -> Result<Request<A::Body>, Request<B>>
    where
        A: Authenticate<B>,
    {
        let authenticator = &self.shared.authenticator;
        let (mut head, body) = request.into_parts();
        if !preflight && authenticator.claims(&head) {
            return Err(Request::from_parts(head, body));
        }
        authenticator.conceal(&mut head);
        head.extensions.insert(Anonymous::new(authenticator.challenges(None)));
        Ok(Request::from_parts(head, authenticator.untouched(body)))
    }
}

impl<S: Clone, A> Clone for Auth<S, A> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: self.shared.clone() }
    }
}

impl<S: fmt::Debug, A> fmt::Debug for Auth<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("inner", &self.inner).finish_non_exhaustive()
    }
}
