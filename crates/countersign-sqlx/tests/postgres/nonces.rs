//! Nonces under load, at their limits, and with clocks that differ.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::{Claim, KeyId, Nonce, NonceStore};
use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::PostgresOptions;
use sqlx::{AssertSqlSafe, Connection, query_scalar, raw_sql};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::tables::Tables;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn nonce(key: &str, value: u32) -> Nonce {
    Nonce::new("test", key.parse::<KeyId>().unwrap(), &value.to_be_bytes())
}

async fn claim(store: &PostgresStore, nonce: &Nonce, now: u64, end: u64) -> Claim {
    store.claim(nonce, at(now), at(end)).await.unwrap()
}

pub(crate) async fn of_a_thousand_claims_at_once_one_is_fresh(tables: &Tables) {
    let store = tables.create().await;
    // As many again through another store over the same tables, as another process would have it.
    let other = tables.options().connect().await.unwrap();
    for round in 0..5 {
        let gate = Arc::new(Barrier::new(1000));
        let mut claims = JoinSet::new();
        for index in 0..1000 {
            let (store, gate) = (if index % 2 == 0 { other.clone() } else { store.clone() }, Arc::clone(&gate));
            claims.spawn(async move {
                gate.wait().await;
                store.claim(&nonce("key", round), at(0), at(10)).await
            });
        }
        let answers: Result<Vec<_>, _> = claims.join_all().await.into_iter().collect();
        let fresh = answers.unwrap().into_iter().filter(|answer| *answer == Claim::Fresh).count();
        assert_eq!(fresh, 1, "in round {round}");
    }
    store.close().await;
    other.close().await;
}

pub(crate) async fn one_key_cannot_use_up_the_room_of_all(tables: &Tables) {
    let store = tables.create().await.with_nonce_capacity(30);
    for (value, expected) in [(1, Claim::Fresh), (2, Claim::Fresh), (3, Claim::Fresh), (4, Claim::Full)] {
        assert_eq!(claim(&store, &nonce("greedy", value), 0, 10).await, expected);
    }
    assert_eq!(claim(&store, &nonce("modest", 1), 0, 10).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("greedy", 1), 9, 20).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("greedy", 4), 10, 20).await, Claim::Fresh);
    store.close().await;
}

pub(crate) async fn all_slots_are_used_before_a_key_is_full(tables: &Tables) {
    // 192 for a key, in three slots.
    let store = tables.create().await.with_nonce_capacity(1920);
    for value in 0..192 {
        assert_eq!(claim(&store, &nonce("key", value), 0, 10).await, Claim::Fresh, "no. {value}");
    }
    assert_eq!(claim(&store, &nonce("key", 192), 0, 10).await, Claim::Full);
    assert_eq!(claim(&store, &nonce("key", 0), 0, 10).await, Claim::Seen);
    let full = "SELECT (SELECT array_agg(live ORDER BY slot) FROM #nonce_count WHERE key_id = 'key') = '{64,64,64}'";
    assert!(ask(tables, full).await);
    store.close().await;
}

pub(crate) async fn counts_are_those_of_the_rows_after_much_coming_and_going(tables: &Tables) {
    let one = tables.create().await.with_nonce_capacity(200);
    let other = tables.options().connect().await.unwrap().with_nonce_capacity(2000);
    let mut tasks = JoinSet::new();
    for task in 0..16 {
        let store = if task % 2 == 0 { one.clone() } else { other.clone() };
        tasks.spawn(async move {
            let mut answers = [0; 3];
            for step in 0..100 {
                let (key, now) = (format!("key {}", (task + step) % 5), u64::from(step / 4));
                // Some of the values are claimed by several tasks, and again when they are over.
                let nonce = nonce(&key, task / 4 * 1000 + step % 20);
                let answer = store.claim(&nonce, at(now), at(now + 2 + u64::from(step % 3))).await.unwrap();
                answers[answer as usize] += 1;
            }
            answers
        });
    }
    let answers = tasks.join_all().await.into_iter().reduce(|a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]).unwrap();
    assert!(answers.iter().all(|count| *count > 0), "fresh, full, seen: {answers:?}");
    one.close().await;
    other.close().await;
    let same = "SELECT NOT EXISTS (SELECT FROM \
        (SELECT key_id, slot, count(*) AS live FROM #nonce GROUP BY key_id, slot \
         UNION ALL SELECT '', slot, count(*) FROM #nonce GROUP BY slot) AS rows \
        FULL JOIN (SELECT * FROM #nonce_count WHERE live > 0) AS counts USING (key_id, slot) \
        WHERE rows.live IS DISTINCT FROM counts.live)";
    assert!(ask(tables, same).await);
}

