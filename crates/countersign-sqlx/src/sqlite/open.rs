//! Opening a database that is there.

use std::fs;
use std::path::{Path, absolute};

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;
use sqlx::{SqlSafeStr, query_scalar};

use super::store::{READERS, connect, options};
use super::{OpenError, OpenErrorKind, SqliteStore, header};
use crate::SchemaChange;

impl SqliteStore {
    /// Opens the database at `path`, which must be there and be one of ours, and brings its tables up to date.
    ///
    /// Reads the whole file once to see that it is not damaged: about a second for a gigabyte.
    ///
    /// # Errors
    /// When it is not there, or anything is wrong with it; the file is left as it was.
    pub async fn open(path: impl AsRef<Path> + Send) -> Result<Self, OpenError> {
        open(path.as_ref(), Older::IsMigrated).await.map(|(store, _)| store)
    }

    /// Opens the database at `path` as [`open`](Self::open) does, unless its tables were made by an older version: for
    /// whoever brings them up to date [by command](Self::migrate), at a time of their own choosing.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and when the tables are older; the file is left as it was.
    pub async fn open_current(path: impl AsRef<Path> + Send) -> Result<Self, OpenError> {
        open(path.as_ref(), Older::IsRefused).await.map(|(store, _)| store)
    }

    /// Brings the tables of the database at `path` up to date, which must be there and be one of ours.
    ///
    /// Programs of the older version that have it open go on working. They can no longer open it.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn migrate(path: impl AsRef<Path> + Send) -> Result<SchemaChange, OpenError> {
        let (store, change) = open(path.as_ref(), Older::IsMigrated).await?;
        store.close().await;
        Ok(change)
    }

    /// Opens the database at `path`; where there is no file at all, creates it.
    ///
    /// A file that has vanished, because its disk is not mounted say, is created anew by this, without the revocations that
    /// were in the old one. So a service should [`open`](Self::open) a file that was created once; this is for development
    /// and for tests.
    ///
    /// # Errors
    /// When something is there and anything is wrong with it; it is left as it was. When it could not be created.
    pub async fn open_or_create(path: impl AsRef<Path> + Send) -> Result<Self, OpenError> {
        let path = path.as_ref();
        match fs::symlink_metadata(path) {
            Ok(_) => Self::open(path).await,
            Err(_) => match Self::create(path).await {
                // Somebody else has just created it.
                Err(error) if error.kind() == OpenErrorKind::AlreadyExists => Self::open(path).await,
                created => created,
            },
        }
    }
}

/// What becomes of tables that an older version has made.
#[derive(Clone, Copy)]
enum Older {
    IsMigrated,
    IsRefused,
}

async fn open(path: &Path, older: Older) -> Result<(SqliteStore, SchemaChange), OpenError> {
    header::check(path)?;
    let path = &plain(path)?;
    // The writer comes first: it makes the side files that readers need.
    let writer = connect(1, options(path)).await.map_err(|error| refusal(path, error))?;
    let change = match prepare(&writer, path, older).await {
        Ok(change) => change,
        Err(error) => {
            writer.close().await;
            return Err(error);
        }
    };
    let readers = connect(READERS, options(path).read_only(true)).await;
    Ok((SqliteStore::new(readers.map_err(|error| refusal(path, error))?, writer), change))
}

/// An absolute path: SQLite takes names such as `:memory:` and `file:…` for something else.
pub(super) fn plain(path: &Path) -> Result<std::path::PathBuf, OpenError> {
    absolute(path).map_err(|error| OpenError::new(OpenErrorKind::Unavailable, path).with_source(error))
}

/// Applies all migrations that are missing, unless there are some that are not known. The only place that makes tables.
pub(super) async fn migrate(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
        Migration::new(*version, (*description).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run(writer).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => refusal(path, error),
        MigrateError::VersionMissing(_) => OpenError::new(OpenErrorKind::NewerSchema, path).with_source(error),
        error => OpenError::new(OpenErrorKind::Damaged, path).with_source(error),
    })
}

