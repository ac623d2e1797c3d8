//! Applications and grants.

use std::time::SystemTime;

use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationChange, ApplicationStore, AuthorizationCode, Consent, GrantFilter,
    GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};
use countersign_core::{StoreError, TokenDigest, TokenInfo, async_trait, micros};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, query};

use super::SqliteStore;
use super::changes::{changed, insert, revoke_picked};
use super::tokens::SqliteQuery;
use crate::changed::Changed;
use crate::conditions::Conditions;
use crate::oauth::flows::{self, change};
use crate::oauth::{Bound, Columns, Database, Extent, Lock, Session, Transaction, stores};

stores!(SqliteStore);

impl Database for SqliteStore {
    type Row = SqliteRow;
    type Session = Self;

    async fn read(&self, template: &str, values: Vec<Bound>) -> Result<Vec<SqliteRow>, StoreError> {
        statement(template, values).fetch_all(&self.readers).await.map_err(StoreError::new)
    }

    async fn ready(&self) -> Result<Self, StoreError> {
        Ok(self.clone())
    }
}

impl Session for SqliteStore {
    type Transaction = Change;

    async fn begin_change(self, _: Extent) -> Result<Change, StoreError> {
        Ok(Change { transaction: self.begin().await?, store: self })
    }
}

/// A change under way. They take turns: nothing has to be locked.
pub(crate) struct Change {
    transaction: sqlx::Transaction<'static, Sqlite>,
    store: SqliteStore,
}

impl Transaction for Change {
    type Row = SqliteRow;

    const FIRST: usize = 3;

    async fn rows(&mut self, template: &str, values: Vec<Bound>) -> Result<Vec<SqliteRow>, StoreError> {
        statement(template, values).fetch_all(&mut *self.transaction).await.map_err(StoreError::new)
    }

    fn lock(_: Lock) -> &'static str {
        ""
    }

    async fn lock_organisation(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    async fn insert_token(&mut self, digest: TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        insert(&mut self.transaction, digest, info).await
    }

    async fn revoke_picked(
        &mut self,
        conditions: Conditions,
        at: SystemTime,
        reason: &str,
    ) -> Result<(Changed, u64), StoreError> {
        let digests = changed(&mut self.transaction, revoke_picked(conditions, micros::floor(at)?, reason)).await?;
        let count = digests.len() as u64;
        Ok((Changed::tokens(digests, count), count))
    }

    async fn end(self, what: &Changed) -> Result<(), StoreError> {
        self.store.commit(self.transaction, what).await
    }
}

impl Columns for SqliteRow {
    fn bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(column).map_err(StoreError::new)
    }

    fn micros(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.try_get(column).map_err(StoreError::new)
    }
}

fn statement(template: &str, values: Vec<Bound>) -> SqliteQuery {
    // What others chose is bound.
    let statement = query(AssertSqlSafe(template.replace('@', "")));
    values.into_iter().fold(statement, |statement, value| match value {
        Bound::Bytes(bytes) => statement.bind(bytes),
        Bound::Number(number) => statement.bind(number),
        Bound::Text(text) => statement.bind(text),
    })
}
