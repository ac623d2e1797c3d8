//! Looking tokens up.

use countersign_core::{PresentedToken, StoreError, TokenInfo, TokenStore, async_trait};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::session::PgQuery;
use super::{PostgresStore, statements};
use crate::changed::to_the_end;
use crate::conditions::Value;
use crate::record;

#[async_trait]
impl TokenStore for PostgresStore {
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        self.one_token(statements::TOKEN, token.digest().as_bytes()).await
    }
}

impl PostgresStore {
    /// The token whose digest or id this is.
    pub(super) async fn one_token(&self, template: &str, key: &[u8]) -> Result<Option<TokenInfo>, StoreError> {
        let mut session = self.session().await?;
        let lookup = session.query(template).bind(key);
        let row = to_the_end(async move { session.row(lookup).await }).await?;
        row.as_ref().map(info).transpose()
    }
}

/// What a row of the table of tokens says.
pub(super) fn info(row: &PgRow) -> Result<TokenInfo, StoreError> {
    let text = |column| {
        let bytes: Option<Vec<u8>> = row.try_get(column).map_err(StoreError::new)?;
        bytes.map(String::from_utf8).transpose().map_err(|error| StoreError::new(error.utf8_error()))
    };
    record::read(text, |column| row.try_get(column).map_err(StoreError::new))
}

/// Binds what conditions are about.
pub(super) fn bind(query: PgQuery, value: Value) -> PgQuery {
    match value {
        Value::Id(text) | Value::Text(text) => query.bind(text.as_bytes()),
        Value::Micros(micros) => query.bind(micros),
    }
}
