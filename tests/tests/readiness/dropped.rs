//! A response future may be dropped at every await: when a client hangs up, say.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use countersign::hmac::schemes::UstudioV2;
use countersign::{Claim, HmacAuthLayer, MemoryStore, Nonce, NonceStore, StoreError, async_trait};
use countersign_tests::{Inner, Script, signed, store};
use http::Request;
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _};

use crate::checks::{catches, fails, send};
use crate::faulty::Fault;
use crate::guard::{Guard, guards};
use crate::probe::Probe;

/// Polls `future` so often at most; `None` when it is not done by then.
async fn poll_times<F: Future + Unpin>(future: &mut F, times: usize) -> Option<F::Output> {
    for _ in 0..times {
        let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
    }
    None
}

/// What was dropped gives its permit back, and did not get through.
async fn lets_go_when_dropped(guard: Guard) {
    let Some(slow) = guard.slow else { return };
    for polls in 0.. {
        let probe = Probe::new();
        let service = guard.before(ServiceBuilder::new().concurrency_limit(1).service(probe.clone()));
        let mut dropped = service.clone();
        let mut future = Box::pin(dropped.ready().await.unwrap().call(slow()));
        let done = poll_times(&mut future, polls).await;
        drop(future);
        assert_eq!(probe.calls(), usize::from(done.is_some()), "{} after {polls} polls", guard.name);
        assert_eq!(send(&mut service.clone(), (guard.good)()).await, 200, "{} after {polls} polls", guard.name);
        if done.is_some() {
            assert!(polls > 2, "{} waits", guard.name);
            return;
        }
    }
}

/// Spends nonces as another store does, with waits before and after.
struct Waiting<S>(S);

#[async_trait]
impl<S: NonceStore> NonceStore for Waiting<S> {
    async fn claim(&self, nonce: &Nonce, now: SystemTime, expires: SystemTime) -> Result<Claim, StoreError> {
        tokio::task::yield_now().await;
        let claim = self.0.claim(nonce, now, expires).await;
        tokio::task::yield_now().await;
        claim
    }
}

/// A store that has spent nothing, whatever it was asked.
struct Forgetful;

#[async_trait]
impl NonceStore for Forgetful {
    async fn claim(&self, _: &Nonce, _: SystemTime, _: SystemTime) -> Result<Claim, StoreError> {
        Ok(Claim::Fresh)
    }
}

/// A layer with room for one trickling body of six bytes, in three frames.
fn narrow(nonces: impl NonceStore) -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store())
        .with_body_budget(6 + 3 * 32)
        .with_replay_protection_for(Waiting(nonces), Duration::from_secs(600))
}

fn trickling(path: &str) -> Request<Script> {
    signed(&UstudioV2::new(), Request::post(path), b"a body").map(|_| Script::trickling(b"a body", 2))
}

/// What was dropped gives back all that it kept of its body.
async fn gives_the_budget_back(end: fn(Pin<Box<dyn Future<Output = ()> + Send>>)) {
    let inner = Inner::new();
    for polls in 0..8 {
        let service = narrow(MemoryStore::new()).layer(inner.clone());
        let first = service.clone().oneshot(trickling("/first"));
        let mut first: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move { drop(first.await) });
        poll_times(&mut first, polls).await;
        end(first);
        assert_eq!(service.oneshot(trickling("/second")).await.unwrap().status(), 200, "after {polls} polls");
    }
}

/// However often a request comes after it was dropped, it is admitted once at most.
async fn spends_a_nonce_once<S: NonceStore>(nonces: fn() -> S) {
    let (mut spent, mut unspent) = (0, 0);
    for polls in 0..12 {
        let service = narrow(nonces()).layer(Inner::new());
        let again = || async { service.clone().oneshot(trickling("/")).await.unwrap().status().as_u16() };
        let mut first = Box::pin(service.clone().oneshot(trickling("/")));
        let done = poll_times(&mut first, polls).await;
        drop(first);
        let second = again().await;
        match second {
            200 => unspent += 1,
            401 => spent += 1,
            other => panic!("{other} after {polls} polls"),
        }
        assert!(done.is_none() || second == 401, "admitted twice after {polls} polls");
        assert_eq!(again().await, 401, "admitted again after {polls} polls");
    }
    assert!(spent > 1 && unspent > 1, "dropped before and after the nonce was claimed");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_holds_no_permit_and_does_not_get_through() {
    for guard in guards() {
        lets_go_when_dropped(guard).await;
    }
    assert!(catches(lets_go_when_dropped, Fault::CallsBeforeDeciding).await);
}

#[tokio::test]
async fn a_dropped_request_gives_its_budget_back() {
    gives_the_budget_back(drop).await;
    assert!(fails(gives_the_budget_back(mem::forget)).await);
}

#[tokio::test]
async fn the_nonce_of_a_dropped_request_is_spent_once_at_most() {
    spends_a_nonce_once(MemoryStore::new).await;
    assert!(fails(spends_a_nonce_once(|| Forgetful)).await);
}
