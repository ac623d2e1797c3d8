//! Keeps a subscription to invalidations, and the cache out of use while there is none.

use std::error::Error as _;
use std::future::{Future as _, poll_fn};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use countersign_core::{InvalidationSink, Invalidations, StoreError};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::engine::Engine;
use super::gate::Gate;
use super::sink::{Named, Sink};

/// The cache may be used while the task that this starts has a subscription that stands. Dropping it ends the task.
pub(super) struct Supervisor<K, V, A> {
    gate: Arc<Gate<K, V, A>>,
    source: Arc<dyn Invalidations>,
    running: Arc<AtomicBool>,
    task: Mutex<Option<AbortHandle>>,
}

impl<K, V, A> Supervisor<K, V, A>
where
    K: Named + Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    pub(super) fn new(engine: Arc<Engine<K, V, A>>, source: Arc<dyn Invalidations>) -> Self {
        let gate = Arc::new(Gate::new(engine));
        Self { gate, source, running: Arc::default(), task: Mutex::default() }
    }

    /// Whether a subscription stands. If there is not even a task that sees to it, one is started on this runtime.
    #[inline]
    pub(super) fn lets_use(&self) -> bool {
        let open = self.gate.is_open();
        if !open {
            self.start();
        }
        open
    }

    #[cold]
    fn start(&self) {
        if self.running.load(Ordering::Relaxed) || self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        // However the task ends, also by its runtime's end and before it ever ran, this is dropped with it.
        let shift = Shift(self.running.clone());
        // Without a runtime there is nobody to tell us anything: the cache stays out of use.
        let Ok(runtime) = Handle::try_current() else { return };
        let task = runtime.spawn(supervise(shift, self.source.clone(), self.gate.clone())).abort_handle();
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }
}

impl<K, V, A> Drop for Supervisor<K, V, A> {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

/// The time in which a task sees to the subscription. When it is over, the next request starts another.
struct Shift(Arc<AtomicBool>);

impl Drop for Shift {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

async fn supervise<K, V, A>(_shift: Shift, source: Arc<dyn Invalidations>, gate: Arc<Gate<K, V, A>>)
where
    K: Named + Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    let (mut pause, mut told) = (FIRST_PAUSE, false);
    loop {
        let (stood, error) = subscribe(&*source, &gate).await;
        if stood {
            (pause, told) = (FIRST_PAUSE, false);
        }
        let cause = error.source().map(ToString::to_string);
        // Once for each time that it breaks, not for each attempt to mend it.
        if told {
            tracing::debug!(target: "countersign::store", %error, cause, "still no invalidations");
        } else {
            tracing::warn!(target: "countersign::store", %error, cause, "no invalidations: the cache is out of use");
        }
        told = true;
        sleep(pause).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

/// One subscription, until it breaks; whether it ever stood, and why it ended.
async fn subscribe<K, V, A>(source: &dyn Invalidations, gate: &Arc<Gate<K, V, A>>) -> (bool, StoreError)
where
    K: Named + Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    A: Clone + Send + Sync + 'static,
{
    let sink = Closing(Arc::new(Sink::new(gate.clone())));
    let told: Arc<dyn InvalidationSink> = sink.0.clone();
    let mut delivery = pin!(async { source.deliver(told).await });
    let mut alarm = pin!(sleep_until(Instant::now()));
    let error = poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| delivery.as_mut().poll(context))) {
            Ok(Poll::Ready(error)) => return Poll::Ready(error),
            Ok(Poll::Pending) => {}
            Err(_) => return Poll::Ready(StoreError::new("the source of invalidations panicked")),
        }
        loop {
            let Some(deadline) = sink.0.deadline(context.waker()) else { return Poll::Pending };
            if deadline <= Instant::now() {
                return Poll::Ready(StoreError::new("nothing was heard for too long"));
            }
            alarm.as_mut().reset(deadline);
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    });
    let error = error.await;
    (sink.0.close(), error)
}

/// However waiting for a source ends, the source is not believed any longer.
struct Closing<K: Clone + Eq + Hash, V: Clone, A: Clone>(Arc<Sink<K, V, A>>);

impl<K: Clone + Eq + Hash, V: Clone, A: Clone> Drop for Closing<K, V, A> {
    fn drop(&mut self) {
        self.0.close();
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
