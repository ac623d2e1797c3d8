//! Telling caches in this process what changed.

use std::sync::Arc;

use countersign_core::{InvalidationSink, Invalidations, Link, StoreError, async_trait};

use super::SqliteStore;

/// Within this process: of what another process changes in the same file nobody hears. A cache there learns it when its
/// entries have reached their lifetime.
#[async_trait]
impl Invalidations for SqliteStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        let _subscription = self.subscribers.subscribe(sink.clone());
        sink.connected(Link::InProcess);
        std::future::pending().await
    }
}
