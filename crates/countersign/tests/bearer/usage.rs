//! When tokens were last used: what is written, when, and what a store can do to that.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign::bearer::UsageRecorder;
use countersign::cache::CacheConfig;
use countersign::{
    BearerTokenLayer, ManualClock, MemoryStore, RequiredScopes, StoreError, TokenAdmin, TokenChange, TokenDigest,
    TokenFilter, TokenInfo, TokenUse, async_trait,
};
use http::StatusCode;
use tokio::time::advance;

use crate::support::*;

/// Keeps what is written to it, or does what else it is told.
#[derive(Default)]
struct Book {
    mode: Mutex<Mode>,
    calls: AtomicUsize,
    written: Mutex<Vec<TokenUse>>,
}

#[derive(Clone, Copy, Default)]
enum Mode {
    #[default]
    Write,
    Fail,
    Hang,
    Panic,
    /// Writes the first call only.
    WriteOnce,
}

impl Book {
    fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The times that were written for a token, in order.
    fn times(&self, token: &str) -> Vec<SystemTime> {
        let digest = TokenDigest::of(token);
        self.written.lock().unwrap().iter().filter(|use_| use_.digest == digest).map(|use_| use_.at).collect()
    }
}

#[async_trait]
impl TokenAdmin for Book {
    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Write => {}
            Mode::WriteOnce if call == 0 => {}
            Mode::Fail | Mode::WriteOnce => return Err(StoreError::new("down")),
            Mode::Hang => std::future::pending().await,
            Mode::Panic => panic!("planted"),
        }
        self.written.lock().unwrap().extend_from_slice(uses);
        Ok(())
    }

    async fn add_token(&self, _: &TokenDigest, _: &TokenInfo) -> Result<(), StoreError> {
        unreachable!()
    }
    async fn token_by_id(&self, _: &str) -> Result<Option<TokenInfo>, StoreError> {
        unreachable!()
    }
    async fn list_tokens(&self, _: &TokenFilter, _: Option<&str>, _: usize) -> Result<Vec<TokenInfo>, StoreError> {
        unreachable!()
    }
    async fn update_token(&self, _: &str, _: &TokenChange, _: SystemTime) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn revoke_token(&self, _: &str, _: SystemTime, _: &str) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn revoke_tokens(&self, _: &TokenFilter, _: SystemTime, _: &str) -> Result<u64, StoreError> {
        unreachable!()
    }
    async fn replace_token(&self, _: &str, _: SystemTime, _: &TokenDigest, _: &TokenInfo) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn delete_token(&self, _: &str) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn prune_tokens(&self, _: SystemTime) -> Result<u64, StoreError> {
        unreachable!()
    }
}

fn book() -> (Arc<Book>, UsageRecorder) {
    let book = Arc::new(Book::default());
    (book.clone(), UsageRecorder::new(book))
}

async fn ok(layer: &BearerTokenLayer, token: &str) {
    assert_eq!(send(layer, bearer(token)).await.0.status, StatusCode::OK);
}

/// Lets the tasks go on until there is nothing to be done at this time.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn pass(seconds: u64) {
    settle().await;
    advance(Duration::from_secs(seconds)).await;
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn uses_are_written_every_ten_seconds_and_for_each_token_once_a_minute() {
    let (book, usage) = book();
    let clock = ManualClock::at_unix(NOW);
    let layer = over(store()).with_clock(clock.clone()).with_usage(usage);
    ok(&layer, GOOD).await;
    clock.advance(Duration::from_secs(4));
    ok(&layer, GOOD).await;
    pass(9).await;
    assert_eq!(book.calls(), 0, "not yet");
    pass(1).await;
    assert_eq!((book.calls(), book.times(GOOD)), (1, vec![at(NOW + 4)]));
    for _ in 0..5 {
        clock.advance(Duration::from_secs(11));
        ok(&layer, GOOD).await;
        pass(11).await;
    }
    assert_eq!(book.calls(), 1, "59 seconds and less after what was written");
    clock.advance(Duration::from_secs(5));
    ok(&layer, GOOD).await;
    ok(&layer, "no-scope").await;
    pass(10).await;
    assert_eq!((book.calls(), book.times(GOOD)), (2, vec![at(NOW + 4), at(NOW + 64)]));
    assert_eq!(book.times("no-scope"), [at(NOW + 64)]);
}

#[tokio::test]
async fn only_success_counts() {
    let (book, usage) = book();
    let layer = layer().with_scopes(RequiredScopes::all_of(scope("things:read"))).with_usage(usage.clone());
    for token in ["unknown", "expired", "valid-soon", "revoked", "no-scope", "a b"] {
        assert_ne!(send(&layer, bearer(token)).await.0.status, StatusCode::OK);
    }
    send(&layer, with(&[])).await;
    usage.flush().await.unwrap();
    assert_eq!(book.calls(), 0);
    ok(&layer, GOOD).await;
    usage.flush().await.unwrap();
    assert_eq!(book.times(GOOD), [at(NOW)], "the count counts");
}

#[tokio::test]
async fn what_the_cache_answers_counts_too() {
    let (book, usage) = book();
    let clock = ManualClock::at_unix(NOW);
    let layer = over(store()).with_clock(clock.clone()).with_cache(CacheConfig::new().with_lifetime(A_DAY));
    let layer = layer.with_usage(usage.clone());
    for token in [GOOD, "revoked", "unknown"] {
        send(&layer, bearer(token)).await;
    }
    usage.flush().await.unwrap();
    clock.advance(Duration::from_secs(60));
    for token in [GOOD, "revoked", "unknown"] {
        send(&layer, bearer(token)).await;
    }
    usage.flush().await.unwrap();
    assert_eq!((book.times(GOOD), book.written.lock().unwrap().len()), (vec![at(NOW), at(NOW + 60)], 2));
}

