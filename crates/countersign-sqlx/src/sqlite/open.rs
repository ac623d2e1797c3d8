//! Opening a database that is there.

use std::fs;
use std::path::{Path, absolute};

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;
use sqlx::{SqlSafeStr, query_scalar};

use super::store::{READERS, options, pool};
use super::{OpenError, OpenErrorKind, SqliteStore, header};

impl SqliteStore {
    /// Opens the database at `path`, which must be there and be one of ours, and brings its tables up to date.
    ///
    /// Reads the whole file once to see that it is not damaged: about a second for a gigabyte.
    ///
    /// # Errors
    /// When it is not there, or anything is wrong with it; the file is left as it was.
    pub async fn open(path: impl AsRef<Path> + Send) -> Result<Self, OpenError> {
        let path = path.as_ref();
        header::check(path)?;
        let path = &plain(path)?;
        // The writer comes first: it makes the side files that readers need.
        let writer = pool(1).connect_with(options(path)).await.map_err(|error| refusal(path, error))?;
        if let Err(error) = prepare(&writer, path).await {
            writer.close().await;
            return Err(error);
        }
        let readers = pool(READERS).connect_with(options(path).read_only(true)).await;
        Ok(Self::new(readers.map_err(|error| refusal(path, error))?, writer))
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
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    let kind = match code.map(|code| code & 0xff) {
        Some(SQLITE_CORRUPT | SQLITE_NOTADB | SQLITE_ERROR) => OpenErrorKind::Damaged,
        _ => OpenErrorKind::Unavailable,
    };
    OpenError::new(kind, path).with_source(error)
}

/// Sees that the database is whole and of a version that is known, and brings it up to date.
async fn prepare(writer: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let damaged = |what: String| OpenError::new(OpenErrorKind::Damaged, path).with_source(what);
    let failed = |error| refusal(path, error);

    let found: String = query_scalar("PRAGMA quick_check(1)").fetch_one(writer).await.map_err(failed)?;
    if found != "ok" {
        return Err(damaged(found));
    }
    // Without this table the migrations would begin anew, and an empty list of revocations would take the place of one
    // that is lost. If it is missing, so that the statement fails, the database is incomplete.
    let made: Option<i64> =
        query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(writer).await.map_err(failed)?;
    if made.is_none() {
        return Err(damaged("its tables were never made".to_owned()));
    }
    migrate(writer, path).await?;
    let parts: i64 = query_scalar(PARTS).fetch_one(writer).await.map_err(failed)?;
    if parts == PARTS_COUNT { Ok(()) } else { Err(damaged("some of its tables or triggers are missing".to_owned())) }
}

const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "initial", include_str!("../../migrations/sqlite/0001_initial.sql"))];

/// Counts what the latest version is made of.
const PARTS: &str = "SELECT (SELECT count(*) FROM nonce_state) + (SELECT count(*) FROM sqlite_schema \
    WHERE type = 'table' AND name IN ('nonce', 'nonce_key', 'nonce_state', 'secret', 'token') \
    OR type = 'trigger' AND name IN ('nonce_added', 'nonce_forgotten'))";
const PARTS_COUNT: i64 = 8;

// https://www.sqlite.org/rescode.html: a statement of ours that is wrong for the file, and two kinds of damage.
const SQLITE_ERROR: u32 = 1;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;
