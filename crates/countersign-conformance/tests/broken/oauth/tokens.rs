//! The contracts of tokens, which the store leaves to the one in memory.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{
    InvalidationSink, Invalidations, Link, PresentedToken, StoreError, TokenAdmin, TokenChange, TokenDigest,
    TokenFilter, TokenInfo, TokenStore, TokenUse, async_trait,
};

use super::store::{Fault, TamperedStore};

#[async_trait]
impl TokenStore for TamperedStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        self.inner.token(token).await
    }
}

#[async_trait]
impl Invalidations for TamperedStore {
    async fn deliver(&self, sink: Arc<dyn InvalidationSink>) -> StoreError {
        if self.fault == Fault::TellNobody {
            sink.connected(Link::InProcess);
            return std::future::pending().await;
        }
        self.inner.deliver(sink).await
    }
}

#[async_trait]
impl TokenAdmin for TamperedStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        self.inner.add_token(digest, info).await
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        self.inner.token_by_id(id).await
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        self.inner.list_tokens(filter, below, limit).await
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        self.inner.update_token(id, change, at).await
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        self.inner.revoke_token(id, at, reason).await
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        self.inner.revoke_tokens(filter, at, reason).await
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        self.inner.replace_token(id, until, digest, info).await
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        self.inner.delete_token(id).await
    }

    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        self.inner.prune_tokens(before).await
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        self.inner.record_use(uses).await
    }
}
