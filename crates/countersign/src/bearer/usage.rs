//! When tokens were last used.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{TokenAdmin, TokenDigest, TokenUse};

use crate::usage::{Engine, recorder_options};

/// Records when tokens were last used: in memory at once, in the store every few seconds, never on a request's path.
///
/// Give it to [`BearerTokenLayer::with_usage`](crate::BearerTokenLayer::with_usage). Every request that a layer lets through
/// counts, no other. What is written is the time of the last use, by the layer's clock, to within
/// [the resolution](Self::with_resolution); the store touches nothing else of the record.
///
/// It never delays or fails a request. When the store fails, what is to be written stays for the next try; when there is more
/// than [there is room for](Self::with_capacity), what is new is [dropped and counted](Self::dropped). Failures are logged on
/// the target `countersign::store`.
///
/// Writing happens in a task on the runtime of the request that makes it necessary; it ends when nothing is left to write, or
/// with the last handle. Without a tokio runtime, only [`flush`](Self::flush) writes. Clones are handles to the same recorder.
///
/// ```
/// use countersign::bearer::UsageRecorder;
/// use countersign::{BearerTokenLayer, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), countersign::StoreError> {
/// let store = MemoryStore::new();
/// let usage = UsageRecorder::new(store.clone());
/// let layer = BearerTokenLayer::new(store).with_usage(usage.clone());
/// // … serve, and on shutdown, when no more requests come in:
/// usage.flush().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UsageRecorder(Engine<TokenUse>);

impl UsageRecorder {
    /// Records in `store`: every 10 seconds, to within 60 seconds for each token, with room for 65,536 tokens of some 60 bytes
    /// each.
    #[must_use]
    pub fn new(store: impl TokenAdmin) -> Self {
        let store: Arc<dyn TokenAdmin> = Arc::new(store);
        Self(Engine::new(store))
    }

    /// Notes that a token was used; layers do so. Waits for nothing and does no input or output.
    pub fn record(&self, digest: &TokenDigest, at: SystemTime) {
        self.0.record(digest, at);
    }
}

recorder_options!(UsageRecorder, "token", "tokens");
