//! A database of an older version is brought up to date, or refused by whoever wants it so.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::{
    Claim, Clock, Nonce, NonceStore, PresentedToken, SecretAdmin, SecretMatch, SecretStore, SystemClock, TokenAdmin,
    TokenFilter, TokenStore,
};
use countersign_sqlx::sqlite::OpenErrorKind;
use countersign_sqlx::{SchemaChange, SqliteStore};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlSafeStr, query};
use tempfile::TempDir;

/// A database as version 1 made it, with a token that has an id, two that have none, two secrets and a spent nonce.
async fn old() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sqlite");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.pragma("application_id", 0x6373_676e.to_string()).connect().await.unwrap();
    let initial = include_str!("../migrations/sqlite/0001_initial.sql").into_sql_str();
    let initial = Migration::new(1, "initial".into(), MigrationType::Simple, initial, false);
    Migrator::with_migrations(vec![initial]).run(&mut connection).await.unwrap();
    for (text, id) in [("tk_named", Some("id-1")), ("tk_one", None), ("tk_two", None)] {
        query("INSERT INTO token (digest, id, subject, scope, expires_at) VALUES (?, ?, 'ada', 'read', 5)")
            .bind(PresentedToken::new(text).digest().as_bytes().as_slice())
            .bind(id.map(str::as_bytes))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let secrets = "INSERT INTO secret (key_id, secret, label) VALUES (x'6b', x'73', NULL), (x'6b', x'74', x'76')";
    query(secrets).execute(&mut connection).await.unwrap();
    query("INSERT INTO nonce (fingerprint, key_id, expires) VALUES (?, x'6b', 9000000000000000)")
        .bind(nonce().fingerprint().as_slice())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    (folder, path)
}

fn nonce() -> Nonce {
    Nonce::new("test", "k".parse().unwrap(), b"value")
}

async fn holds_what_it_held(path: &Path) {
    let store = SqliteStore::open_current(path).await.unwrap();
    let now = SystemClock::new().now();
    for (text, id) in [("tk_named", Some("id-1")), ("tk_one", None), ("tk_two", None)] {
        let token = store.token(&PresentedToken::new(text)).await.unwrap().unwrap();
        assert_eq!((token.subject(), token.scope().to_string().as_str()), ("ada", "read"));
        assert!(token.expires_at().is_some() && token.updated_at().is_none() && token.last_used_at().is_none());
        // A token that had no id has one now, so that it can be revoked; it counts as the oldest.
        let given = token.id().unwrap();
        let is_the_oldest = given.len() == 32 && given.starts_with("000000000000");
        assert!(id.map_or(is_the_oldest, |id| given == id), "{given}");
    }
    let listed = store.list_tokens(&TokenFilter::all(), None, 10).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert!(store.revoke_token(listed[2].id().unwrap(), now, "lost").await.unwrap());
    let key = "k".parse().unwrap();
    assert_eq!(store.secrets(&key).await.unwrap().iter().count(), 2);
    assert!(store.list_versions(&key).await.unwrap().iter().all(|version| version.last_matched.is_none()));
    store.record_matches(&[SecretMatch { key_id: key.clone(), label: "v".into(), at: now }]).await.unwrap();
    assert!(store.list_versions(&key).await.unwrap()[0].last_matched.is_some());
    let end = now + std::time::Duration::from_secs(10);
    assert_eq!(store.claim(&nonce(), now, end).await.unwrap(), Claim::Seen);
    store.close().await;
}

#[tokio::test]
async fn an_older_database_is_migrated_when_it_is_opened() {
    let (_folder, path) = old().await;
    SqliteStore::open(&path).await.unwrap().close().await;
    holds_what_it_held(&path).await;
}

#[tokio::test]
async fn an_older_database_is_migrated_by_command() {
    let (_folder, path) = old().await;
    assert_eq!(SqliteStore::migrate(&path).await.unwrap(), SchemaChange { from: 1, to: 4 });
    assert_eq!(SqliteStore::migrate(&path).await.unwrap(), SchemaChange { from: 4, to: 4 });
    holds_what_it_held(&path).await;
}

#[tokio::test]
async fn a_database_of_the_version_before_is_migrated() {
    let (_folder, path) = old().await;
    let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let migrations = [
        include_str!("../migrations/sqlite/0001_initial.sql"),
        include_str!("../migrations/sqlite/0002_administration.sql"),
    ];
    let migrations = migrations.into_iter().zip(1..).map(|(sql, version)| {
        let name = if version == 1 { "initial" } else { "administration" };
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect()).run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(SqliteStore::migrate(&path).await.unwrap(), SchemaChange { from: 2, to: 4 });
    holds_what_it_held(&path).await;
}

#[tokio::test]
async fn an_older_database_is_refused_by_whoever_wants_a_current_one() {
    let (_folder, path) = old().await;
    let before = fs::read(&path).unwrap();
    let error = SqliteStore::open_current(&path).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::OlderSchema);
    assert!(error.to_string().contains("migrate"), "{error}");
    let after = fs::read(&path).unwrap();
    // SQLite notes in the header that there is a write-ahead log now (bytes 18 and 19), and that it changed this.
    let same = |range: std::ops::Range<usize>| before[range.clone()] == after[range];
    assert!(before.len() == after.len() && same(100..before.len()), "the file has changed");
}

#[tokio::test]
async fn of_many_that_migrate_at_once_all_succeed() {
    for _ in 0..5 {
        let (_folder, path) = old().await;
        let opened: Vec<_> = (0..6).map(|_| tokio::spawn(SqliteStore::open(path.clone()))).collect();
        for store in opened {
            store.await.unwrap().unwrap().close().await;
        }
        holds_what_it_held(&path).await;
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_made_by_migrating() {
    let folder = tempfile::tempdir().unwrap();
    let error = SqliteStore::migrate(folder.path().join("auth.sqlite")).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Missing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
