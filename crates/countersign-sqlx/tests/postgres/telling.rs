//! How word of a change travels, and how its way ends.

use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign_core::{
    Invalidation, InvalidationSink, Invalidations, Link, PresentedToken, StoreError, TokenAdmin, TokenInfo,
};
use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::PostgresOptions;
use sqlx::{AssertSqlSafe, Connection, query, raw_sql};
use tokio::task::JoinHandle;

use crate::tables::Tables;

pub(crate) async fn what_cannot_be_read_means_everything(tables: &Tables) {
    let store = tables.create().await;
    let (ear, delivery) = listen(&store).await;
    for payload in ["", "of another version", "t00", "k"] {
        ear.0.lock().unwrap().clear();
        let notify = format!("NOTIFY {}changes, '{payload}'", tables.prefix);
        let mut connection = tables.connect().await;
        raw_sql(AssertSqlSafe(notify)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        ear.hears("Told(Everything)").await;
    }
    delivery.abort();
    store.close().await;
}

pub(crate) async fn a_lost_connection_ends_the_delivery_and_is_not_made_again(tables: &Tables) {
    let store = tables.create().await;
    let (ear, delivery) = listen(&store).await;
    let listeners = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND query LIKE 'UNLISTEN \"{}echo_%'",
        tables.prefix
    );
    let mut connection = tables.connect().await;
    let ended = query(AssertSqlSafe(listeners)).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(ended.len(), 1, "one connection listens");
    let error = delivery.await.unwrap();
    assert!(error.source().is_some());
    assert_eq!(ear.count("Connected"), 1);
    // The store itself goes on, and whoever wants to hear begins anew.
    let (again, delivery) = listen(&store).await;
    store.add_token(PresentedToken::new("tk").digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    assert!(again.count("Told") >= 1);
    delivery.abort();
    store.close().await;
}

/// As behind a pooler that gives `LISTEN` to one connection of the server and `NOTIFY` to another.
pub(crate) async fn notifications_that_do_not_arrive_are_found_out(tables: &Tables) {
    tables.create().await.close().await;
    let swallow = "CREATE FUNCTION #schema.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''";
    tables.execute(swallow).await.unwrap();
    let url = tables.url_with(",pg_catalog");
    let store = PostgresOptions::new(url).with_table_prefix(&tables.prefix).connect().await.unwrap();
    let ear = Arc::new(Ear::default());
    let error = store.deliver(ear.clone()).await;
    assert!(error.source().unwrap().to_string().contains("LISTEN needs a session of its own"), "{error:?}");
    assert_eq!(ear.count(""), 0, "it was never connected");
    store.close().await;
}

pub(crate) async fn pruning_many_tells_everything(tables: &Tables) {
    let store = tables.create().await;
    let fill = "INSERT INTO #token (digest, id, subject, scope, expires_at) \
        SELECT sha256(number::text::bytea), number::text::bytea, 'ada', '', 5 FROM generate_series(1, 11000) AS number";
    tables.execute(fill).await.unwrap();
    let (ear, delivery) = listen(&store).await;
    assert_eq!(store.prune_tokens(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).await.unwrap(), 11_000);
    assert!(ear.count("Told(Everything)") >= 1);
    // The rest, fewer than can be told one by one, would have been: there were 1,000 of them.
    assert!(ear.count("Told(Token") >= 1000);
    delivery.abort();
    store.close().await;
}

async fn listen(store: &PostgresStore) -> (Arc<Ear>, JoinHandle<StoreError>) {
    let ear = Arc::new(Ear::default());
    let (store, sink) = (store.clone(), ear.clone());
    let delivery = tokio::spawn(async move { store.deliver(sink).await });
    ear.hears("Connected(Remote)").await;
    (ear, delivery)
}

/// Writes down what it hears.
#[derive(Default)]
struct Ear(Mutex<Vec<String>>);

impl Ear {
    fn count(&self, what: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|heard| heard.starts_with(what)).count()
    }

    async fn hears(&self, what: &str) {
        let heard = async {
            while self.count(what) == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), heard).await.expect("it is heard");
    }
}

impl InvalidationSink for Ear {
    fn connected(&self, link: Link) {
        self.0.lock().unwrap().push(format!("Connected({link:?})"));
    }

    fn invalidate(&self, what: &Invalidation) {
        self.0.lock().unwrap().push(format!("Told({what:?})"));
    }

    fn heartbeat(&self) {}
}
