//! Managing tokens.

use std::time::SystemTime;

use countersign_core::{
    StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse, async_trait,
};

use super::tokens::{bind, info};
use super::{PostgresStore, statements};
use crate::changed::to_the_end;
use crate::conditions::Conditions;
use crate::record;

// A connection is waited for in the caller's own future, which may be dropped: nothing was begun then.
#[async_trait]
impl TokenAdmin for PostgresStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        record::id(info)?;
        let (session, digest, info) = (self.session().await?, *digest, info.clone());
        to_the_end(async move { session.add_token(digest, &info).await }).await
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        self.one_token(statements::TOKEN_BY_ID, id.as_bytes()).await
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        let conditions = Conditions::of(filter, 2)?.and_below(below);
        let mut session = self.session().await?;
        let list = session.query(&statements::list_tokens(conditions.sql())).bind(limit.min(1000) as i64);
        let list = conditions.into_values().into_iter().fold(list, bind);
        let rows = to_the_end(async move { session.rows(list).await }).await?;
        rows.iter().map(info).collect()
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let (session, id, change) = (self.session().await?, id.to_owned(), change.clone());
        to_the_end(async move { session.update_token(&id, &change, at).await }).await
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let (session, id, reason) = (self.session().await?, id.to_owned(), reason.to_owned());
        to_the_end(async move { session.revoke_token(&id, at, &reason).await }).await
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        let (session, filter, reason) = (self.session().await?, filter.clone(), reason.to_owned());
        to_the_end(async move { session.revoke_tokens(&filter, at, &reason).await }).await
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        let (session, id, digest, info) = (self.session().await?, id.to_owned(), *digest, info.clone());
        to_the_end(async move { session.replace_token(&id, until, digest, &info).await }).await
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        let (session, id) = (self.session().await?, id.to_owned());
        to_the_end(async move { session.delete_token(&id).await }).await
    }

    /// In steps of 10,000, each of which is announced.
    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        let store = self.clone();
        to_the_end(async move {
            let mut pruned = 0;
            loop {
                match store.session().await?.prune_tokens(before).await? {
                    0 => return Ok(pruned),
                    step => pruned += step,
                }
            }
        })
        .await
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        for uses in uses.chunks(MOST_USES) {
            let (session, uses) = (self.session().await?, uses.to_owned());
            to_the_end(async move { session.record_use(&uses).await }).await?;
        }
        Ok(())
    }
}

/// How many uses are recorded in one transaction, during which nobody else changes these tokens.
const MOST_USES: usize = 4096;
