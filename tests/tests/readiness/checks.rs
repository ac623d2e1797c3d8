//! What is called is ready, and nobody holds what they are not let in to.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use http::Request;
use tokio::time::timeout;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

use crate::faulty::Fault;
use crate::guard::{Guard, Guarded, guards};
use crate::probe::Probe;
use countersign_tests::Script;

/// The services of tower that care for readiness, each with room for one request.
const BELOW: [&str; 4] = ["a probe", "ConcurrencyLimit", "Buffer", "LoadShed"];

fn put(guard: &Guard, below: &str, probe: &Probe) -> Guarded {
    let probe = probe.clone();
    let builder = ServiceBuilder::new();
    match below {
        "a probe" => guard.before(probe),
        "ConcurrencyLimit" => guard.before(builder.concurrency_limit(1).service(probe)),
        // The worker behind a buffer takes one request out of it, so the limit within is what keeps a place.
        "Buffer" => guard.before(builder.buffer(1).concurrency_limit(1).service(probe)),
        _ => guard.before(builder.load_shed().concurrency_limit(1).service(probe)),
    }
}

/// Calls what is ready, again and again on one instance, and on clones.
async fn calls_only_what_is_ready(guard: Guard) {
    for below in BELOW {
        let probe = Probe::new();
        let mut service = put(&guard, below, &probe);
        let requests = [guard.good].into_iter().chain(guard.slow).cycle().take(6);
        for (index, request) in requests.enumerate() {
            assert_eq!(send(&mut service, request()).await, 200, "{} before {below}", guard.name);
            assert_eq!(send(&mut service.clone(), request()).await, 200, "{} before {below}", guard.name);
            assert_eq!(send(&mut service, (guard.refused)()).await / 100, 4, "{} before {below}", guard.name);
            assert_eq!(probe.calls(), 2 * (index + 1));
        }
    }
}

/// Lets a good request through while another is not decided.
async fn waits_without_holding(guard: Guard) {
    let Some(parked) = guard.parked else { return };
    for below in BELOW {
        let probe = Probe::new();
        let service = put(&guard, below, &probe);
        let mut other = service.clone();
        let mut undecided = Box::pin(other.ready().await.unwrap().call(parked()));
        assert!(poll_once(&mut undecided).await.is_none());
        for _ in 0..3 {
            assert_eq!(send(&mut service.clone(), (guard.good)()).await, 200, "{} before {below}", guard.name);
        }
        assert!(poll_once(&mut undecided).await.is_none());
        assert_eq!(probe.calls(), 3);
    }
}

/// Lets a good request through after another was refused, whose connection is still open.
async fn refuses_without_holding(guard: Guard) {
    for below in BELOW {
        let probe = Probe::new();
        let service = put(&guard, below, &probe);
        let mut connection = service.clone();
        assert_eq!(send(&mut connection, (guard.refused)()).await / 100, 4);
        assert_eq!(send(&mut service.clone(), (guard.good)()).await, 200, "{} before {below}", guard.name);
        drop(connection);
        assert_eq!(probe.calls(), 1);
    }
}

/// The status of the answer. The clock of these tests moves only when nothing else can, so a tenth of a second means never.
pub async fn send(service: &mut Guarded, request: Request<Script>) -> u16 {
    let answer = async { service.ready().await?.call(request).await };
    timeout(Duration::from_millis(100), answer).await.expect("it is let through").unwrap().status().as_u16()
}

/// Polls once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|context| match Pin::new(&mut *future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Whether a check finds this fault in a layer in which it finds nothing else.
pub async fn catches<F: Future<Output = ()> + Send + 'static>(check: fn(Guard) -> F, fault: Fault) -> bool {
    check(Fault::Nothing.guard()).await;
    fails(check(fault.guard())).await
}

/// Whether a check fails.
pub async fn fails(check: impl Future<Output = ()> + Send + 'static) -> bool {
    tokio::spawn(check).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn every_layer_calls_only_what_is_ready() {
    for guard in guards() {
        calls_only_what_is_ready(guard).await;
    }
    assert!(catches(calls_only_what_is_ready, Fault::CallsAClone).await);
}

#[tokio::test(start_paused = true)]
async fn no_layer_holds_a_permit_while_it_waits() {
    for guard in guards() {
        waits_without_holding(guard).await;
    }
    assert!(catches(waits_without_holding, Fault::HoldsWhileWaiting).await);
}

#[tokio::test(start_paused = true)]
async fn no_layer_holds_a_permit_after_it_refused() {
    for guard in guards() {
        refuses_without_holding(guard).await;
    }
    assert!(catches(refuses_without_holding, Fault::HoldsAfterRefusing).await);
}
