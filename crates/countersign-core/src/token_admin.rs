//! Managing tokens. A store that only reads, over somebody else's table say, need not have this.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::{StoreError, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse};

/// Adds, finds, changes and revokes tokens.
///
/// A token is spoken of by its [`id`](TokenInfo::id), which is not secret, and stored under its digest.
///
/// # Contract
/// 1. Acknowledged means durable: after `Ok`, a crash loses nothing ([`record_use`](Self::record_use) excepted).
/// 2. What could not be stored is an error, never success. Each call is one atomic step.
/// 3. A store never sees a raw token: it is given the digest.
/// 4. Ids are compared byte by byte.
/// 5. A change that takes something from a token, and one that adds a token, is announced to the store's own
///    [`Invalidations`](crate::Invalidations), if it has any, before the call returns.
///
/// # Cancel safety
/// A future may be dropped at any await: the change is made whole or not at all, and what is made is announced.
#[async_trait]
pub trait TokenAdmin: Send + Sync + 'static {
    /// Keeps a new token. [`issue_token`](crate::issue_token) mints one and calls this.
    ///
    /// # Errors
    /// When it could not be stored, when a token of this digest or this id is there already, or when `info` has no id:
    /// nobody could ever revoke such a token.
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError>;

    /// The token with this id.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError>;

    /// Tokens that `filter` picks, in descending order of their ids' bytes (the newest first, where
    /// [`issue_token`](crate::issue_token) made the ids), at most `limit` of them and at most 1,000.
    ///
    /// The next page begins below the last id of this one: `below`, which is not part of it and need not exist. An empty
    /// page is the last.
    ///
    /// # Errors
    /// When the store cannot say.
    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError>;

    /// Changes the note or the expiry of the token with this id, and sets `updated_at` to `at`; `false` when there is none.
    /// A revoked token stays revoked.
    ///
    /// # Errors
    /// When the change could not be stored.
    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError>;

    /// Revokes the token with this id; `false` when there is none, or it was revoked before (whose time and reason
    /// remain).
    ///
    /// # Errors
    /// When the revocation could not be stored: the token is still good then.
    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError>;

    /// Revokes all tokens that `filter` picks and that are not revoked yet; says how many these were.
    ///
    /// # Errors
    /// When the revocation could not be stored: the tokens are still good then.
    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError>;

    /// Adds a new token in place of the one with this id, which ends at `until` unless it ends before; `false`, and nothing
    /// is added, when there is no such token or it is revoked. [`rotate_token`](crate::rotate_token) mints one and calls
    /// this.
    ///
    /// # Errors
    /// Those of [`add_token`](Self::add_token); nothing is changed then.
    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError>;

    /// Forgets the token with this id; `false` when there is none. Revoking is better: it leaves a trace.
    ///
    /// # Errors
    /// When that could not be stored: the token is still there then.
    async fn delete_token(&self, id: &str) -> Result<bool, StoreError>;

    /// Forgets the tokens that expired or were revoked before `before`; says how many these were.
    ///
    /// # Errors
    /// When that could not be stored; some may be gone then.
    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError>;

    /// Sets `last_used_at` of each token to the time it was used, unless a later one is known, and nothing else. Tokens that
    /// are not there are passed over.
    ///
    /// Need not be durable: what a crash takes is the last few seconds of a statistic.
    ///
    /// # Errors
    /// When it could not be stored, in whole or in part.
    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError>;
}

/// An administration behind a pointer is one too.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<S: TokenAdmin + ?Sized> TokenAdmin for $pointer<S> {
            async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
                (**self).add_token(digest, info).await
            }

            async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
                (**self).token_by_id(id).await
            }

            async fn list_tokens(
                &self,
                filter: &TokenFilter,
                below: Option<&str>,
                limit: usize,
            ) -> Result<Vec<TokenInfo>, StoreError> {
                (**self).list_tokens(filter, below, limit).await
            }

            async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
                (**self).update_token(id, change, at).await
            }

            async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
                (**self).revoke_token(id, at, reason).await
            }

            async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
                (**self).revoke_tokens(filter, at, reason).await
            }

            async fn replace_token(
                &self,
                id: &str,
                until: SystemTime,
                digest: &TokenDigest,
                info: &TokenInfo,
            ) -> Result<bool, StoreError> {
                (**self).replace_token(id, until, digest, info).await
            }

            async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
                (**self).delete_token(id).await
            }

            async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
                (**self).prune_tokens(before).await
            }

            async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
                (**self).record_use(uses).await
            }
        }
    )*};
}

through_pointer!(Arc, Box);