/// What SQLite said, sorted by whether the file or the circumstances are to blame.
pub(super) fn refusal(path: &Path, error: sqlx::Error) -> OpenError {
    let kind = match code(&error) {
        Some(SQLITE_CORRUPT | SQLITE_NOTADB | SQLITE_ERROR) => OpenErrorKind::Damaged,
        _ => OpenErrorKind::Unavailable,
    };
    OpenError::new(kind, path).with_source(error)
}

/// SQLite's [primary code](https://www.sqlite.org/rescode.html) for what went wrong, if it was SQLite that said so.
pub(super) fn code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}

/// Sees that the database is whole and of a version that is known, and brings it up to date.
async fn prepare(writer: &SqlitePool, path: &Path, older: Older) -> Result<SchemaChange, OpenError> {
    let damaged = |what: String| OpenError::new(OpenErrorKind::Damaged, path).with_source(what);
    let failed = |error| refusal(path, error);

    let found: String = query_scalar("PRAGMA quick_check(1)").fetch_one(writer).await.map_err(failed)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let from = version(writer, path).await?;
    if from < LATEST && matches!(older, Older::IsRefused) {
        return Err(OpenError::new(OpenErrorKind::OlderSchema, path));
    }
    let mut reached = from;
    while let Err(error) = migrate(writer, path).await {
        // Another program may do it at the same time, step by step; then there is less left to do.
        let now = version(writer, path).await?;
        if now <= reached {
            return Err(error);
        }
        reached = now;
    }
    let parts: i64 = query_scalar(PARTS).fetch_one(writer).await.map_err(failed)?;
    if parts != PARTS_COUNT {
        return Err(damaged("some of its tables, indexes or triggers are missing".to_owned()));
    }
    Ok(SchemaChange { from, to: LATEST })
}

/// The version of its tables. Where it is missing the migrations would begin anew, and an empty list of revocations would
/// take the place of one that is lost: such a database is incomplete.
async fn version(writer: &SqlitePool, path: &Path) -> Result<u32, OpenError> {
    let version: Option<i64> = query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(writer)
        .await
        .map_err(|error| refusal(path, error))?;
    let version = version.and_then(|version| u32::try_from(version).ok());
    version.ok_or_else(|| OpenError::new(OpenErrorKind::Damaged, path).with_source("its tables were never made"))
}

const MIGRATIONS: [(i64, &str, &str); 4] = [
    (1, "initial", include_str!("../../migrations/sqlite/0001_initial.sql")),
    (2, "administration", include_str!("../../migrations/sqlite/0002_administration.sql")),
    (3, "rotation", include_str!("../../migrations/sqlite/0003_rotation.sql")),
    (4, "oauth", include_str!("../../migrations/sqlite/0004_oauth.sql")),
];

const LATEST: u32 = MIGRATIONS.len() as u32;

/// Counts what the latest version is made of.
const PARTS: &str = "SELECT (SELECT count(*) FROM nonce_state) + (SELECT count(*) FROM sqlite_schema \
    WHERE type = 'table' AND name IN ('nonce', 'nonce_key', 'nonce_state', 'oauth_application', 'oauth_consent', 'oauth_grant', \
    'oauth_granted_token', 'oauth_refresh_token', 'secret', 'token') \
    OR type = 'trigger' AND name IN ('nonce_added', 'nonce_forgotten') OR type = 'index' AND name IN ('nonce_by_expiry', \
    'nonce_by_key_and_expiry', 'oauth_application_of', 'oauth_consent_by_client', 'oauth_consent_by_subject', \
    'oauth_grant_by_client', 'oauth_grant_by_expiry', 'oauth_grant_by_organisation', 'oauth_grant_by_subject', \
    'oauth_refresh_token_by_grant', 'token_by_client', 'token_by_expiry', 'token_by_organisation', 'token_by_revocation', \
    'token_by_subject'))";
const PARTS_COUNT: i64 = 28;

// A statement of ours that is wrong for the file, and two kinds of damage.
const SQLITE_ERROR: u32 = 1;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;