const A_DAY: Duration = Duration::from_secs(86_400);

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_hangs_or_panics_fails_no_request_and_loses_no_use() {
    for mode in [Mode::Fail, Mode::Hang, Mode::Panic] {
        let (book, usage) = book();
        book.set(mode);
        let layer = layer().with_usage(usage.clone());
        ok(&layer, GOOD).await;
        pass(16).await;
        assert_eq!((book.calls(), book.times(GOOD).len()), (1, 0));
        ok(&layer, GOOD).await;
        assert!(usage.flush().await.is_err());
        pass(16).await;
        pass(16).await;
        assert!(book.calls() > 2, "it is tried again and again");
        book.set(Mode::Write);
        pass(16).await;
        pass(16).await;
        assert_eq!((book.times(GOOD), usage.dropped()), (vec![at(NOW)], 0));
    }
}

#[tokio::test]
async fn what_was_written_before_the_store_failed_is_not_written_again() {
    let (book, usage) = book();
    (0..2_500).for_each(|number| usage.record(&TokenDigest::of(number.to_string()), at(NOW)));
    book.set(Mode::WriteOnce);
    assert!(usage.flush().await.is_err());
    assert_eq!((book.calls(), book.written.lock().unwrap().len()), (2, 1_000));
    book.set(Mode::Write);
    usage.flush().await.unwrap();
    let mut written: Vec<_> = book.written.lock().unwrap().iter().map(|use_| use_.digest).collect();
    written.sort();
    written.dedup();
    assert_eq!((book.calls(), written.len(), book.written.lock().unwrap().len()), (4, 2_500, 2_500));
}

#[tokio::test]
async fn what_there_is_no_room_for_is_dropped_and_counted() {
    let (book, usage) = book();
    let usage = usage.with_capacity(2);
    let layer = layer().with_usage(usage.clone());
    for token in [GOOD, "no-scope", "valid-now", GOOD, "valid-now"] {
        ok(&layer, token).await;
    }
    assert_eq!(usage.dropped(), 2);
    usage.flush().await.unwrap();
    assert_eq!((book.times(GOOD).len(), book.times("no-scope").len(), book.times("valid-now").len()), (1, 1, 0));
    ok(&layer, "valid-now").await;
    usage.flush().await.unwrap();
    assert_eq!((book.times("valid-now").len(), usage.dropped()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_is_dropped_leaves_everything_for_the_next_one() {
    let (book, usage) = book();
    book.set(Mode::Hang);
    usage.record(&TokenDigest::of(GOOD), at(NOW));
    assert!(tokio::time::timeout(Duration::from_secs(1), usage.flush()).await.is_err());
    book.set(Mode::Write);
    usage.flush().await.unwrap();
    assert_eq!(book.times(GOOD), [at(NOW)]);
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_a_write_that_may_yet_fail() {
    let (book, usage) = book();
    book.set(Mode::Hang);
    usage.record(&TokenDigest::of(GOOD), at(NOW));
    pass(11).await;
    assert_eq!(book.calls(), 1);
    book.set(Mode::Write);
    usage.flush().await.unwrap();
    assert_eq!((book.calls(), book.times(GOOD)), (2, vec![at(NOW)]));
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_handle_and_does_not_keep_the_store() {
    let (book, usage) = book();
    let layer = layer().with_usage(usage);
    ok(&layer, GOOD).await;
    settle().await;
    drop(layer);
    assert_eq!(Arc::strong_count(&book), 1);
    pass(11).await;
    assert_eq!(book.calls(), 0);
}

#[test]
fn another_runtime_takes_over_from_one_that_is_gone() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (book, usage) = book();
    let layer = layer().with_usage(usage);
    runtime().block_on(ok(&layer, GOOD));
    runtime().block_on(async {
        ok(&layer, "no-scope").await;
        pass(11).await;
    });
    assert_eq!((book.times(GOOD).len(), book.times("no-scope").len()), (1, 1));
}

#[test]
fn without_a_runtime_only_a_flush_writes() {
    let (book, usage) = book();
    usage.record(&TokenDigest::of(GOOD), at(NOW));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(usage.flush()).unwrap();
    assert_eq!(book.times(GOOD), [at(NOW)]);
}

#[tokio::test]
async fn a_store_in_memory_knows_the_last_use_and_nothing_else_changes() {
    let store = MemoryStore::new().with_token(GOOD, TokenInfo::new("ada").with_id("t-7").with_note("laptop"));
    let before = store.token_by_id("t-7").await.unwrap().unwrap();
    let usage = UsageRecorder::new(store.clone());
    ok(&over(store.clone()).with_usage(usage.clone()), GOOD).await;
    usage.flush().await.unwrap();
    let after = store.token_by_id("t-7").await.unwrap().unwrap();
    assert_eq!(after.last_used_at(), Some(at(NOW)));
    assert_eq!((after.note(), after.updated_at(), format!("{after:?}")), (Some("laptop"), None, format!("{before:?}")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_between_many_at_once_and_a_task_that_ends() {
    let (book, usage) = book();
    let usage = usage.with_interval(Duration::ZERO);
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let usage = usage.clone();
            tokio::spawn(async move {
                for number in 0..500 {
                    usage.record(&TokenDigest::of(format!("{task} {number}")), at(NOW));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all_written = async {
        while book.written.lock().unwrap().len() < 4_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_written).await.expect("whatever is recorded is written");
    assert_eq!((book.written.lock().unwrap().len(), usage.dropped()), (4_000, 0));
}
