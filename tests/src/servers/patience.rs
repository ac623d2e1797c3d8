//! Waiting until something is so.

use std::time::{Duration, Instant};

/// Waits until `holds` says so.
///
/// # Panics
/// When it takes so long that it never will.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < STUCK, "{what}: still not so");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until `answer` has one.
///
/// # Panics
/// When it takes so long that it never will.
pub async fn eventually_async<T>(what: &str, mut answer: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = answer().await {
            return answer;
        }
        assert!(began.elapsed() < STUCK, "{what}: still not so");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Nothing takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(60);
/// Between two looks, so that looking does not keep a core from what is looked at.
const PAUSE: Duration = Duration::from_millis(5);
