//! The service behind every layer, and how it is called.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::Service;

/// What a handler does at least: reads the body to its end. Answers 200 if it is as long as the head says.
///
/// # Errors
/// Never.
pub async fn handle<B>(request: Request<B>) -> Result<Response<Body>, Infallible>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let (head, mut body) = request.into_parts();
    let mut left = head.headers.get(header::CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<usize>().ok());
    while let Some(frame) = body.frame().await {
        let read = frame.ok().and_then(|frame| frame.into_data().ok()).map(|data| data.len());
        left = left.zip(read).and_then(|(left, read)| left.checked_sub(read));
    }
    let mut response = Response::new(Body::empty());
    if left != Some(0) {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    Ok(response)
}

/// Calls a service that never has to wait.
///
/// # Panics
/// When it has to.
pub fn call<S, ResB>(service: &mut S, request: Request<Body>) -> StatusCode
where
    S: Service<Request<Body>, Response = Response<ResB>, Error = Infallible>,
{
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready(), "the service is always ready");
    match pin!(service.call(request)).poll(&mut context) {
        Poll::Ready(Ok(response)) => response.status(),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("everything is at hand"),
    }
}
