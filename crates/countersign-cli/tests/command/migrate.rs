//! Making stores, and naming them.

use serde_json::json;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlSafeStr};

use crate::support::{PROGRAM, Place, Ran};

#[test]
fn a_store_is_made_once() {
    let place = Place::empty();
    assert_eq!(place.run(&["migrate"]).succeeded(), "the database auth.sqlite was made");
    assert_eq!(place.run(&["migrate"]).succeeded(), "the database auth.sqlite is up to date");
    let json = place.run(&["migrate", "--json"]).json();
    let store = "the database auth.sqlite";
    assert_eq!(json, json!({"store": store, "outcome": "up-to-date", "from_version": null, "to_version": null}));
}

#[test]
fn a_store_that_has_vanished_is_not_made_anew_where_that_is_refused() {
    let place = Place::empty();
    let refused = place.run(&["migrate", "--no-create"]);
    assert!(refused.failed().contains("there is no database auth.sqlite"));
    assert!(!place.path("auth.sqlite").exists());
    place.run(&["migrate"]).succeeded();
    place.run(&["migrate", "--no-create"]).succeeded();
}

#[test]
fn nothing_but_migrate_makes_a_store() {
    let place = Place::empty();
    for arguments in [&["token", "list"][..], &["token", "issue", "--subject", "ada"], &["secret", "create", "partner"]]
    {
        let ran = place.run(arguments);
        assert!(ran.failed().contains("make it with `countersign migrate`"), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
    assert!(!place.path("auth.sqlite").exists());
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let place = Place::empty();
    for contents in ["", "no database"] {
        std::fs::write(place.path("auth.sqlite"), contents).unwrap();
        place.run(&["migrate"]).failed();
        place.run(&["token", "list"]).failed();
        assert_eq!(std::fs::read_to_string(place.path("auth.sqlite")).unwrap(), contents);
    }
}

#[test]
fn a_store_must_be_named_and_known() {
    let place = Place::empty();
    let without = Ran::of(place.command(PROGRAM).args(["token", "list"]).env_remove("COUNTERSIGN_STORE"));
    assert!(without.misused().contains("no store is named: give --store sqlite:FILE, or set COUNTERSIGN_STORE"));
    let mut empty = place.command(PROGRAM);
    empty.args(["token", "list"]).env("COUNTERSIGN_STORE", "").env("COUNTERSIGN_INSECURE_REDIS", "");
    assert!(Ran::of(&mut empty).misused().contains("no store is named"), "empty is not set");
    let unknown = place.run(&["token", "list", "--store", "mysql://ada:hunter2@db/auth"]);
    assert!(unknown.misused().contains("sqlite:FILE, postgres://") && !unknown.stderr.contains("hunter2"));
    let prefix = place.run(&["token", "list", "--store-prefix", "acme_"]);
    assert!(prefix.misused().contains("takes no --store-prefix"));
    for flag in ["--nonces-only", "--insecure-end-nonce-guard"] {
        assert!(place.run(&["migrate", flag]).misused().contains("only a Redis takes"));
    }
    place.run(&["migrate", "--store", "sqlite:///nowhere/at/all.sqlite"]).failed();
}

#[test]
fn a_server_that_is_not_there_is_an_error_without_the_password() {
    let place = Place::empty();
    // Nobody listens on port 1.
    for store in ["postgres://ada:hunter2@127.0.0.1:1/auth", "redis://:hunter2@127.0.0.1:1/0"] {
        for arguments in [&["token", "list"][..], &["migrate"]] {
            let ran = Ran::of(place.command(PROGRAM).args(arguments).env("COUNTERSIGN_STORE", store));
            assert!(ran.failed().contains("127.0.0.1:1") && !ran.stderr.contains("hunter2"), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn tables_of_an_older_version_are_left_to_migrate() {
    let place = Place::empty();
    let options = SqliteConnectOptions::new().filename(place.path("auth.sqlite")).create_if_missing(true);
    let mut connection = options.pragma("application_id", 0x6373_676e.to_string()).connect().await.unwrap();
    let initial = include_str!("../../../countersign-sqlx/migrations/sqlite/0001_initial.sql").into_sql_str();
    let initial = Migration::new(1, "initial".into(), MigrationType::Simple, initial, false);
    Migrator::with_migrations(vec![initial]).run(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let refused = place.run(&["token", "list"]);
    assert!(refused.failed().contains("bring it up to date with the command `migrate`"), "{refused:?}");
    let migrated = place.run(&["migrate", "--no-create", "--json"]).json();
    assert_eq!((&migrated["outcome"], &migrated["from_version"]), (&json!("upgraded"), &json!(1)));
    place.run(&["token", "list"]).succeeded();
    assert_eq!(place.run(&["migrate"]).succeeded(), "the database auth.sqlite is up to date");
}
