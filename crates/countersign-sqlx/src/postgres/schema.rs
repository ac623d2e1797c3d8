//! The tables: making them, and seeing that they are those that this program knows.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, query_scalar, raw_sql};

use super::names::Names;
use super::options::Place;
use super::server_error::ServerError;
use super::session::{LONG_PATIENCE, PATIENCE, bounded};
use super::{OpenError, OpenErrorKind, statements};
use crate::SchemaChange;

/// Sees that the tables are there, whole, and of the version that is known, and how they are named.
pub(super) async fn check(connection: &mut PgConnection, place: &Place) -> Result<Names, OpenError> {
    let unavailable = |error| refusal(place, OpenErrorKind::Unavailable, error);
    let read_only: bool =
        bounded(PATIENCE, query_scalar(READ_ONLY).fetch_one(&mut *connection)).await.map_err(unavailable)?;
    if read_only {
        return Err(place.error(OpenErrorKind::ReadOnly));
    }
    let names = find(connection, place).await?.ok_or_else(|| place.error(OpenErrorKind::Missing))?;
    judge(version(connection, place, &names).await?, place)?;
    is_whole(connection, place, &names).await?;
    Ok(names)
}

/// Applies all migrations that are missing, unless there are some that are not known. The only place that makes tables.
pub(super) async fn migrate(connection: &mut PgConnection, place: &Place) -> Result<SchemaChange, OpenError> {
    let unavailable = |error| refusal(place, OpenErrorKind::Unavailable, error);
    let millis = LONG_PATIENCE.as_millis();
    // Whoever fails below leaves the transaction open, and the connection is closed with it.
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on; \
         SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {millis}"
    );
    bounded(PATIENCE, raw_sql(AssertSqlSafe(begin)).execute(&mut *connection)).await.map_err(unavailable)?;
    // One at a time. The number only has to be the same for the same prefix.
    let lock = query_scalar::<_, i32>("SELECT 1 FROM pg_advisory_xact_lock(hashtext('countersign'), hashtext($1))");
    let lock = lock.bind(place.prefix.as_str()).fetch_one(&mut *connection);
    bounded(LONG_PATIENCE, lock).await.map_err(unavailable)?;

    let (names, from) = match find(connection, place).await? {
        Some(names) => {
            let version = version(connection, place, &names).await?;
            (names, version)
        }
        None => (new_names(connection, place).await?, 0),
    };
    if from > LATEST {
        return Err(place.error(OpenErrorKind::NewerSchema));
    }
    for (version, sql) in MIGRATIONS.into_iter().filter(|(version, _)| *version > from) {
        let made = raw_sql(names.sql(sql)).execute(&mut *connection);
        bounded(LONG_PATIENCE, made).await.map_err(|error| refusal(place, OpenErrorKind::Damaged, error))?;
        let noted = names.sql("INSERT INTO @schema (countersign_version) VALUES ($1)");
        let noted = sqlx::query(noted).bind(version as i32).execute(&mut *connection);
        bounded(PATIENCE, noted).await.map_err(unavailable)?;
    }
    is_whole(connection, place, &names).await?;
    bounded(PATIENCE, raw_sql("COMMIT").execute(&mut *connection)).await.map_err(unavailable)?;
    Ok(SchemaChange { from, to: LATEST })
}

/// What the server said, without its details; `otherwise` unless it says that one may not do this.
pub(super) fn refusal(place: &Place, otherwise: OpenErrorKind, error: sqlx::Error) -> OpenError {
    let sqlx::Error::Database(error) = error else {
        return place.error(OpenErrorKind::Unavailable).with_source(error);
    };
    let code = error.code().unwrap_or_default();
    let class = code.get(..2).unwrap_or_default();
    let kind = match (&*code, class) {
        (READ_ONLY_TRANSACTION, _) => OpenErrorKind::ReadOnly,
        (INSUFFICIENT_PRIVILEGE, _) | (_, "08" | "28" | "53" | "55" | "57") => OpenErrorKind::Unavailable,
        _ => otherwise,
    };
    place.error(kind).with_source(ServerError::of(&*error))
}

/// The names of the tables, if there are any. Refuses tables of these names that have no version.
async fn find(connection: &mut PgConnection, place: &Place) -> Result<Option<Names>, OpenError> {
    let unavailable = |error| refusal(place, OpenErrorKind::Unavailable, error);
    let schema: Option<String> =
        bounded(PATIENCE, query_scalar(SCHEMA_OF).bind(place.prefix.table("schema")).fetch_optional(&mut *connection))
            .await
            .map_err(unavailable)?;
    if let Some(schema) = schema {
        return Ok(Some(Names::new(place.prefix.clone(), &schema)));
    }
    let others: Vec<String> = TABLES.iter().map(|table| place.prefix.table(table)).collect();
    let foreign: bool = bounded(PATIENCE, query_scalar(ANY_THERE).bind(others).fetch_one(&mut *connection))
        .await
        .map_err(unavailable)?;
    if foreign { Err(place.error(OpenErrorKind::Foreign)) } else { Ok(None) }
}

