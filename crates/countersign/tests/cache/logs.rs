//! What the operator is told: once that the cache is out of use, and once that it is in use again.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::cache::CacheConfig;
use countersign::{Invalidation, Link};
use tokio::time::sleep;

use crate::source::{Scripted, Told};
use crate::support::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What this test's task logged since this was last called, line by line.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().filter(|line| line.contains("countersign::store")).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_subscription_is_told_once_and_so_is_its_return() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    // Of this thread: the other tests of this process break subscriptions too.
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    tracing::callsite::rebuild_interest_cache();

    let (store, source, clock) = (tokens(), Scripted::new(), clock());
    let config = CacheConfig::new().with_insecure_stale_if_error(60 * SECOND);
    let layer = configured(&store, &clock, config).with_invalidations(source.clone());
    let _ = ask(&layer, "good").await;
    settle().await;
    let told = |lines: &[String], words: &[&[&str]]| {
        assert_eq!(lines.len(), words.len(), "{lines:?}");
        for (line, words) in lines.iter().zip(words) {
            assert!(words.iter().all(|word| line.contains(word)), "{line}: {words:?}");
            assert!(!line.contains("good"), "{line}");
        }
    };
    for _ in 0..3 {
        source.tell(Told::Fail);
        sleep(Duration::from_secs(6)).await;
    }
    let broken = ["WARN", "the cache is out of use", "the connection is gone"];
    told(&log.lines(), &[&broken]);
    source.tell(Told::Connect(Link::Remote));
    settle().await;
    told(&log.lines(), &[&["INFO", "the cache is in use"]]);
    source.tell(Told::Invalidate(Invalidation::Token(digest("good"))));
    settle().await;
    told(&log.lines(), &[]);
    let _ = ask(&layer, "good").await;
    clock.advance(60 * SECOND);
    store.be(Mood::Fail);
    assert_eq!(ask(&layer, "good").await, ada());
    told(&log.lines(), &[&["WARN", "true a while ago"]]);
    sleep(Duration::from_secs(3)).await;
    settle().await;
    told(&log.lines(), &[&["WARN", "the cache is out of use", "nothing was heard for too long"]]);
}
