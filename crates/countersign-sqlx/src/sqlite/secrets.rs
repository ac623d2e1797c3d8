//! Secrets.

use countersign_core::{KeyId, Secret, SecretAdmin, SecretStore, SecretVersion, Secrets, StoreError, async_trait};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::SqliteStore;
use crate::micros;

#[async_trait]
impl SecretStore for SqliteStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let rows =
            query("SELECT secret, label, not_before, not_after FROM secret WHERE key_id = ?1 ORDER BY sequence DESC")
                .bind(key_id.as_str().as_bytes())
                .fetch_all(&self.readers)
                .await
                .map_err(StoreError::new)?;
        rows.iter().map(version).collect()
    }
}

#[async_trait]
impl SecretAdmin for SqliteStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        query("INSERT INTO secret (key_id, label, secret, not_before, not_after) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(key_id.as_str().as_bytes())
            .bind(version.label().map(|label| label.as_bytes()))
            .bind(version.secret().expose_secret())
            .bind(version.not_before().map(micros::floor).transpose()?)
            .bind(version.not_after().map(micros::floor).transpose()?)
            .execute(self.writer())
            .await
            .map_err(StoreError::new)?;
        Ok(())
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let done = query("DELETE FROM secret WHERE key_id = ?1 AND label = ?2")
            .bind(key_id.as_str().as_bytes())
            .bind(label.as_bytes())
            .execute(self.writer())
            .await
            .map_err(StoreError::new)?;
        Ok(done.rows_affected() > 0)
    }
}

fn version(row: &SqliteRow) -> Result<SecretVersion, StoreError> {
    let bytes: Vec<u8> = row.try_get("secret").map_err(StoreError::new)?;
    let mut version = SecretVersion::new(Secret::new(bytes).map_err(StoreError::new)?);
    if let Some(label) = row.try_get::<Option<Vec<u8>>, _>("label").map_err(StoreError::new)? {
        version = version.with_label(String::from_utf8(label).map_err(|error| StoreError::new(error.utf8_error()))?);
    }
    if let Some(start) = row.try_get("not_before").map_err(StoreError::new)? {
        version = version.with_not_before(micros::time(start)?);
    }
    if let Some(end) = row.try_get("not_after").map_err(StoreError::new)? {
        version = version.with_not_after(micros::time(end)?);
    }
    Ok(version)
}
