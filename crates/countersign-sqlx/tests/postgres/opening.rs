//! What is connected to, what is made, and what is refused and left as it was.

use std::error::Error as _;

use countersign_core::{PresentedToken, TokenAdmin, TokenInfo, TokenStore};
use countersign_sqlx::SchemaChange;
use countersign_sqlx::postgres::{OpenError, OpenErrorKind, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, query_scalar};

use crate::tables::Tables;

pub(crate) async fn tables_that_are_not_there_are_refused(tables: &Tables) {
    let error = tables.options().connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Missing);
    assert!(error.to_string().contains("`migrate`"), "{error}");
    assert_eq!(names(tables).await, [] as [String; 0], "nothing was made");
}

pub(crate) async fn migrating_says_what_it_did(tables: &Tables) {
    assert_eq!(tables.options().migrate().await.unwrap(), SchemaChange { from: 0, to: 2 });
    assert_eq!(tables.options().migrate().await.unwrap(), SchemaChange { from: 2, to: 2 });
    tables.options().connect().await.unwrap().close().await;
    let names = names(tables).await;
    assert!(names.len() > 20 && names.iter().all(|name| name.starts_with(&tables.prefix)), "{names:?}");
}

pub(crate) async fn of_many_that_migrate_at_once_one_does_it_and_all_connect(tables: &Tables) {
    let migrating = (0..8).map(|_| {
        let options = tables.options();
        tokio::spawn(async move { options.connect_or_migrate().await })
    });
    for store in migrating.collect::<Vec<_>>() {
        store.await.unwrap().unwrap().close().await;
    }
}

pub(crate) async fn tables_of_another_program_are_refused(tables: &Tables) {
    for foreign in ["#token", "#nonce_count", "#schema"] {
        let made = format!("CREATE TABLE {foreign} (something text); INSERT INTO {foreign} VALUES ('of theirs')");
        tables.execute(&made).await.unwrap();
        let error = is_refused(tables, OpenErrorKind::Foreign).await;
        assert!(error.to_string().contains("another table prefix"), "{error}");
        let left = query_scalar::<_, String>(AssertSqlSafe(
            format!("SELECT something FROM {foreign}").replace('#', &tables.prefix),
        ));
        assert_eq!(left.fetch_all(&mut tables.connect().await).await.unwrap(), ["of theirs"]);
        tables.execute(&format!("DROP TABLE {foreign}")).await.unwrap();
    }
}

pub(crate) async fn a_newer_schema_is_refused(tables: &Tables) {
    tables.create().await.close().await;
    tables.execute("INSERT INTO #schema (countersign_version) VALUES (999)").await.unwrap();
    let error = is_refused(tables, OpenErrorKind::NewerSchema).await;
    assert!(error.to_string().contains("newer version"), "{error}");
}

pub(crate) async fn an_older_schema_is_refused_until_it_is_migrated(tables: &Tables) {
    let store = tables.create().await;
    let token = PresentedToken::new("tk_secret");
    store.add_token(token.digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    store.close().await;
    // As the first version made them.
    let older = "DELETE FROM #schema WHERE countersign_version > 1; DROP TABLE #oauth_application, #oauth_consent, #oauth_grant, \
        #oauth_granted_token, #oauth_refresh_token";
    tables.execute(older).await.unwrap();
    let error = tables.options().connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::OlderSchema);
    assert!(error.to_string().contains("`migrate`"), "{error}");
    assert_eq!(tables.options().migrate().await.unwrap(), SchemaChange { from: 1, to: 2 });
    let store = tables.options().connect().await.unwrap();
    assert_eq!(store.token(&token).await.unwrap().unwrap().subject(), "ada");
    store.close().await;
}

pub(crate) async fn tables_of_which_something_has_vanished_are_refused(tables: &Tables) {
    for sql in [
        "DELETE FROM #schema",
        "DROP TABLE #secret",
        "DROP TABLE #nonce_count",
        "ALTER TABLE #token DROP COLUMN revoked_at",
        "ALTER TABLE #token DROP CONSTRAINT #token_id",
        "ALTER TABLE #nonce DROP CONSTRAINT #nonce_pkey",
        "DROP INDEX #token_by_expiry",
        "DELETE FROM #nonce_state",
        "DROP FUNCTION #claim",
        "DROP TABLE #oauth_granted_token",
        "DROP INDEX #oauth_grant_by_expiry",
    ] {
        tables.create().await.close().await;
        tables.execute(sql).await.unwrap();
        is_refused(tables, OpenErrorKind::Damaged).await;
        tables.execute("DROP SCHEMA #schema CASCADE; CREATE SCHEMA #schema").await.unwrap();
    }
}

