//! Managing tokens.

use std::time::SystemTime;

use countersign_core::{
    StoreError, TokenAdmin, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse, async_trait,
};
use sqlx::{AssertSqlSafe, query};

use super::SqliteStore;
use super::tokens::{bind, info};
use crate::changed::to_the_end;
use crate::conditions::Conditions;
use crate::record;

#[async_trait]
impl TokenAdmin for SqliteStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        record::id(info)?;
        let (store, digest, info) = (self.clone(), *digest, info.clone());
        to_the_end(async move { store.insert(digest, &info).await }).await
    }

    async fn token_by_id(&self, id: &str) -> Result<Option<TokenInfo>, StoreError> {
        let row = query(concat!("SELECT ", record::columns!(), " FROM token WHERE id = ?1"))
            .bind(id.as_bytes())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        row.as_ref().map(info).transpose()
    }

    async fn list_tokens(
        &self,
        filter: &TokenFilter,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenInfo>, StoreError> {
        let conditions = Conditions::of(filter, 2)?.and_below(below);
        let columns = record::columns!();
        let sql = format!("SELECT {columns} FROM token WHERE {} ORDER BY id DESC LIMIT $1", conditions.sql());
        let list = query(AssertSqlSafe(sql)).bind(limit.min(1000) as i64);
        let list = conditions.into_values().into_iter().fold(list, bind);
        let rows = list.fetch_all(&self.readers).await.map_err(StoreError::new)?;
        rows.iter().map(info).collect()
    }

    async fn update_token(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let (store, id, change) = (self.clone(), id.to_owned(), change.clone());
        to_the_end(async move { store.update(&id, &change, at).await }).await
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let (store, id, reason) = (self.clone(), id.to_owned(), reason.to_owned());
        to_the_end(async move { store.revoke(&id, at, &reason).await }).await
    }

    async fn revoke_tokens(&self, filter: &TokenFilter, at: SystemTime, reason: &str) -> Result<u64, StoreError> {
        let (store, filter, reason) = (self.clone(), filter.clone(), reason.to_owned());
        to_the_end(async move { store.revoke_all(&filter, at, &reason).await }).await
    }

    async fn replace_token(
        &self,
        id: &str,
        until: SystemTime,
        digest: &TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        let (store, id, digest, info) = (self.clone(), id.to_owned(), *digest, info.clone());
        to_the_end(async move { store.replace(&id, until, digest, &info).await }).await
    }

    async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        let (store, id) = (self.clone(), id.to_owned());
        to_the_end(async move { store.delete(&id).await }).await
    }

    async fn prune_tokens(&self, before: SystemTime) -> Result<u64, StoreError> {
        let store = self.clone();
        to_the_end(async move { store.prune(before).await }).await
    }

    async fn record_use(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        for uses in uses.chunks(MOST_USES) {
            self.record(uses).await?;
        }
        Ok(())
    }
}

/// How many uses are recorded in one transaction, during which nobody else writes.
const MOST_USES: usize = 4096;
