//! A set of tables for one test, in the database that `COUNTERSIGN_TEST_POSTGRES` names.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_sqlx::PostgresStore;
use countersign_sqlx::postgres::PostgresOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};

/// What the variable is called that names the database, `postgres://root@127.0.0.1:5432/test` say. The role makes schemas.
pub(crate) const VARIABLE: &str = "COUNTERSIGN_TEST_POSTGRES";

/// Tables with a prefix of their own in a schema of their own, which is dropped in the end with all that is in it.
pub(crate) struct Tables {
    /// Without the schema.
    pub(crate) url: String,
    pub(crate) prefix: String,
}

impl Tables {
    /// A schema that no other test has. There are no tables in it yet.
    pub(crate) async fn new(url: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let tables = Self { url: url.to_owned(), prefix: format!("t{}_{count}_", process::id()) };
        // What a test of the same process id left behind goes first.
        tables.execute("DROP SCHEMA IF EXISTS #schema CASCADE; CREATE SCHEMA #schema").await.expect("made");
        tables
    }

    /// The database and the schema, with this added to the parameters. Connections have the prefix for a name.
    pub(crate) fn url_with(&self, parameters: &str) -> String {
        let sign = if self.url.contains('?') { '&' } else { '?' };
        let (url, prefix) = (&self.url, &self.prefix);
        format!("{url}{sign}application_name={prefix}&options[search_path]={prefix}schema{parameters}")
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new(self.url_with("")).with_table_prefix(&self.prefix)
    }

    /// A store over tables that were just made.
    pub(crate) async fn create(&self) -> PostgresStore {
        self.options().migrate().await.expect("the tables are made");
        self.options().connect().await.expect("the tables are found")
    }

    /// A connection that has nothing to do with the store.
    pub(crate) async fn connect(&self) -> PgConnection {
        let options: PgConnectOptions = self.url_with("").parse().expect("the variable holds a URL");
        options.disable_statement_logging().connect().await.expect("the server is there")
    }

    /// Runs statements in which `#` stands for the prefix.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.connect().await;
        let done = raw_sql(AssertSqlSafe(sql.replace('#', &self.prefix))).execute(&mut connection).await;
        connection.close().await.expect("closed");
        done.map(drop)
    }
}

impl Drop for Tables {
    /// On a thread of its own, since it is the runtime of the test that drops it.
    fn drop(&mut self) {
        let dropped = std::thread::scope(|scope| {
            let dropping = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(self.execute("DROP SCHEMA #schema CASCADE"))
            });
            dropping.join()
        });
        if !std::thread::panicking() {
            dropped.expect("no panic").expect("the schema is dropped");
        }
    }
}