pub(crate) async fn a_prefix_that_is_none_is_refused(tables: &Tables) {
    for prefix in ["", "Upper", "a-b", "a\"; DROP TABLE users; --", &"long".repeat(10)] {
        let error = tables.options().with_table_prefix(prefix).connect_or_migrate().await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::InvalidPrefix, "{prefix:?}");
    }
    assert_eq!(names(tables).await, [] as [String; 0], "nothing was made");
}

pub(crate) async fn a_server_that_cannot_be_reached_says_why(_tables: &Tables) {
    let error = PostgresOptions::new("postgres://ada:canary@127.0.0.1:1/nowhere").connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Unavailable);
    assert_eq!(
        error.to_string().split(" cannot").next(),
        Some("the tables countersign_* of the database nowhere at 127.0.0.1:1")
    );
    assert!(error.source().unwrap().to_string().contains("refused"), "{:?}", error.source());
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

pub(crate) async fn a_url_that_is_none_is_refused(_tables: &Tables) {
    for url in ["", "postgres", "postgres://ada:canary@host:port/x", "postgres://h/d?sslmode=canary"] {
        let error = PostgresOptions::new(url).connect().await.unwrap_err();
        assert_eq!(error.kind(), OpenErrorKind::InvalidUrl, "{url:?}: {error:?}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}

pub(crate) async fn a_connection_that_may_only_read_is_refused(tables: &Tables) {
    let url = tables.url_with("&options[default_transaction_read_only]=on");
    let options = PostgresOptions::new(url).with_table_prefix(&tables.prefix);
    assert_eq!(options.migrate().await.unwrap_err().kind(), OpenErrorKind::ReadOnly);
    tables.create().await.close().await;
    let error = options.connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::ReadOnly);
    assert!(error.to_string().contains("primary"), "{error}");
}

pub(crate) async fn prefixes_are_apart(tables: &Tables) {
    let (one, other) = (tables.options().with_table_prefix("one_"), tables.options().with_table_prefix("other_"));
    let (one, other) = (one.connect_or_migrate().await.unwrap(), other.connect_or_migrate().await.unwrap());
    let token = PresentedToken::new("tk_secret");
    one.add_token(token.digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    assert!(one.token(&token).await.unwrap().is_some());
    assert!(other.token(&token).await.unwrap().is_none());
    one.close().await;
    other.close().await;
}

pub(crate) async fn the_longest_prefix_is_not_too_long(tables: &Tables) {
    tables.options().with_table_prefix("p".repeat(32)).connect_or_migrate().await.unwrap().close().await;
}

pub(crate) async fn a_schema_of_any_name_holds_the_tables(tables: &Tables) {
    // Names with a quote cannot be handed over in a URL: the role has them as its default.
    let role = format!("{}role", tables.prefix);
    let schema = format!("{} \"odd\" @#' é", tables.prefix);
    let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
    let make = format!(
        "CREATE SCHEMA {quoted}; CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET search_path = {quoted}, public"
    );
    // Not `execute`, which replaces signs.
    let mut connection = tables.connect().await;
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
    let sign = if tables.url.contains('?') { '&' } else { '?' };
    let options = PostgresOptions::new(format!("{}{sign}user={role}", tables.url)).with_table_prefix(&tables.prefix);
    let opened = options.connect_or_migrate().await;
    let again = options.connect().await;
    let drop = format!("DROP SCHEMA {quoted} CASCADE; DROP ROLE {role}");
    let held = query_scalar::<_, i64>("SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename LIKE $2");
    let held = held.bind(&schema).bind(format!("{}%", tables.prefix)).fetch_one(&mut connection).await.unwrap();
    let token = PresentedToken::new("tk_secret");
    let store = opened.unwrap();
    let added = store.add_token(token.digest(), &TokenInfo::new("ada").with_id("id-1")).await;
    store.close().await;
    again.unwrap().close().await;
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    added.unwrap();
    assert_eq!(held, 11);
}

/// All three ways refuse the tables for this reason.
async fn is_refused(tables: &Tables, kind: OpenErrorKind) -> OpenError {
    let before = names(tables).await;
    let options = tables.options();
    let error = options.connect().await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}: {:?}", error.source());
    for other in [options.connect_or_migrate().await.map(drop), options.migrate().await.map(drop)] {
        let other = other.unwrap_err();
        assert_eq!(other.kind(), kind, "{other}: {:?}", other.source());
    }
    assert_eq!(names(tables).await, before, "something was made");
    error
}

/// All tables, indexes, sequences and functions in the schema.
async fn names(tables: &Tables) -> Vec<String> {
    let names = query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'pg_toast%' \
         UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY 1",
    );
    let mut connection = tables.connect().await;
    let names = names.fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    names
}
