//! Collects uses, and writes them now and then.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use countersign_core::StoreError;
use tokio::runtime::Handle;

use super::kept::Kept;
use super::table::Table;
use crate::auth::{Ask, Chain};

/// Collects uses, and writes them; a handle, of which clones share everything.
pub(crate) struct Engine<U: Kept>(Arc<Shared<U>>);

struct Shared<U: Kept> {
    store: Arc<U::Store>,
    settings: Settings,
    table: Table<U>,
    /// Held by whoever writes, so that a flush does not overtake a write that may yet fail.
    writing: tokio::sync::Mutex<()>,
    /// Whether there is a task that will write.
    task: AtomicBool,
    dropped_and_logged: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) interval: Duration,
    pub(crate) resolution: Duration,
    pub(crate) capacity: usize,
    pub(crate) store_timeout: Duration,
}

impl<U: Kept> Engine<U> {
    /// Every 10 seconds, to within 60 seconds for each thing, with room for 65,536 things.
    pub(crate) fn new(store: Arc<U::Store>) -> Self {
        let settings = Settings {
            interval: Duration::from_secs(10),
            resolution: Duration::from_secs(60),
            capacity: 65_536,
            store_timeout: Duration::from_secs(5),
        };
        Self::of(store, settings)
    }

    /// With other settings; nothing is recorded yet.
    pub(crate) fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.0.settings;
        change(&mut settings);
        Self::of(self.0.store.clone(), settings)
    }

    #[inline]
    pub(crate) fn record(&self, which: &U::Which, at: SystemTime) {
        if self.0.table.note(which, at) {
            Shared::start(&self.0);
        }
    }

    pub(crate) async fn write(&self) -> Result<(), StoreError> {
        self.0.write().await
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.0.table.dropped()
    }

    pub(crate) fn describe(&self, mut name: fmt::DebugStruct<'_, '_>) -> fmt::Result {
        let (settings, pending) = (&self.0.settings, self.0.table.pending());
        name.field("settings", settings)
            .field("pending", &pending)
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }

    fn of(store: Arc<U::Store>, settings: Settings) -> Self {
        Self(Arc::new(Shared {
            store,
            settings,
            table: Table::new(settings.resolution, settings.capacity),
            writing: tokio::sync::Mutex::new(()),
            task: AtomicBool::new(false),
            dropped_and_logged: AtomicU64::new(0),
        }))
    }
}

impl<U: Kept> Clone for Engine<U> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<U: Kept> Shared<U> {
    /// Sees to it that a task will write.
    fn start(this: &Arc<Self>) {
        if this.task.swap(true, Ordering::SeqCst) {
            return;
        }
        let task = Task { shared: Arc::downgrade(this), ended: false }.run(this.settings.interval);
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(task));
        }
    }

    /// Whether the task may end: not if somebody recorded something just before, and found that there was a task.
    fn end(&self) -> bool {
        self.task.store(false, Ordering::SeqCst);
        self.table.pending() == 0 || self.task.swap(true, Ordering::SeqCst)
    }

    async fn write(&self) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let mut batch = Batch { table: &self.table, uses: self.table.take() };
        while !batch.uses.is_empty() {
            let rest = batch.uses.len().saturating_sub(AT_ONCE);
            let (store, uses) = (self.store.clone(), batch.uses.iter().skip(rest).cloned().collect::<Box<[_]>>());
            let written = Ask::now(U::write(store, uses));
            written.within(self.settings.store_timeout).await.map_err(StoreError::new)?;
            batch.uses.truncate(rest);
        }
        Ok(())
    }

    fn log_dropped(&self) {
        let dropped = self.table.dropped();
        let new = dropped - self.dropped_and_logged.swap(dropped, Ordering::Relaxed);
        if new > 0 {
            tracing::warn!(target: "countersign::store", dropped = new, "no room to record that {}", U::WHAT);
        }
    }
}

/// What is being written: put back if it is dropped before.
struct Batch<'t, U: Kept> {
    table: &'t Table<U>,
    uses: Vec<U>,
}

impl<U: Kept> Drop for Batch<'_, U> {
    fn drop(&mut self) {
        self.table.put_back(&self.uses);
    }
}

/// Writes, as long as there is something to be written and somebody to record.
struct Task<U: Kept> {
    shared: Weak<Shared<U>>,
    /// Ended by itself, and said so.
    ended: bool,
}

impl<U: Kept> Task<U> {
    async fn run(mut self, interval: Duration) {
        while !self.ended {
            tokio::time::sleep(interval).await;
            let Some(shared) = self.shared.upgrade() else { return };
            if let Err(error) = shared.write().await {
                let (source, pending) = (Chain(&error).to_string(), shared.table.pending());
                tracing::warn!(target: "countersign::store", source, pending, "cannot record that {}", U::WHAT);
            }
            shared.log_dropped();
            self.ended = shared.table.pending() == 0 && shared.end();
        }
    }
}

impl<U: Kept> Drop for Task<U> {
    /// Its runtime is gone, or never was: what is recorded from now on needs another task.
    fn drop(&mut self) {
        if let (false, Some(shared)) = (self.ended, self.shared.upgrade()) {
            shared.task.store(false, Ordering::SeqCst);
        }
    }
}

/// So many uses are written with one call.
const AT_ONCE: usize = 1_000;

#[cfg(test)]
#[cfg(feature = "bearer")]
mod tests {
    use countersign_core::{MemoryStore, TokenAdmin, TokenDigest, TokenUse};

    use super::*;

    #[test]
    fn a_task_does_not_end_on_what_was_recorded_while_it_was_there() {
        let store: Arc<dyn TokenAdmin> = Arc::new(MemoryStore::new());
        let engine = Engine::<TokenUse>::new(store);
        let shared = &engine.0;
        shared.task.store(true, Ordering::SeqCst);
        engine.record(&TokenDigest::of("a"), SystemTime::UNIX_EPOCH);
        assert!(!shared.end() && shared.task.load(Ordering::SeqCst));
        shared.table.take();
        assert!(shared.end() && !shared.task.load(Ordering::SeqCst));
    }
}
