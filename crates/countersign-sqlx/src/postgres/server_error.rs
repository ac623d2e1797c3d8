//! Errors without what was stored.

use std::error::Error;
use std::fmt;

use countersign_core::StoreError;
use sqlx::error::DatabaseError;

/// What the server said, without its details: in those it repeats the values of the row that it complains about.
#[derive(Debug)]
pub(super) struct ServerError {
    code: String,
    message: String,
}

impl ServerError {
    pub(super) fn of(error: &dyn DatabaseError) -> Self {
        Self { code: error.code().unwrap_or_default().into_owned(), message: error.message().to_owned() }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)
    }
}

impl Error for ServerError {}

/// A store's error of what sqlx or the server said.
pub(super) fn failed(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => StoreError::new(ServerError::of(&*error)),
        error => StoreError::new(error),
    }
}
