//! What the inner service says of itself passes through unchanged.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tokio::time::{Duration, timeout};
use tower::{Service as _, ServiceExt as _};
use tower_test::mock::{Handle, Mock, pair};

use crate::checks::catches;
use crate::faulty::Fault;
use crate::guard::{AnyBody, Guard, Guarded, guards};

#[derive(Debug, PartialEq)]
struct OwnError(u32);

impl fmt::Display for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the inner service's error {}", self.0)
    }
}

impl std::error::Error for OwnError {}

type Hand = Handle<Request<AnyBody>, Response<Full<Bytes>>>;

fn mocked(guard: &Guard) -> (Guarded, Hand) {
    let (mock, hand): (Mock<_, _>, Hand) = pair();
    (guard.before(mock), hand)
}

fn own<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e OwnError> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// Not ready is not ready, and an error of `poll_ready` is an error.
async fn passes_readiness_on(guard: Guard) {
    let (mut service, mut hand) = mocked(&guard);
    hand.allow(0);
    assert!(timeout(Duration::from_millis(1), service.ready()).await.is_err(), "{}: ready too early", guard.name);
    hand.allow(1);
    service.ready().await.unwrap();

    let (mut service, mut hand) = mocked(&guard);
    hand.send_error(OwnError(1));
    let error = service.ready().await.expect_err("the error of poll_ready");
    assert_eq!(own(&*error), Some(&OwnError(1)), "{}", guard.name);
}

/// An error that the inner service answers with is the layer's, after a wait too; and so is one of making it ready anew.
async fn passes_errors_on(guard: Guard) {
    for request in [Some(guard.good), guard.slow].into_iter().flatten() {
        let (mut service, mut hand) = mocked(&guard);
        let answer = tokio::spawn(service.ready().await.unwrap().call(request()));
        let (_, respond) = hand.next_request().await.unwrap();
        respond.send_error(OwnError(2));
        let error = answer.await.unwrap().expect_err("the inner service's error");
        assert_eq!(own(&*error), Some(&OwnError(2)), "{}", guard.name);
    }
    if let Some(slow) = guard.slow {
        let (mut service, mut hand) = mocked(&guard);
        let answer = service.ready().await.unwrap().call(slow());
        hand.send_error(OwnError(3));
        let error = answer.await.expect_err("the error of making it ready anew");
        assert_eq!(own(&*error), Some(&OwnError(3)), "{}", guard.name);
    }
}

/// After a wait the inner service is not called before it is ready again.
async fn waits_for_the_inner_service(guard: Guard) {
    let Some(slow) = guard.slow else { return };
    let (mut service, mut hand) = mocked(&guard);
    hand.allow(1);
    let ready = service.ready().await.unwrap();
    hand.allow(0);
    let mut answer = Box::pin(ready.call(slow()));
    assert!(timeout(Duration::from_millis(100), &mut answer).await.is_err(), "{}: called too early", guard.name);
    hand.allow(1);
    let (answer, ()) = tokio::join!(answer, async {
        let (_, respond) = hand.next_request().await.unwrap();
        respond.send_response(Response::new(Full::default()));
    });
    assert_eq!(answer.unwrap().status(), 200, "{}", guard.name);
}

#[tokio::test(start_paused = true)]
async fn not_ready_and_errors_of_readiness_pass_through() {
    for guard in guards() {
        passes_readiness_on(guard).await;
    }
    assert!(catches(passes_readiness_on, Fault::AlwaysReady).await);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_inner_service_pass_through() {
    for guard in guards() {
        passes_errors_on(guard).await;
    }
    assert!(catches(passes_errors_on, Fault::AnswersErrors).await);
}

#[tokio::test(start_paused = true)]
async fn after_a_wait_the_inner_service_is_made_ready_anew() {
    for guard in guards() {
        waits_for_the_inner_service(guard).await;
    }
    assert!(catches(waits_for_the_inner_service, Fault::CallsAClone).await);
}
