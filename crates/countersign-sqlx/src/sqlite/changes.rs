//! Changes to tokens: each one transaction, and told when it is made.

use std::time::SystemTime;

use countersign_core::{StoreError, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse, micros};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction, query};

use super::SqliteStore;
use super::tokens::{SqliteQuery, bind, digest};
use crate::changed::Changed;
use crate::conditions::Conditions;
use crate::record;

impl SqliteStore {
    pub(super) async fn insert(&self, digest: TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, digest, info).await?;
        self.commit(transaction, &Changed::token(digest)).await
    }

    pub(super) async fn update(&self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let update = query(
            "UPDATE token SET note = CASE WHEN ?2 THEN ?3 ELSE note END, \
             expires_at = CASE WHEN ?4 THEN ?5 ELSE expires_at END, updated_at = ?6 WHERE id = ?1 RETURNING digest",
        );
        let update = update
            .bind(id.as_bytes())
            .bind(change.note().is_some())
            .bind(change.note().flatten())
            .bind(change.expires_at().is_some())
            .bind(change.expires_at().flatten().map(micros::floor).transpose()?)
            .bind(micros::floor(at)?);
        Ok(self.make(update).await? > 0)
    }

    pub(super) async fn revoke(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let revoke = query(
            "UPDATE token SET revoked_at = ?2, revoked_reason = ?3 WHERE id = ?1 AND revoked_at IS NULL RETURNING digest",
        );
        Ok(self.make(revoke.bind(id.as_bytes()).bind(micros::floor(at)?).bind(reason)).await? > 0)
    }

    pub(super) async fn revoke_all(
        &self,
        filter: &TokenFilter,
        at: SystemTime,
        reason: &str,
    ) -> Result<u64, StoreError> {
        self.make(revoke_picked(Conditions::of(filter, 3)?, micros::floor(at)?, reason)).await
    }

    pub(super) async fn replace(
        &self,
        id: &str,
        until: SystemTime,
        digest: TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let end = query(
            "UPDATE token SET expires_at = min(coalesce(expires_at, ?2), ?2) WHERE id = ?1 AND revoked_at IS NULL \
             RETURNING digest",
        );
        let ended = changed(&mut transaction, end.bind(id.as_bytes()).bind(micros::floor(until)?)).await?;
        if ended.is_empty() {
            return Ok(false);
        }
        record::id(info)?;
        insert(&mut transaction, digest, info).await?;
        self.commit(transaction, &Changed::tokens(ended.into_iter().chain([digest]), 2)).await?;
        Ok(true)
    }

    pub(super) async fn delete(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.make(query("DELETE FROM token WHERE id = ?1 RETURNING digest").bind(id.as_bytes())).await? > 0)
    }

    /// In steps, so that others may write in between.
    pub(super) async fn prune(&self, before: SystemTime) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let prune = query(
                "DELETE FROM token WHERE digest IN ( \
                 SELECT digest FROM token WHERE expires_at < ?1 OR revoked_at < ?1 LIMIT ?2) RETURNING digest",
            );
            let step = self.make(prune.bind(micros::ceil(before)).bind(STEP)).await?;
            pruned += step;
            if step < STEP.unsigned_abs() {
                return Ok(pruned);
            }
        }
    }

    pub(super) async fn record(&self, uses: &[TokenUse]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for TokenUse { digest, at } in uses {
            query(
                "UPDATE token SET last_used_at = ?2 WHERE digest = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
            )
            .bind(digest.as_bytes().as_slice())
            .bind(micros::floor(*at)?)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        }
        transaction.commit().await.map_err(StoreError::new)
    }

    /// Makes a change of one statement, which returns the digests of what it changed; says how many these were.
    async fn make(&self, change: SqliteQuery) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let digests = changed(&mut transaction, change).await?;
        let count = digests.len() as u64;
        self.commit(transaction, &Changed::tokens(digests, count)).await?;
        Ok(count)
    }

    /// Ends a transaction and tells what it changed, also where it is not known whether it did: rather once too often.
    pub(super) async fn commit(
        &self,
        transaction: Transaction<'static, Sqlite>,
        what: &Changed,
    ) -> Result<(), StoreError> {
        let committed = transaction.commit().await;
        what.announce(&self.subscribers);
        committed.map_err(StoreError::new)
    }
}

/// Revokes the tokens that the conditions pick, whose first parameter is the third. They may name other tables, by `@`.
pub(super) fn revoke_picked(conditions: Conditions, at: i64, reason: &str) -> SqliteQuery {
    let sql = format!(
        "UPDATE token SET revoked_at = $1, revoked_reason = $2 WHERE revoked_at IS NULL AND {} RETURNING digest",
        conditions.sql().replace('@', "")
    );
    let revoke = query(AssertSqlSafe(sql)).bind(at).bind(reason.to_owned());
    conditions.into_values().into_iter().fold(revoke, bind)
}

pub(super) async fn changed(
    connection: &mut SqliteConnection,
    change: SqliteQuery,
) -> Result<Vec<TokenDigest>, StoreError> {
    let rows = change.fetch_all(connection).await.map_err(StoreError::new)?;
    rows.iter().map(digest).collect()
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    digest: TokenDigest,
    info: &TokenInfo,
) -> Result<(), StoreError> {
    let insert = query(concat!("INSERT INTO token", record::insert!()))
        .bind(digest.as_bytes().as_slice())
        .bind(record::id(info)?.as_bytes())
        .bind(info.subject())
        .bind(info.scope().to_string());
    let insert = record::texts(info).into_iter().fold(insert, |insert, text| insert.bind(text));
    let insert = record::times(info)?.into_iter().fold(insert, |insert, time| insert.bind(time));
    insert.execute(connection).await.map_err(StoreError::new)?;
    Ok(())
}

const STEP: i64 = 1000;
