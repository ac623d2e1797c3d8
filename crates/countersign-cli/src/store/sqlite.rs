//! SQLite.

use std::path::Path;

use async_trait::async_trait;
use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlite::{OpenError, OpenErrorKind};

use super::open::{Migrated, Store};
use super::options::StoreOptions;
use crate::failure::{Failure, Result, chain};

#[async_trait]
impl Store for SqliteStore {
    async fn close(&self) {
        Self::close(self).await;
    }
}

/// Tables of an older version are left to `countersign migrate`: a service that still uses them could not open them again.
pub(super) async fn open(path: &Path, options: &StoreOptions) -> Result<Box<dyn Store>> {
    refuse_prefix(options)?;
    match SqliteStore::open_current(path).await {
        Ok(store) => Ok(Box::new(store)),
        Err(error) => Err(refused(&error)),
    }
}

pub(super) async fn migrate(path: &Path, options: &StoreOptions, create: bool) -> Result<Migrated> {
    refuse_prefix(options)?;
    match SqliteStore::migrate(path).await {
        Ok(change) => Ok(change.into()),
        Err(error) if create && error.kind() == OpenErrorKind::Missing => {
            SqliteStore::create(path).await.map_err(|error| refused(&error))?.close().await;
            Ok(Migrated::Created)
        }
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &OpenError) -> Failure {
    Failure::failed(match error.kind() {
        OpenErrorKind::Missing => format!(
            "there is no database {}; check the path and whether its disk is mounted, or make it with \
             `countersign migrate`",
            error.path().display()
        ),
        _ => chain(error),
    })
}

fn refuse_prefix(options: &StoreOptions) -> Result {
    match options.prefix {
        None => Ok(()),
        Some(_) => Err(Failure::usage("a SQLite store has a file of its own and takes no --store-prefix")),
    }
}
