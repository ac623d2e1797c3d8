//! PostgreSQL.

use async_trait::async_trait;
use countersign_sqlx::postgres::{OpenError, OpenErrorKind, PostgresOptions, PostgresStore};

use super::open::{Migrated, Store};
use super::options::StoreOptions;
use crate::failure::{Failure, Result, chain};

#[async_trait]
impl Store for PostgresStore {
    async fn close(&self) {
        Self::close(self).await;
    }
}

pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<Box<dyn Store>> {
    match database(url, options).connect().await {
        Ok(store) => Ok(Box::new(store)),
        Err(error) => Err(refused(&error)),
    }
}

pub(super) async fn migrate(url: &str, options: &StoreOptions, create: bool) -> Result<Migrated> {
    let database = database(url, options);
    if !create {
        match database.connect().await {
            Ok(store) => store.close().await,
            Err(error) if error.kind() == OpenErrorKind::OlderSchema => {}
            Err(error) => return Err(refused(&error)),
        }
    }
    match database.migrate().await {
        Ok(change) => Ok(change.into()),
        Err(error) => Err(refused(&error)),
    }
}

fn database(url: &str, options: &StoreOptions) -> PostgresOptions {
    let database = PostgresOptions::new(url).with_max_connections(2);
    match &options.prefix {
        Some(prefix) => database.with_table_prefix(prefix),
        None => database,
    }
}

fn refused(error: &OpenError) -> Failure {
    let hint = match error.kind() {
        OpenErrorKind::InvalidPrefix => "; --store-prefix names another",
        _ => "",
    };
    Failure::failed(format!("{}{hint}", chain(error)))
}
