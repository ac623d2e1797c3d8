//! The decision about one request.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::Request;
use http::request::Parts;

use crate::auth::{AuthError, Challenge};

/// A future on the heap: what a decision that has to wait is.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Decides whether a request proves who sent it.
///
/// [`AuthLayer`](crate::AuthLayer) puts an authenticator in front of a service; without tower, call
/// [`authenticate`](Self::authenticate) yourself.
///
/// # Contract
/// 1. `Ok` only after a completed, successful check of this very request. Whatever cannot be decided is an error.
/// 2. The request that comes back has the method, target, headers and body that were checked.
/// 3. Who was authenticated is in its extensions, as [`Authenticated`](crate::Authenticated).
pub trait Authenticate<B>: Send + Sync + 'static {
    /// The body that the inner service gets.
    type Body;

    /// Whether credentials of this kind are present, good or bad. Decides which of several authenticators is asked, and
    /// whether an optional one lets the request through as anonymous.
    fn claims(&self, head: &Parts) -> bool;

    /// The challenges for a 401 (RFC 9110 §11.6.1): `None` when there were no credentials.
    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge>;

    /// Hands a body on that nobody looked at, for a request that passes without credentials.
    fn untouched(&self, body: B) -> Self::Body;

    /// Hands a whole request on with its body [untouched](Self::untouched).
    fn pass(&self, request: Request<B>) -> Request<Self::Body> {
        request.map(|body| self.untouched(body))
    }

    /// Takes credentials off a request that passes without being authenticated, as preflights may, where they must not go
    /// on with it: from the target, say. Does nothing unless told otherwise.
    fn conceal(&self, _head: &mut Parts) {}

    /// Whether there may be [`ResponseFields`](crate::auth::ResponseFields) in the extensions of a request that was
    /// admitted. Unless told otherwise there are none, and nobody looks for them.
    fn adds_response_fields(&self) -> bool {
        false
    }

    /// Decides in place what can be decided without waiting and without reading the body: the request is not taken to pieces
    /// and put together again. Decides nothing unless told otherwise.
    ///
    /// A request without credentials of this kind is never refused here: whether it may pass is not known yet.
    fn decide_at_once(&self, _request: &mut Request<B>) -> AtOnce {
        AtOnce::Undecided
    }

    /// Decides.
    fn authenticate(&self, request: Request<B>) -> Verdict<Self::Body>;
}

/// What [`Authenticate::decide_at_once`] answers.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "admitted, refused or neither: there is no fourth")]
pub enum AtOnce {
    /// The request goes on with its body [untouched](Authenticate::untouched); its head was changed to what the inner service
    /// gets.
    Admitted,
    /// It has credentials, and they are not good.
    Refused(AuthError),
    /// Nothing is decided, and the request is as it was, for [`authenticate`](Authenticate::authenticate).
    Undecided,
}

/// What [`Authenticate::authenticate`] answers.
#[allow(clippy::exhaustive_enums, reason = "decided now or later: there is no third")]
#[allow(
    clippy::large_enum_variant,
    reason = "the large variant is the fast path, where a box would be the only allocation"
)]
pub enum Verdict<B> {
    /// Decided without waiting.
    Ready(Result<Request<B>, AuthError>),
    /// Something has to be waited for: a store, or the body.
    Pending(BoxFuture<Result<Request<B>, AuthError>>),
}

impl<B: Send + 'static> Verdict<B> {
    /// Changes what is decided.
    pub(crate) fn map<C: 'static>(
        self,
        change: impl FnOnce(Result<Request<B>, AuthError>) -> Result<Request<C>, AuthError> + Send + 'static,
    ) -> Verdict<C> {
        match self {
            Self::Ready(decision) => Verdict::Ready(change(decision)),
            Self::Pending(decision) => Verdict::Pending(Box::pin(async move { change(decision.await) })),
        }
    }
}

impl<B> Verdict<B> {
    /// Waits for the decision.
    ///
    /// # Errors
    /// When the request is refused.
    ///
    /// # Cancel safety
    /// When dropped before it is done, the request is gone and was not admitted; its nonce may be spent.
    pub async fn decide(self) -> Result<Request<B>, AuthError> {
        match self {
            Self::Ready(decision) => decision,
            Self::Pending(decision) => decision.await,
        }
    }
}

impl<B> From<AuthError> for Verdict<B> {
    fn from(error: AuthError) -> Self {
        Self::Ready(Err(error))
    }
}

impl<B> fmt::Debug for Verdict<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready(Ok(_)) => "Ready(Ok(..))",
            Self::Ready(Err(_)) => "Ready(Err(..))",
            Self::Pending(_) => "Pending(..)",
        })
    }
}
