//! The client service that signs.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower::{BoxError, ServiceExt as _};
use tower_service::Service;

use crate::body::{AuthBody, Chunks};
use crate::sign::layer::Signer;

/// Signs each request and hands it to the client inside; made by [`SignLayer`](crate::sign::SignLayer).
///
/// Fails with a [`SignError`](crate::sign::SignError) when a request cannot be signed, and with an
/// [`AuthError`](crate::AuthError) when its body is longer than the limit or fails; nothing was sent then.
#[derive(Clone)]
pub struct Sign<S> {
    inner: S,
    signer: Signer,
}

impl<S> Sign<S> {
    pub(super) const fn new(inner: S, signer: Signer) -> Self {
        Self { inner, signer }
    }
}

impl<S, B, R> Service<Request<B>> for Sign<S>
where
    S: Service<Request<AuthBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was made ready is the one to call.
        let fresh = self.inner.clone();
        let inner = mem::replace(&mut self.inner, fresh);
        Box::pin(send(inner, self.signer.clone(), request))
    }
}

async fn send<S, B, R>(mut inner: S, signer: Signer, request: Request<B>) -> Result<Response<R>, BoxError>
where
    S: Service<Request<AuthBody<B>>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (mut head, body) = request.into_parts();
    if !signer.covers_body() {
        signer.sign(&mut head, b"")?;
        return inner.call(Request::from_parts(head, AuthBody::untouched(body))).await.map_err(Into::into);
    }
    let chunks = signer.limits.read(body, true, |_| ()).await?;
    // Kept for a second try where there may be one. The frames are shared, not copied.
    let again = signer.server_clock.is_some().then(|| (head.clone(), chunks.share())).and_then(both);
    let target = head.uri.clone();
    signer.sign(&mut head, &chunks.joined())?;
    let response = inner.call(Request::from_parts(head, AuthBody::buffered(chunks))).await.map_err(Into::into)?;
    let Some((mut head, chunks)) = again else { return Ok(response) };
    if !signer.learn(&target, response.status(), response.headers()) {
        return Ok(response);
    }
    // Its connection may be wanted for the second try.
    drop(response);
    signer.sign(&mut head, &chunks.joined())?;
    let inner = inner.ready().await.map_err(Into::into)?;
    inner.call(Request::from_parts(head, AuthBody::buffered(chunks))).await.map_err(Into::into)
}

fn both<T>((head, chunks): (T, Option<Chunks>)) -> Option<(T, Chunks)> {
    chunks.map(|chunks| (head, chunks))
}

impl<S: fmt::Debug> fmt::Debug for Sign<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign").field("inner", &self.inner).finish_non_exhaustive()
    }
}
