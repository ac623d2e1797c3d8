//! Applications and grants.

use std::time::SystemTime;

use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationChange, ApplicationStore, AuthorizationCode, Consent, GrantFilter,
    GrantStore, GrantedToken, Redemption, RefreshToken, Rotation,
};
use countersign_core::{StoreError, TokenDigest, TokenInfo, async_trait, micros};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::session::{LONG_PATIENCE, PATIENCE, PgQuery};
use super::{PostgresStore, session, statements};
use crate::changed::{Changed, to_the_end};
use crate::conditions::Conditions;
use crate::oauth::flows::{self, change};
use crate::oauth::{Bound, Columns, Database, Extent, Lock, Session, Transaction, stores};

stores!(PostgresStore);

impl Database for PostgresStore {
    type Row = PgRow;
    type Session = session::Session;

    async fn read(&self, template: &str, values: Vec<Bound>) -> Result<Vec<PgRow>, StoreError> {
        let mut session = self.session().await?;
        let statement = bound(session.query(template), values);
        to_the_end(async move { session.rows(statement).await }).await
    }

    async fn ready(&self) -> Result<session::Session, StoreError> {
        self.session().await
    }
}

impl Session for session::Session {
    type Transaction = Self;

    async fn begin_change(mut self, extent: Extent) -> Result<Self, StoreError> {
        self.begin(match extent {
            Extent::Few => PATIENCE,
            Extent::Many => LONG_PATIENCE,
        })
        .await?;
        Ok(self)
    }
}

impl Transaction for session::Session {
    type Row = PgRow;

    const FIRST: usize = 4;

    async fn rows(&mut self, template: &str, values: Vec<Bound>) -> Result<Vec<PgRow>, StoreError> {
        let statement = bound(self.query(template), values);
        Self::rows(self, statement).await
    }

    fn lock(lock: Lock) -> &'static str {
        match lock {
            Lock::Share => " FOR SHARE",
            Lock::Change => " FOR NO KEY UPDATE",
            Lock::Delete => " FOR UPDATE",
        }
    }

    async fn lock_organisation(&mut self, organisation: &str) -> Result<(), StoreError> {
        let lock = self.query(statements::LOCK_ORGANISATION).bind(organisation.as_bytes());
        Self::rows(self, lock).await.map(drop)
    }

    async fn insert_token(&mut self, digest: TokenDigest, info: &TokenInfo) -> Result<(), StoreError> {
        Self::insert_token(self, digest, info).await
    }

    async fn revoke_picked(
        &mut self,
        conditions: Conditions,
        at: SystemTime,
        reason: &str,
    ) -> Result<(Changed, u64), StoreError> {
        let revoke = self.revoke_query(conditions, micros::floor(at)?, reason);
        self.changed_many(revoke).await
    }

    async fn end(self, what: &Changed) -> Result<(), StoreError> {
        self.commit(what).await
    }
}

impl Columns for PgRow {
    fn bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.try_get(column).map_err(StoreError::new)
    }

    fn micros(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.try_get(column).map_err(StoreError::new)
    }
}

fn bound(statement: PgQuery, values: Vec<Bound>) -> PgQuery {
    values.into_iter().fold(statement, |statement, value| match value {
        Bound::Bytes(bytes) => statement.bind(bytes),
        Bound::Number(number) => statement.bind(number),
        Bound::Text(text) => statement.bind(text.map(|text| text.into_string().into_bytes())),
    })
}
