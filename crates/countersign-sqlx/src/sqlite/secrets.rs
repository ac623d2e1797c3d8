//! Secrets.

use std::time::SystemTime;

use countersign_core::{
    KeyId, KeySummary, Secret, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion, Secrets,
    StoreError, async_trait, micros,
};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, query};

use super::SqliteStore;
use crate::changed::{Changed, to_the_end};
use crate::summaries;

#[async_trait]
impl SecretStore for SqliteStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let sql =
            concat!("SELECT secret, ", summaries::columns!(), " FROM secret WHERE key_id = ?1 ORDER BY sequence DESC");
        let rows = query(sql).bind(key_id.as_str().as_bytes()).fetch_all(&self.readers).await;
        rows.map_err(StoreError::new)?.iter().map(version).collect()
    }
}

#[async_trait]
impl SecretAdmin for SqliteStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        let (store, key_id, version) = (self.clone(), key_id.clone(), version.clone());
        to_the_end(async move { store.insert_secret(&key_id, &version).await }).await
    }

    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        let (store, key_id, version) = (self.clone(), key_id.clone(), version.clone());
        to_the_end(async move { store.replace_all_secrets(&key_id, until, &version).await }).await
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let (store, key_id, label) = (self.clone(), key_id.clone(), label.to_owned());
        to_the_end(async move { store.delete_secret(&key_id, &label).await }).await
    }

    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
        let rows = query(concat!(
            "SELECT key_id, ",
            summaries::columns!(),
            " FROM secret WHERE key_id IN ( \
             SELECT DISTINCT key_id FROM secret WHERE key_id > ?1 ORDER BY key_id LIMIT ?2) \
             ORDER BY key_id, sequence DESC",
        ))
        // No key id is empty: all of them are above that.
        .bind(above.map_or("", KeyId::as_str).as_bytes())
        .bind(limit.min(1000) as i64)
        .fetch_all(&self.readers)
        .await
        .map_err(StoreError::new)?;
        summaries::group(rows.iter().map(|row| Ok((summaries::key(bytes(row, "key_id")?)?, summary(row)?))))
    }

    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
        let sql = concat!("SELECT ", summaries::columns!(), " FROM secret WHERE key_id = ?1 ORDER BY sequence DESC");
        let rows = query(sql).bind(key_id.as_str().as_bytes()).fetch_all(&self.readers).await;
        rows.map_err(StoreError::new)?.iter().map(summary).collect()
    }

    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        for matches in matches.chunks(MOST_MATCHES) {
            self.record_some(matches).await?;
        }
        Ok(())
    }
}

impl SqliteStore {
    async fn insert_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, key_id, version).await?;
        self.commit(transaction, &Changed::key(key_id)).await
    }

    async fn replace_all_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        query("UPDATE secret SET not_after = min(coalesce(not_after, ?2), ?2) WHERE key_id = ?1")
            .bind(key_id.as_str().as_bytes())
            .bind(micros::floor(until)?)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        insert(&mut transaction, key_id, version).await?;
        self.commit(transaction, &Changed::key(key_id)).await
    }

    async fn delete_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = query("DELETE FROM secret WHERE key_id = ?1 AND label = ?2")
            .bind(key_id.as_str().as_bytes())
            .bind(label.as_bytes())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.commit(transaction, &Changed::key(key_id)).await?;
        Ok(true)
    }

    async fn record_some(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for SecretMatch { key_id, label, at } in matches {
            query(
                "UPDATE secret SET last_matched = ?3 WHERE key_id = ?1 AND label = ?2 \
                 AND (last_matched IS NULL OR last_matched < ?3)",
            )
            .bind(key_id.as_str().as_bytes())
            .bind(label.as_bytes())
            .bind(micros::floor(*at)?)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        }
        transaction.commit().await.map_err(StoreError::new)
    }
}

async fn insert(connection: &mut SqliteConnection, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
    query("INSERT INTO secret (key_id, label, secret, not_before, not_after) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(key_id.as_str().as_bytes())
        .bind(version.label().map(|label| label.as_bytes()))
        .bind(version.secret().expose_secret())
        .bind(version.not_before().map(micros::floor).transpose()?)
        .bind(version.not_after().map(micros::floor).transpose()?)
        .execute(connection)
        .await
        .map_err(StoreError::new)?;
    Ok(())
}

fn version(row: &SqliteRow) -> Result<SecretVersion, StoreError> {
    let secret = Secret::new(bytes(row, "secret")?.unwrap_or_default()).map_err(StoreError::new)?;
    Ok(summaries::version(secret, &summary(row)?))
}

fn summary(row: &SqliteRow) -> Result<SecretSummary, StoreError> {
    summaries::read(bytes(row, "label")?, |column| row.try_get(column).map_err(StoreError::new))
}

fn bytes(row: &SqliteRow, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
    row.try_get(column).map_err(StoreError::new)
}

/// How many matches are recorded in one transaction, during which nobody else writes.
const MOST_MATCHES: usize = 4096;
