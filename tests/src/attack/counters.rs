//! How often what was done, told to whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

/// Counts what happens behind the guard's back and behind its front.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<[AtomicUsize; 2]>);

impl Counters {
    /// Returns how many there were before.
    pub(super) fn count_store_call(&self) -> usize {
        self.0[0].fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn count_inner_call(&self) {
        self.0[1].fetch_add(1, Ordering::SeqCst);
    }

    fn text(&self) -> String {
        let [store, inner] = [&self.0[0], &self.0[1]].map(|counter| counter.load(Ordering::SeqCst));
        format!("store_calls {store}\ninner_calls {inner}\n")
    }
}

/// Answers every connection with the counters as they are now.
pub(super) async fn serve(listener: TcpListener, counters: Counters) {
    while let Ok((mut stream, _)) = listener.accept().await {
        // Whoever does not wait for the answer does not get it.
        let _ = stream.write_all(counters.text().as_bytes()).await;
    }
}
