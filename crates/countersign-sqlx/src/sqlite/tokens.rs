//! Tokens.

use std::time::SystemTime;

use countersign_core::{
    PresentedToken, Scope, StoreError, TokenAdmin, TokenDigest, TokenInfo, TokenStore, async_trait,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::SqliteStore;
use crate::micros;

#[async_trait]
impl TokenStore for SqliteStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let row = query("SELECT * FROM token WHERE digest = ?1")
            .bind(token.digest().as_bytes().as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        row.as_ref().map(info).transpose()
    }
}

#[async_trait]
impl TokenAdmin for SqliteStore {
    async fn add_token(&self, digest: &TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        let time = |time: Option<SystemTime>| time.map(micros::floor).transpose();
        query(
            "INSERT INTO token (digest, id, subject, client_id, organisation, scope, note, format, last_four, \
             created_at, not_before, expires_at, revoked_at, revoked_reason) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(digest.as_bytes().as_slice())
        .bind(info.id().map(str::as_bytes))
        .bind(info.subject())
        .bind(info.client_id())
        .bind(info.organisation())
        .bind(info.scope().to_string())
        .bind(info.note())
        .bind(info.format())
        .bind(info.last_four())
        .bind(time(info.created_at())?)
        .bind(time(info.not_before())?)
        .bind(time(info.expires_at())?)
        .bind(time(info.revoked_at())?)
        .bind(info.revoked_reason())
        .execute(self.writer())
        .await
        .map_err(StoreError::new)?;
        Ok(())
    }

    async fn revoke_token(&self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let done = query("UPDATE token SET revoked_at = ?2, revoked_reason = ?3 WHERE id = ?1 AND revoked_at IS NULL")
            .bind(id.as_bytes())
            .bind(micros::floor(at)?)
            .bind(reason)
            .execute(self.writer())
            .await
            .map_err(StoreError::new)?;
        Ok(done.rows_affected() > 0)
    }
}

fn info(row: &SqliteRow) -> Result<TokenInfo, StoreError> {
    let text = |column: &str| row.try_get::<Option<String>, _>(column).map_err(StoreError::new);
    let subject: String = row.try_get("subject").map_err(StoreError::new)?;
    let scope: String = row.try_get("scope").map_err(StoreError::new)?;
    let mut info = TokenInfo::new(subject).with_scope(scope.parse::<Scope>().map_err(StoreError::new)?);
    if let Some(id) = row.try_get::<Option<Vec<u8>>, _>("id").map_err(StoreError::new)? {
        info = info.with_id(String::from_utf8(id).map_err(|error| StoreError::new(error.utf8_error()))?);
    }
    for (column, with) in TEXTS {
        if let Some(text) = text(column)? {
            info = with(info, text);
        }
    }
    for (column, with) in TIMES {
        if let Some(time) = row.try_get(column).map_err(StoreError::new)? {
            info = with(info, micros::time(time)?);
        }
    }
    Ok(info)
}

type WithText = fn(TokenInfo, String) -> TokenInfo;
type WithTime = fn(TokenInfo, SystemTime) -> TokenInfo;

const TEXTS: [(&str, WithText); 6] = [
    ("client_id", TokenInfo::with_client_id),
    ("organisation", TokenInfo::with_organisation),
    ("note", TokenInfo::with_note),
    ("format", TokenInfo::with_format),
    ("last_four", TokenInfo::with_last_four),
    ("revoked_reason", TokenInfo::with_revoked_reason),
];

const TIMES: [(&str, WithTime); 4] = [
    ("created_at", TokenInfo::with_created_at),
    ("not_before", TokenInfo::with_not_before),
    ("expires_at", TokenInfo::with_expires_at),
    ("revoked_at", TokenInfo::with_revoked_at),
];