async fn new_names(connection: &mut PgConnection, place: &Place) -> Result<Names, OpenError> {
    let schema = query_scalar::<_, Option<String>>("SELECT current_schema()::text").fetch_one(connection);
    let schema = bounded(PATIENCE, schema).await.map_err(|error| refusal(place, OpenErrorKind::Unavailable, error))?;
    let schema = schema.ok_or_else(|| {
        place.error(OpenErrorKind::Unavailable).with_source("no schema of the search_path is there, or may be used")
    })?;
    Ok(Names::new(place.prefix.clone(), &schema))
}

/// The version of the tables. A table of versions that is not ours, or has none in it, is refused.
async fn version(connection: &mut PgConnection, place: &Place, names: &Names) -> Result<u32, OpenError> {
    let newest = query_scalar::<_, Option<i32>>(names.sql("SELECT max(countersign_version) FROM @schema"));
    let newest = bounded(PATIENCE, newest.fetch_one(connection))
        .await
        .map_err(|error| refusal(place, OpenErrorKind::Foreign, error))?;
    newest.and_then(|version| u32::try_from(version).ok()).ok_or_else(|| place.error(OpenErrorKind::Damaged))
}

fn judge(version: u32, place: &Place) -> Result<(), OpenError> {
    match version.cmp(&LATEST) {
        std::cmp::Ordering::Less => Err(place.error(OpenErrorKind::OlderSchema)),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(place.error(OpenErrorKind::NewerSchema)),
    }
}

/// Lets the server parse every statement that there is: a table, a column or a function that is missing shows now. And
/// counts what no statement names: indexes, which hold what must be unique, and the one row of the state.
async fn is_whole(connection: &mut PgConnection, place: &Place, names: &Names) -> Result<(), OpenError> {
    let damaged = |error| refusal(place, OpenErrorKind::Damaged, error);
    for template in statements::all() {
        bounded(PATIENCE, (&mut *connection).prepare(names.sql(&template))).await.map_err(damaged)?;
    }
    let indexes: Vec<String> = INDEXES.iter().map(|index| place.prefix.table(index)).collect();
    let parts = query_scalar::<_, i64>(names.sql(PARTS)).bind(indexes).fetch_one(connection);
    let parts = bounded(PATIENCE, parts).await.map_err(damaged)?;
    if parts == INDEXES.len() as i64 + 1 {
        Ok(())
    } else {
        Err(place.error(OpenErrorKind::Damaged).with_source("some of its indexes or rows are missing"))
    }
}

const MIGRATIONS: [(u32, &str); 2] = [
    (1, include_str!("../../migrations/postgres/0001_initial.sql")),
    (2, include_str!("../../migrations/postgres/0002_oauth.sql")),
];
const LATEST: u32 = MIGRATIONS.len() as u32;

const READ_ONLY: &str = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
const SCHEMA_OF: &str = "SELECT namespace.nspname::text FROM pg_class AS class \
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.oid = to_regclass($1)";
const ANY_THERE: &str = "SELECT bool_or(to_regclass(name) IS NOT NULL) FROM unnest($1::text[]) AS name";
const PARTS: &str = "SELECT (SELECT count(*) FROM @nonce_state) + (SELECT count(*) FROM pg_index AS index \
    JOIN pg_class AS class ON class.oid = index.indexrelid WHERE index.indisvalid AND class.relname = ANY($1) \
    AND class.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = (SELECT tableoid FROM @schema LIMIT 1)))";

/// What the latest version is made of, the table of versions excepted.
const TABLES: [&str; 10] = [
    "secret",
    "token",
    "nonce",
    "nonce_state",
    "nonce_count",
    "oauth_application",
    "oauth_consent",
    "oauth_grant",
    "oauth_granted_token",
    "oauth_refresh_token",
];
const INDEXES: [&str; 30] = [
    "schema_pkey",
    "secret_pkey",
    "secret_label",
    "token_pkey",
    "token_id",
    "token_by_subject",
    "token_by_organisation",
    "token_by_client",
    "token_by_expiry",
    "token_by_revocation",
    "nonce_pkey",
    "nonce_by_expiry",
    "nonce_by_key_and_expiry",
    "nonce_by_time",
    "nonce_count_of",
    "oauth_application_pkey",
    "oauth_application_of",
    "oauth_consent_pkey",
    "oauth_consent_of",
    "oauth_consent_by_subject",
    "oauth_consent_by_client",
    "oauth_grant_pkey",
    "oauth_grant_code",
    "oauth_grant_by_client",
    "oauth_grant_by_subject",
    "oauth_grant_by_organisation",
    "oauth_grant_by_expiry",
    "oauth_granted_token_pkey",
    "oauth_refresh_token_pkey",
    "oauth_refresh_token_by_grant",
];

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const READ_ONLY_TRANSACTION: &str = "25006";
const INSUFFICIENT_PRIVILEGE: &str = "42501";
