//! What the two databases have in common, as far as applications and grants need it.

use std::future::Future;
use std::time::SystemTime;

use countersign_core::{StoreError, TokenDigest, TokenInfo, micros};

use super::Columns;
use crate::changed::{Changed, to_the_end};
use crate::conditions::{Conditions, Value};

/// A database: asked at once, changed in a session.
pub(crate) trait Database: Clone + Send + Sync + 'static {
    type Row: Columns;
    type Session: Session;

    /// The rows that a statement returns which changes nothing.
    fn read(
        &self,
        template: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Waits for what a change needs, without beginning it.
    fn ready(&self) -> impl Future<Output = Result<Self::Session, StoreError>> + Send;
}

/// What one change is made on.
pub(crate) trait Session: Send + 'static {
    type Transaction: Transaction;

    fn begin_change(self, extent: Extent) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send;
}

/// How much a change may have to do.
#[derive(Clone, Copy)]
pub(crate) enum Extent {
    Few,
    Many,
}

/// A change under way. Dropped before its end it changes nothing.
///
/// In templates `@` stands for what precedes the names of tables.
pub(crate) trait Transaction: Send + Sized + 'static {
    type Row: Columns;

    /// The number of the first parameter of what picks tokens to be revoked.
    const FIRST: usize;

    /// The rows that a statement returns.
    fn rows(
        &mut self,
        template: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// What follows a query whose rows are to stay as they are until the end; nothing where changes take turns.
    fn lock(lock: Lock) -> &'static str;

    /// Waits for whoever else adds an application to this organisation.
    fn lock_organisation(&mut self, organisation: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn insert_token(
        &mut self,
        digest: TokenDigest,
        info: &TokenInfo,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Revokes the tokens that the conditions pick, unless they are revoked; what was changed, and how many these were.
    fn revoke_picked(
        &mut self,
        conditions: Conditions,
        at: SystemTime,
        reason: &str,
    ) -> impl Future<Output = Result<(Changed, u64), StoreError>> + Send;

    /// Ends it and tells what it changed.
    fn end(self, what: &Changed) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The first row, if there is one.
    fn row(
        &mut self,
        template: &str,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send {
        async move { Ok(self.rows(template, values).await?.into_iter().next()) }
    }

    /// The first row, if there is one, which is locked.
    fn locked(
        &mut self,
        template: &str,
        lock: Lock,
        values: Vec<Bound>,
    ) -> impl Future<Output = Result<Option<Self::Row>, StoreError>> + Send {
        async move { self.row(&format!("{template}{}", Self::lock(lock)), values).await }
    }
}

/// Against whom a row is locked.
#[derive(Clone, Copy)]
pub(crate) enum Lock {
    /// Whoever changes or deletes it.
    Share,
    /// Whoever locks it likewise, changes or deletes it.
    Change,
    /// Everybody.
    Delete,
}

/// Makes a change in a task of its own. A connection is waited for in the caller's own future, which may be dropped: nothing
/// was begun then.
pub(crate) async fn change<D, T, F>(
    database: &D,
    extent: Extent,
    make: impl FnOnce(<D::Session as Session>::Transaction) -> F + Send + 'static,
) -> Result<T, StoreError>
where
    D: Database,
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send,
{
    let session = database.ready().await?;
    to_the_end(async move { make(session.begin_change(extent).await?).await }).await
}

/// What is bound to a parameter. The databases keep texts in columns of different types.
#[derive(Clone)]
pub(crate) enum Bound {
    /// An id or a digest.
    Bytes(Vec<u8>),
    Number(Option<i64>),
    Text(Option<Box<str>>),
}

impl Bound {
    pub(crate) fn id(id: &str) -> Self {
        Self::Bytes(id.as_bytes().to_vec())
    }

    pub(crate) fn digest(digest: &TokenDigest) -> Self {
        Self::Bytes(digest.as_bytes().to_vec())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Some(text.into()))
    }

    pub(crate) fn time(time: SystemTime) -> Result<Self, StoreError> {
        micros::floor(time).map(|micros| Self::Number(Some(micros)))
    }

    pub(crate) fn maybe_time(time: Option<SystemTime>) -> Result<Self, StoreError> {
        time.map(micros::floor).transpose().map(Self::Number)
    }

    pub(crate) fn limit(limit: usize) -> Self {
        Self::Number(Some(limit.min(1000) as i64))
    }
}

impl From<Value> for Bound {
    fn from(value: Value) -> Self {
        match value {
            Value::Id(id) => Self::id(&id),
            Value::Micros(micros) => Self::Number(Some(micros)),
            Value::Text(text) => Self::Text(Some(text)),
        }
    }
}

impl Conditions {
    /// What is to be bound: this, and then what they are about.
    pub(crate) fn into_bound(self, before: impl IntoIterator<Item = Bound>) -> Vec<Bound> {
        before.into_iter().chain(self.into_values().into_iter().map(Bound::from)).collect()
    }
}
