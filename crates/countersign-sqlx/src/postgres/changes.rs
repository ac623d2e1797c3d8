//! Changes to tokens: each one transaction, and told when it is made.

use std::time::SystemTime;

use countersign_core::{StoreError, TokenChange, TokenDigest, TokenFilter, TokenInfo, TokenUse, micros};
use sqlx::Row;

use super::session::{LONG_PATIENCE, PATIENCE, PgQuery, Session};
use super::statements;
use super::tokens::bind;
use crate::changed::{self, Changed, MOST_TOLD};
use crate::conditions::Conditions;
use crate::record;

impl Session {
    pub(super) async fn add_token(mut self, digest: TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        self.begin(PATIENCE).await?;
        self.insert_token(digest, info).await?;
        self.commit(&Changed::token(digest)).await
    }

    pub(super) async fn update_token(self, id: &str, change: &TokenChange, at: SystemTime) -> Result<bool, StoreError> {
        let update = self
            .query(statements::UPDATE_TOKEN)
            .bind(id.as_bytes())
            .bind(change.note().is_some())
            .bind(change.note().flatten().map(str::as_bytes))
            .bind(change.expires_at().is_some())
            .bind(change.expires_at().flatten().map(micros::floor).transpose()?)
            .bind(micros::floor(at)?);
        self.make(update).await
    }

    pub(super) async fn revoke_token(self, id: &str, at: SystemTime, reason: &str) -> Result<bool, StoreError> {
        let revoke = self.query(statements::REVOKE_TOKEN).bind(id.as_bytes());
        let revoke = revoke.bind(micros::floor(at)?).bind(reason.as_bytes());
        self.make(revoke).await
    }

    pub(super) async fn revoke_tokens(
        self,
        filter: &TokenFilter,
        at: SystemTime,
        reason: &str,
    ) -> Result<u64, StoreError> {
        let revoke = self.revoke_query(Conditions::of(filter, 4)?, micros::floor(at)?, reason);
        self.make_many(revoke).await
    }

    pub(super) async fn replace_token(
        mut self,
        id: &str,
        until: SystemTime,
        digest: TokenDigest,
        info: &TokenInfo,
    ) -> Result<bool, StoreError> {
        self.begin(PATIENCE).await?;
        let end = self.query(statements::END_TOKEN).bind(id.as_bytes()).bind(micros::floor(until)?);
        let Some(ended) = self.changed(end).await?.pop() else {
            self.commit(&Changed::nothing()).await?;
            return Ok(false);
        };
        self.insert_token(digest, info).await?;
        self.commit(&Changed::tokens([ended, digest], 2)).await?;
        Ok(true)
    }

    pub(super) async fn delete_token(self, id: &str) -> Result<bool, StoreError> {
        let delete = self.query(statements::DELETE_TOKEN).bind(id.as_bytes());
        self.make(delete).await
    }

    /// Forgets some that are over; 0 when there are none.
    pub(super) async fn prune_tokens(self, before: SystemTime) -> Result<u64, StoreError> {
        let prune = self.query(statements::PRUNE_TOKENS).bind(micros::ceil(before)).bind(STEP).bind(MOST_FETCHED);
        self.make_many(prune).await
    }

    pub(super) async fn record_use(mut self, uses: &[TokenUse]) -> Result<(), StoreError> {
        let digests: Vec<&[u8]> = uses.iter().map(|used| used.digest.as_bytes().as_slice()).collect();
        let times: Vec<i64> = uses.iter().map(|used| micros::floor(used.at)).collect::<Result<_, _>>()?;
        let record = self.query(statements::RECORD_USE).bind(digests).bind(times);
        self.rows(record).await?;
        Ok(())
    }

    /// Makes a change of one token, whose statement returns the digest; says whether there was one.
    async fn make(mut self, change: PgQuery) -> Result<bool, StoreError> {
        self.begin(PATIENCE).await?;
        let digests = self.changed(change).await?;
        let made = !digests.is_empty();
        self.commit(&Changed::tokens(digests, 1)).await?;
        Ok(made)
    }

    /// Makes a change of many, whose statement returns a few digests and the number of all.
    async fn make_many(mut self, change: PgQuery) -> Result<u64, StoreError> {
        self.begin(LONG_PATIENCE).await?;
        let (changed, many) = self.changed_many(change).await?;
        self.commit(&changed).await?;
        Ok(many)
    }

    /// Revokes the tokens that the conditions pick, whose first parameter is the fourth.
    pub(super) fn revoke_query(&self, conditions: Conditions, at: i64, reason: &str) -> PgQuery {
        let revoke = self.query(&statements::revoke_tokens(conditions.sql()));
        let revoke = revoke.bind(at).bind(reason.as_bytes().to_vec()).bind(MOST_FETCHED);
        conditions.into_values().into_iter().fold(revoke, bind)
    }

    /// What a statement changed that returns a few digests and the number of all, and that number.
    pub(super) async fn changed_many(&mut self, change: PgQuery) -> Result<(Changed, u64), StoreError> {
        let rows = self.rows(change).await?;
        let many = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>("many")).map_err(StoreError::new)?;
        let digests = rows.iter().map(digest).collect::<Result<Vec<_>, _>>()?;
        Ok((Changed::tokens(digests, many.unsigned_abs()), many.unsigned_abs()))
    }

    pub(super) async fn insert_token(&mut self, digest: TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        let insert = self
            .query(statements::INSERT_TOKEN)
            .bind(digest.as_bytes().as_slice())
            .bind(record::id(info)?.as_bytes())
            .bind(info.subject().as_bytes())
            .bind(info.scope().to_string().as_bytes());
        let texts = record::texts(info).into_iter();
        let insert = texts.fold(insert, |insert, text| insert.bind(text.map(str::as_bytes)));
        let insert = record::times(info)?.into_iter().fold(insert, |insert, time| insert.bind(time));
        self.rows(insert).await?;
        Ok(())
    }

    async fn changed(&mut self, change: PgQuery) -> Result<Vec<TokenDigest>, StoreError> {
        self.rows(change).await?.iter().map(digest).collect()
    }
}

fn digest(row: &sqlx::postgres::PgRow) -> Result<TokenDigest, StoreError> {
    changed::digest(row.try_get("digest").map_err(StoreError::new)?)
}

/// One more than are told one by one.
const MOST_FETCHED: i64 = MOST_TOLD as i64 + 1;
const STEP: i64 = 10_000;
