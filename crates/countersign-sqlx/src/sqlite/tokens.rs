//! Looking tokens up.

use countersign_core::{PresentedToken, StoreError, TokenDigest, TokenInfo, TokenStore, async_trait};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite, query};

use super::SqliteStore;
use crate::conditions::Value;
use crate::{changed, record};

#[async_trait]
impl TokenStore for SqliteStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let row = query(concat!("SELECT ", record::columns!(), " FROM token WHERE digest = ?1"))
            .bind(token.digest().as_bytes().as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        row.as_ref().map(info).transpose()
    }
}

/// What a row of the table of tokens says.
pub(super) fn info(row: &SqliteRow) -> Result<TokenInfo, StoreError> {
    let text = |column| match column {
        "id" => {
            let id: Option<Vec<u8>> = row.try_get(column).map_err(StoreError::new)?;
            id.map(String::from_utf8).transpose().map_err(|error| StoreError::new(error.utf8_error()))
        }
        _ => row.try_get(column).map_err(StoreError::new),
    };
    record::read(text, |column| row.try_get(column).map_err(StoreError::new))
}

/// Whose digest the first column of a row is.
pub(super) fn digest(row: &SqliteRow) -> Result<TokenDigest, StoreError> {
    changed::digest(row.try_get(0).map_err(StoreError::new)?)
}

pub(super) type SqliteQuery = Query<'static, Sqlite, SqliteArguments>;

/// Binds what conditions are about.
pub(super) fn bind(query: SqliteQuery, value: Value) -> SqliteQuery {
    match value {
        Value::Id(id) => query.bind(id.as_bytes()),
        Value::Micros(micros) => query.bind(micros),
        Value::Text(text) => query.bind(text),
    }
}
