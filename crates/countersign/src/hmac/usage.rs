//! When which version of a secret last matched.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{KeyId, SecretAdmin, SecretMatch};

use crate::auth::KeyFacts;
use crate::hmac::authenticator::Config;
use crate::usage::{Engine, recorder_options};

/// Records when versions of secrets last matched: in memory at once, in the store every few seconds, never on a request's
/// path. So an old secret is retired when nobody signs with it any more, and not before.
///
/// Give one to [`HmacAuthLayer::with_usage`](crate::HmacAuthLayer::with_usage) of every layer that verifies with the store, in
/// every process: what one of them does not record looks as if it had not happened. Every request that a layer lets through
/// counts, no other. What is written is the time of the last match, by the layer's clock, to within
/// [the resolution](Self::with_resolution); the store touches nothing else.
///
/// Versions are told apart by their labels. **One without label is not recorded**: give each a label when it is added, as the
/// command `countersign secret` does. Of two versions with the same bytes the newer one counts.
///
/// It never delays or fails a request. When the store fails, what is to be written stays for the next try; when there is more
/// than [there is room for](Self::with_capacity), what is new is [dropped and counted](Self::dropped). Failures are logged on
/// the target `countersign::store`.
///
/// Writing happens in a task on the runtime of the request that makes it necessary; it ends when nothing is left to write, or
/// with the last handle. Without a tokio runtime, only [`flush`](Self::flush) writes. Clones are handles to the same recorder.
///
/// ```
/// use countersign::hmac::MatchRecorder;
/// use countersign::hmac::schemes::UstudioV2;
/// use countersign::{HmacAuthLayer, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), countersign::StoreError> {
/// let store = MemoryStore::new();
/// let usage = MatchRecorder::new(store.clone());
/// let layer = HmacAuthLayer::new(UstudioV2::new(), store).with_usage(usage.clone());
/// // … serve, and on shutdown, when no more requests come in:
/// usage.flush().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MatchRecorder(Engine<SecretMatch>);

impl MatchRecorder {
    /// Records in `store`: every 10 seconds, to within 60 seconds for each version, with room for 65,536 versions of some 100
    /// bytes each and their names.
    #[must_use]
    pub fn new(store: impl SecretAdmin) -> Self {
        let store: Arc<dyn SecretAdmin> = Arc::new(store);
        Self(Engine::new(store))
    }

    /// Notes that the version of this label matched; layers do so. Waits for nothing and does no input or output.
    pub fn record(&self, key_id: &KeyId, label: &Arc<str>, at: SystemTime) {
        self.0.record(&(key_id.clone(), label.clone()), at);
    }
}

impl Config {
    /// Notes which version matched in a request that is let through.
    #[inline]
    pub(super) fn record(&self, key: &KeyFacts, now: SystemTime) {
        if let (Some(usage), Some(label)) = (&self.usage, &key.secret_label) {
            usage.record(&key.key_id, label, now);
        }
    }
}

recorder_options!(MatchRecorder, "version", "versions");
