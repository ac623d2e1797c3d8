//! No token is printed anywhere.

use std::sync::{Arc, Mutex};

use countersign::auth::Authenticate as _;
use tower::{Layer as _, ServiceExt as _};

use crate::support::*;

#[tokio::test]
async fn no_token_is_ever_printed() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(text);
            Ok(text.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone());
    // For the whole process: a subscriber of one thread misses events whose call sites another thread met first.
    tracing::subscriber::set_global_default(subscriber.finish()).expect("the only subscriber of this process");

    let mut printed = format!("{:?}", layer());
    for (layer, token) in [(layer(), "expired"), (layer(), "unknown-s3cret"), (over(Failing), GOOD), (layer(), GOOD)] {
        let request = layer.layer(Echo).oneshot(bearer(token)).await.unwrap();
        printed.push_str(&format!("{request:?}"));
        let (answer, error) = send(&layer, bearer(token)).await;
        printed.push_str(&format!("{answer:?} {error:?}"));
    }
    let admitted = layer().authenticator().authenticate(bearer(GOOD)).decide().await.unwrap();
    printed.push_str(&format!("{admitted:?}"));

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("token expired") && log.contains("store failed"), "the log is on: {log}");
    for secret in [GOOD, "s3cret"] {
        assert!(!log.contains(secret), "{log}");
        assert!(!printed.contains(secret), "{printed}");
    }
}