/// While a claim is under way, another process spends the same nonce and, its clock being ahead, forgets it: the claim finds
/// nothing in its way, and must go by that clock.
pub(crate) async fn a_clock_that_is_behind_revives_nothing_that_was_just_forgotten(tables: &Tables) {
    let store = tables.create().await;
    let mut ahead = tables.connect().await;
    let execute = |sql: &str| raw_sql(AssertSqlSafe(sql.replace('#', &tables.prefix)));
    // Whoever claims has read the newest time before it needs this table.
    execute("BEGIN; LOCK TABLE #nonce_count").execute(&mut ahead).await.unwrap();
    let claiming = tokio::spawn({
        let store = store.clone();
        async move { claim(&store, &nonce("key", 1), 5, 50).await }
    });
    let waits = format!(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}claim(%')",
        tables.prefix
    );
    while !ask(tables, &waits).await {
        tokio::task::yield_now().await;
    }
    let hex: String = nonce("key", 1).fingerprint().iter().map(|byte| format!("{byte:02x}")).collect();
    let spent = format!("SELECT #claim('\\x{hex}', 'key', 1700000005000000, 1700000050000000, 0::smallint, 9, 9)");
    let spent = query_scalar::<_, i16>(AssertSqlSafe(spent.replace('#', &tables.prefix)));
    assert_eq!(spent.fetch_one(&mut ahead).await.unwrap(), 0, "it is fresh");
    execute("SELECT #forget('\\x', '', 1700000100000000, 100, TRUE)").execute(&mut ahead).await.unwrap();
    execute("COMMIT").execute(&mut ahead).await.unwrap();
    ahead.close().await.unwrap();
    assert_eq!(claiming.await.unwrap(), Claim::Seen);
    assert_eq!(claim(&store, &nonce("key", 1), 5, 50).await, Claim::Seen);
    assert_eq!(claim(&store, &nonce("key", 1), 100, 110).await, Claim::Fresh);
    store.close().await;
}

pub(crate) async fn another_isolation_level_is_put_right_or_refused(tables: &Tables) {
    tables.create().await.close().await;
    let url = tables.url_with("&options[default_transaction_isolation]=serializable");
    let store = PostgresOptions::new(url).with_table_prefix(&tables.prefix).connect().await.unwrap();
    assert_eq!(claim(&store, &nonce("key", 1), 0, 10).await, Claim::Fresh);
    assert_eq!(claim(&store, &nonce("key", 1), 0, 10).await, Claim::Seen);
    store.close().await;
    for function in ["#claim('\\x', '', 0, 1, 0::smallint, 1, 1)", "#forget('\\x', '', 0, 1, TRUE)"] {
        let sql = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT {function}");
        let error = tables.execute(&sql).await.unwrap_err();
        assert!(error.to_string().contains("read committed only"), "{error}");
    }
}

pub(crate) async fn nonces_that_are_over_are_forgotten_beside_the_requests(tables: &Tables) {
    let store = tables.create().await;
    for value in 0..40 {
        assert_eq!(claim(&store, &nonce("old", value), 0, 10).await, Claim::Fresh);
    }
    let gone = "SELECT NOT EXISTS (SELECT FROM #nonce WHERE key_id = 'old')";
    let mut value = 0;
    while !ask(tables, gone).await {
        assert_eq!(claim(&store, &nonce("new", value), 20, 30).await, Claim::Fresh);
        value += 1;
        assert!(value < 1000, "they are still there");
    }
    store.close().await;
}

async fn ask(tables: &Tables, sql: &str) -> bool {
    let mut connection = tables.connect().await;
    let answer = query_scalar(AssertSqlSafe(sql.replace('#', &tables.prefix))).fetch_one(&mut connection).await;
    connection.close().await.unwrap();
    answer.unwrap()
}
