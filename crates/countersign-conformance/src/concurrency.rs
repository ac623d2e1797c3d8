//! Many callers at once, and callers that go away.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Starts `count` tasks, lets them go at the same moment, and returns what they answered.
pub(crate) async fn all_at_once<F, T>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let gate = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for index in 0..count {
        let (gate, task) = (Arc::clone(&gate), task(index));
        tasks.spawn(async move {
            gate.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}

/// How long to wait for what happens in the background. Not a measurement: it is a moment, or never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until the condition holds, and fails if it does not come to hold.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let held = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, held).await.is_ok(), "this did not come about: {what}");
}

/// Drops a future of each length: after one poll, after two, and so on up to where it finishes by itself.
pub(crate) async fn drop_at_every_poll<F: Future>(future: impl Fn(usize) -> F) {
    for polls in 1..=MOST_POLLS {
        if poll_then_drop(future(polls), polls).await {
            return;
        }
    }
}

const MOST_POLLS: usize = 64;

/// Whether the future finished in this many polls. It is polled when it asks for it, so that it gets on in between.
async fn poll_then_drop<F: Future>(future: F, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
