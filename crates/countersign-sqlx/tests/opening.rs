//! What is opened, what is created, and what is refused and left as it was.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::{Clock, Secret, SecretAdmin, SecretVersion};
use countersign_core::{PresentedToken, SecretStore, SystemClock, TokenAdmin, TokenInfo, TokenStore};
use countersign_sqlx::SqliteStore;
use countersign_sqlx::sqlite::{OpenError, OpenErrorKind};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, raw_sql};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sqlite");
    (folder, path)
}

/// A database with one token, closed.
async fn database(path: &Path) {
    let store = SqliteStore::create(path).await.unwrap();
    let info = TokenInfo::new("ada").with_id("id-1");
    store.add_token(PresentedToken::new("tk_secret").digest(), &info).await.unwrap();
    store.close().await;
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

async fn execute(path: &Path, sql: &'static str) {
    let mut connection = connect(path).await;
    raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Both ways of opening refuse the file for this reason, and it remains byte for byte what it was.
async fn is_refused(path: &Path, kind: OpenErrorKind) -> OpenError {
    let before = fs::read(path).unwrap();
    let error = SqliteStore::open(path).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}: {:?}", error.source());
    let other = SqliteStore::open_or_create(path).await.unwrap_err();
    assert_eq!(other.kind(), kind, "{other}: {:?}", other.source());
    assert!(fs::read(path).unwrap() == before, "the file has changed");
    assert_eq!(SqliteStore::create(path).await.unwrap_err().kind(), OpenErrorKind::AlreadyExists);
    assert!(fs::read(path).unwrap() == before, "the file has changed");
    // SQLite may leave its side files at a database that it found damaged; nothing is in the log then.
    let log = fs::metadata(format!("{}-wal", path.display()));
    assert!(log.map_or(0, |log| log.len()) == 0, "something was written");
    error
}

#[tokio::test]
async fn a_created_database_is_opened_again_with_everything_in_it() {
    let (_folder, path) = folder();
    let store = SqliteStore::create(&path).await.unwrap();
    let now = SystemClock::new().now();
    let version = SecretVersion::new(Secret::new("a secret of the partner").unwrap()).with_label("2026");
    store.add_secret(&"partner".parse().unwrap(), &version).await.unwrap();
    let info = TokenInfo::new("ada").with_id("id-1");
    store.add_token(PresentedToken::new("tk_secret").digest(), &info).await.unwrap();
    assert!(store.revoke_token("id-1", now, "lost").await.unwrap());
    drop(store); // without closing it, as a crash would

    for open in [true, false] {
        let opened = if open { SqliteStore::open(&path).await } else { SqliteStore::open_or_create(&path).await };
        let store = opened.unwrap();
        let token = store.token(&PresentedToken::new("tk_secret")).await.unwrap().unwrap();
        assert_eq!((token.subject(), token.revoked_reason()), ("ada", Some("lost")));
        assert_eq!(store.secrets(&"partner".parse().unwrap()).await.unwrap().iter().count(), 1);
        store.close().await;
    }
}

#[tokio::test]
async fn two_stores_over_one_file_see_each_others_changes() {
    let (_folder, path) = folder();
    let (one, two) = (SqliteStore::create(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap());
    one.add_token(PresentedToken::new("tk_secret").digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    assert!(two.revoke_token("id-1", SystemClock::new().now(), "lost").await.unwrap());
    assert!(one.token(&PresentedToken::new("tk_secret")).await.unwrap().unwrap().revoked_at().is_some());
    one.close().await;
    two.close().await;
}

#[tokio::test]
async fn a_missing_file_is_created_only_on_request() {
    let (folder, path) = folder();
    assert_eq!(SqliteStore::open(&path).await.unwrap_err().kind(), OpenErrorKind::Missing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
    SqliteStore::open_or_create(&path).await.unwrap().close().await;
    SqliteStore::open(&path).await.unwrap().close().await;
}

#[tokio::test]
async fn of_many_that_create_at_once_one_creates_and_all_open() {
    let (folder, path) = folder();
    let opened: Vec<_> = (0..8).map(|_| tokio::spawn(SqliteStore::open_or_create(path.clone()))).collect();
    for store in opened {
        store.await.unwrap().unwrap().close().await;
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["auth.sqlite"], "nothing is left of the making");
}

#[tokio::test]
async fn an_empty_file_is_refused() {
    let (_folder, path) = folder();
    fs::write(&path, "").unwrap();
    let error = is_refused(&path, OpenErrorKind::Empty).await;
    assert!(error.to_string().contains("restore it from a backup"), "{error}");
    assert_eq!(error.path(), path);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let (_folder, path) = folder();
    for text in ["x", "a text of some length\n", &"SQLite format 2\0".repeat(100)] {
        fs::write(&path, text).unwrap();
        is_refused(&path, OpenErrorKind::NotSqlite).await;
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let (_folder, path) = folder();
    execute(&path, "CREATE TABLE token (digest BLOB); INSERT INTO token VALUES (x'00')").await;
    is_refused(&path, OpenErrorKind::Foreign).await;
    execute(&path, "PRAGMA application_id = 1").await;
    is_refused(&path, OpenErrorKind::Foreign).await;
}

#[tokio::test]
async fn a_database_cut_short_is_refused() {
    let (_folder, path) = folder();
    database(&path).await;
    let whole = fs::read(&path).unwrap();
    for length in [50, 100, 1000, 4096, 4097, whole.len() / 2, whole.len() - 4096] {
        fs::write(&path, &whole[..length]).unwrap();
        is_refused(&path, OpenErrorKind::Damaged).await;
    }
}

#[tokio::test]
async fn a_database_with_damaged_pages_is_refused() {
    let (_folder, path) = folder();
    database(&path).await;
    let whole = fs::read(&path).unwrap();
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&path, &damaged).unwrap();
        is_refused(&path, OpenErrorKind::Damaged).await;
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (_folder, path) = folder();
    database(&path).await;
    execute(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    let error = is_refused(&path, OpenErrorKind::NewerSchema).await;
    assert!(error.source().unwrap().to_string().contains("999"));
}

#[tokio::test]
async fn a_database_whose_tables_have_vanished_is_refused() {
    for sql in [
        "DROP TABLE _sqlx_migrations",
        "DELETE FROM _sqlx_migrations",
        "DROP TABLE token",
        "DROP TABLE nonce",
        "DELETE FROM nonce_state",
        "DROP TRIGGER nonce_forgotten",
        "UPDATE _sqlx_migrations SET checksum = x'00'",
    ] {
        let (_folder, path) = folder();
        database(&path).await;
        execute(&path, sql).await;
        is_refused(&path, OpenErrorKind::Damaged).await;
    }
}

#[tokio::test]
async fn the_log_of_a_vanished_database_is_not_given_a_new_one() {
    for suffix in ["-wal", "-journal"] {
        let (_folder, path) = folder();
        let log = format!("{}{suffix}", path.display());
        fs::write(&log, "what is left").unwrap();
        assert_eq!(SqliteStore::create(&path).await.unwrap_err().kind(), OpenErrorKind::Leftovers);
        assert_eq!(SqliteStore::open_or_create(&path).await.unwrap_err().kind(), OpenErrorKind::Leftovers);
        assert!(!path.exists());
        assert_eq!(fs::read(&log).unwrap(), b"what is left");
        fs::write(&log, "").unwrap(); // as SQLite leaves it when nothing is in it
        SqliteStore::create(&path).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_folder_is_neither_opened_nor_created_over() {
    let (folder, path) = folder();
    assert_eq!(SqliteStore::open(folder.path()).await.unwrap_err().kind(), OpenErrorKind::NotSqlite);
    assert_eq!(SqliteStore::create(folder.path()).await.unwrap_err().kind(), OpenErrorKind::AlreadyExists);
    let error = SqliteStore::create(path.join("no such folder/auth.sqlite")).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Unavailable);
    assert!(error.source().is_some());
}

#[tokio::test]
async fn names_that_mean_something_to_sqlite_are_only_names() {
    let (folder, _) = folder();
    for name in ["file:a?mode=memory", ":memory:", "a%20b?c#d.sqlite", "ü ☃.sqlite"] {
        let path = folder.path().join(name);
        database(&path).await;
        assert!(path.metadata().unwrap().len() > 4096, "{name:?} is a file");
        let store = SqliteStore::open(&path).await.unwrap();
        assert!(store.token(&PresentedToken::new("tk_secret")).await.unwrap().is_some());
        store.close().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_a_database() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = folder();
    let store = SqliteStore::create(&path).await.unwrap();
    store.add_token(PresentedToken::new("tk_secret").digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(entries.len() >= 2, "the write-ahead log is there too");
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    store.close().await;
}
