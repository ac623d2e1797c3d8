//! Secrets.

use std::time::SystemTime;

use countersign_core::{
    KeyId, KeySummary, Secret, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion, Secrets,
    StoreError, async_trait, micros,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::session::{PATIENCE, PgQuery, Session};
use super::{PostgresStore, statements};
use crate::changed::{Changed, to_the_end};
use crate::summaries;

#[async_trait]
impl SecretStore for PostgresStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let mut session = self.session().await?;
        let lookup = session.query(statements::SECRETS).bind(key_id.as_str().as_bytes());
        let rows = to_the_end(async move { session.rows(lookup).await }).await?;
        rows.iter().map(version).collect()
    }
}

#[async_trait]
impl SecretAdmin for PostgresStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        let (session, key_id, version) = (self.session().await?, key_id.clone(), version.clone());
        to_the_end(async move { session.add_secret(&key_id, &version).await }).await
    }

    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        let (session, key_id, version) = (self.session().await?, key_id.clone(), version.clone());
        to_the_end(async move { session.replace_secrets(&key_id, until, &version).await }).await
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let (session, key_id, label) = (self.session().await?, key_id.clone(), label.to_owned());
        to_the_end(async move { session.retire_secret(&key_id, &label).await }).await
    }

    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
        let mut session = self.session().await?;
        // No key id is empty: all of them are above that.
        let above = above.map_or("", KeyId::as_str);
        let list = session.query(statements::LIST_SECRETS).bind(above.as_bytes()).bind(limit.min(1000) as i64);
        let rows = to_the_end(async move { session.rows(list).await }).await?;
        summaries::group(rows.iter().map(|row| Ok((summaries::key(bytes(row, "key_id")?)?, summary(row)?))))
    }

    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
        let mut session = self.session().await?;
        let list = session.query(statements::LIST_VERSIONS).bind(key_id.as_str().as_bytes());
        let rows = to_the_end(async move { session.rows(list).await }).await?;
        rows.iter().map(summary).collect()
    }

    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        for matches in matches.chunks(MOST_MATCHES) {
            let (session, matches) = (self.session().await?, matches.to_owned());
            to_the_end(async move { session.record_matches(&matches).await }).await?;
        }
        Ok(())
    }
}

impl Session {
    async fn add_secret(mut self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        let insert = self.insert_secret(key_id, version)?;
        self.begin_with(key_id).await?;
        self.rows(insert).await?;
        self.commit(&Changed::key(key_id)).await
    }

    async fn replace_secrets(
        mut self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        let end = self.query(statements::END_SECRETS).bind(key_id.as_str().as_bytes()).bind(micros::floor(until)?);
        let insert = self.insert_secret(key_id, version)?;
        self.begin_with(key_id).await?;
        self.rows(end).await?;
        self.rows(insert).await?;
        self.commit(&Changed::key(key_id)).await
    }

    /// Begins, and waits for whoever else is adding to this key: of two replacements at once the later ends the earlier.
    async fn begin_with(&mut self, key_id: &KeyId) -> Result<(), StoreError> {
        let lock = self.query(statements::LOCK_KEY).bind(key_id.as_str().as_bytes());
        self.begin(PATIENCE).await?;
        self.rows(lock).await.map(drop)
    }

    fn insert_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<PgQuery, StoreError> {
        let insert = self.query(statements::INSERT_SECRET).bind(key_id.as_str().as_bytes());
        let insert = insert.bind(version.label().map(|label| label.as_bytes())).bind(version.secret().expose_secret());
        let insert = insert.bind(version.not_before().map(micros::floor).transpose()?);
        Ok(insert.bind(version.not_after().map(micros::floor).transpose()?))
    }

    async fn retire_secret(mut self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        let delete = self.query(statements::DELETE_SECRET).bind(key_id.as_str().as_bytes()).bind(label.as_bytes());
        self.begin(PATIENCE).await?;
        let retired = !self.rows(delete).await?.is_empty();
        self.commit(&if retired { Changed::key(key_id) } else { Changed::nothing() }).await?;
        Ok(retired)
    }

    async fn record_matches(mut self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        let key_ids: Vec<&[u8]> = matches.iter().map(|matched| matched.key_id.as_str().as_bytes()).collect();
        let labels: Vec<&[u8]> = matches.iter().map(|matched| matched.label.as_bytes()).collect();
        let times: Vec<i64> = matches.iter().map(|matched| micros::floor(matched.at)).collect::<Result<_, _>>()?;
        let record = self.query(statements::RECORD_MATCHES).bind(key_ids).bind(labels).bind(times);
        self.rows(record).await?;
        Ok(())
    }
}

fn version(row: &PgRow) -> Result<SecretVersion, StoreError> {
    let secret = Secret::new(bytes(row, "secret")?.unwrap_or_default()).map_err(StoreError::new)?;
    Ok(summaries::version(secret, &summary(row)?))
}

fn summary(row: &PgRow) -> Result<SecretSummary, StoreError> {
    summaries::read(bytes(row, "label")?, |column| row.try_get(column).map_err(StoreError::new))
}

fn bytes(row: &PgRow, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
    row.try_get(column).map_err(StoreError::new)
}

/// How many matches are recorded in one transaction, during which nobody else changes these secrets.
const MOST_MATCHES: usize = 4096;
