//! Nothing waits for ever, and the store recovers by itself.

use std::error::Error as _;

use countersign_core::{PresentedToken, TokenAdmin, TokenInfo, TokenStore};
use countersign_sqlx::PostgresStore;
use sqlx::{AssertSqlSafe, Connection, query_scalar, raw_sql};

use crate::tables::Tables;

/// On a runtime of its own, whose clock can be stopped: it runs on by itself as soon as everybody waits.
pub(crate) async fn waiting_for_a_connection_and_for_an_answer_ends_in_an_error(tables: &Tables) {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(wait(tables));
        });
        waiting.join().unwrap();
    });
}

async fn wait(tables: &Tables) {
    tables.options().migrate().await.unwrap();
    let store = tables.options().with_max_connections(1).connect().await.unwrap();
    add(&store).await;
    let mut locked = tables.connect().await;
    let lock = format!("BEGIN; LOCK TABLE {}token", tables.prefix);
    raw_sql(AssertSqlSafe(lock)).execute(&mut locked).await.unwrap();

    let look = |store: PostgresStore| tokio::spawn(async move { store.token(&PresentedToken::new("tk")).await });
    let first = look(store.clone());
    let waits = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}token %'",
        tables.prefix
    );
    while query_scalar::<_, i64>(AssertSqlSafe(waits.clone())).fetch_one(&mut locked).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    let second = look(store.clone());
    let error = second.await.unwrap().unwrap_err();
    assert!(matches!(error.source().unwrap().downcast_ref(), Some(sqlx::Error::PoolTimedOut)), "{error:?}");
    let error = first.await.unwrap().unwrap_err();
    assert!(error.source().unwrap().to_string().contains("did not answer"), "{error:?}");
    tokio::time::resume();

    // The connection on which nobody answered was not given to anybody else.
    raw_sql("ROLLBACK").execute(&mut locked).await.unwrap();
    assert!(store.token(&PresentedToken::new("tk")).await.unwrap().is_some());
    locked.close().await.unwrap();
    store.close().await;
}

pub(crate) async fn connections_that_the_server_closed_are_replaced(tables: &Tables) {
    let store = tables.create().await;
    add(&store).await;
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND application_name = '{}'",
        tables.prefix
    );
    let mut connection = tables.connect().await;
    let ended: i64 = query_scalar(AssertSqlSafe(end)).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert!(ended > 0);
    // Each may fail once; no more often than there were connections.
    let mut failures = 0;
    while store.token(&PresentedToken::new("tk")).await.is_err() {
        failures += 1;
        assert!(failures <= ended, "the store does not recover");
    }
    store.close().await;
}

async fn add(store: &PostgresStore) {
    store.add_token(PresentedToken::new("tk").digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
}
