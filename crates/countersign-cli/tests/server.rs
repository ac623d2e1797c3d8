//! The command on PostgreSQL and Redis: one life of a token and of a secret, from making the store to pruning.
//!
//! `COUNTERSIGN_TEST_POSTGRES` and `COUNTERSIGN_TEST_REDIS` name the servers; without one, its tests are shown as ignored.
//! Each test has a schema or a prefix of its own, and leaves nothing behind.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::process::{self, Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

fn main() -> ExitCode {
    let postgres = env::var("COUNTERSIGN_TEST_POSTGRES").ok();
    let redis = env::var("COUNTERSIGN_TEST_REDIS").ok();
    let trials = vec![
        trial("postgres::tokens_and_secrets_live_and_end", postgres, |url| life(&Postgres::new(url))),
        trial("redis::tokens_and_secrets_live_and_end", redis.clone(), |url| life(&Redis::new(url))),
        trial("redis::one_that_may_lose_something_is_taken_only_by_name", redis, |url| guarded(&Redis::new(url))),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, url: Option<String>, test: impl FnOnce(&str) + Send + 'static) -> Trial {
    let ignored = url.is_none();
    let run = move || match url {
        Some(url) => {
            test(&url);
            Ok(())
        }
        // Somebody asked for ignored tests to be run.
        None => Err(Failed::from("there is no server: its environment variable is not set")),
    };
    Trial::test(name, run).with_ignored_flag(ignored)
}

/// A place on a server that is this test's alone.
trait Server {
    fn store(&self) -> String;

    fn prefix(&self) -> &str;

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(arguments).env("COUNTERSIGN_STORE", self.store()).env("COUNTERSIGN_STORE_PREFIX", self.prefix());
        command.env("COUNTERSIGN_INSECURE_REDIS", "volatile").env_remove("COUNTERSIGN_TOKEN_PREFIX");
        command
    }

    /// Exit status, stdout and stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn done(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
        stdout
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(&[arguments, &["--json"]].concat())).unwrap()
    }
}

fn life(server: &impl Server) {
    assert!(server.done(&["migrate"]).ends_with("was made"));
    assert!(server.done(&["migrate", "--no-create"]).ends_with("is up to date"));
    assert!(server.done(&["migrate"]).ends_with("is up to date"));

    let issued = server.json(&["token", "issue", "--subject", "ada", "--scope", "x", "--expires-in", "90d"]);
    let (token, id) = (issued["token"].as_str().unwrap(), issued["id"].as_str().unwrap());
    let mut shown = server.json(&["token", "show", id]);
    shown["token"] = token.into();
    assert_eq!(shown, issued, "what is shown at first is what is kept");
    assert_eq!(server.done(&["token", "list", "--subject", "ada", "--quiet"]), id);
    let rotated = server.json(&["token", "rotate", id, "--grace", "0s"]);
    assert_eq!(server.json(&["token", "show", id])["state"], "expired");
    let (code, _, stderr) = server.run(&["token", "revoke", rotated["id"].as_str().unwrap(), "nothing"]);
    assert_eq!(
        (code, &*stderr),
        (1, "error: there is no token nothing; `countersign token list` shows those there are")
    );
    assert_eq!(server.done(&["token", "revoke", "--all-of-subject", "ada", "--yes"]), "revoked 1 token");
    assert_eq!(server.done(&["token", "list", "--state", "active", "--quiet"]), "");
    let pruned = server.json(&["token", "prune", "--older-than", "0s", "--yes"]);
    assert_eq!(pruned["pruned"], 2);
    assert_eq!(server.done(&["token", "list", "--quiet"]), "");

    server.done(&["secret", "create", "partner", "--label", "old"]);
    server.done(&["secret", "add", "partner", "--label", "new", "--not-after", "2100-01-01"]);
    server.done(&["secret", "retire", "partner", "old"]);
    let listed = server.json(&["secret", "list"]);
    assert_eq!(listed[0]["versions"][0]["not_after"], "2100-01-01T00:00:00Z");
    assert_eq!(listed[0]["versions"][0]["last_matched"], Value::Null);
    server.done(&["secret", "rotate", "partner", "--label", "newer", "--overlap", "30d"]);
    let rotated = server.json(&["secret", "list", "partner"]);
    assert!(rotated[0]["versions"][1]["not_after"].as_str().unwrap() < "2100", "{rotated}");
    let (code, _, stderr) = server.run(&["secret", "drain", "partner", "--give-up-after", "0s"]);
    assert!(code == 1 && stderr.contains("nothing was retired"), "{stderr}");
    server.done(&["secret", "retire", "partner", "newer"]);
    assert_eq!(server.run(&["secret", "retire", "partner", "new"]).0, 1);
}

/// The server of the tests need not write an append-only file; one that does is no test of this.
fn guarded(server: &Redis) {
    let mut command = server.command(&["migrate"]);
    let output = command.env_remove("COUNTERSIGN_INSECURE_REDIS").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if server.keeps_a_file() {
        assert!(output.status.success(), "{stderr}");
    } else {
        assert!(!output.status.success() && stderr.contains("--insecure-redis volatile"), "{stderr}");
    }
    let mut command = server.command(&["migrate", "--nonces-only"]);
    let output = command.env_remove("COUNTERSIGN_INSECURE_REDIS").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.done(&["migrate", "--insecure-end-nonce-guard"]).ends_with("is up to date"));
}

struct Postgres {
    url: String,
    schema: String,
}

impl Postgres {
    fn new(url: &str) -> Self {
        let schema = format!("countersign_cli_{}", process::id());
        let place = Self { url: url.to_owned(), schema };
        place.sql(&format!("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}", place.schema));
        place
    }

    fn sql(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }
}

impl Server for Postgres {
    fn store(&self) -> String {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{separator}options[search_path]={}", self.url, self.schema)
    }

    fn prefix(&self) -> &str {
        "of_a_test_"
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.sql(&format!("DROP SCHEMA {} CASCADE", self.schema));
    }
}

struct Redis {
    url: String,
    prefix: String,
}

impl Redis {
    fn new(url: &str) -> Self {
        let place = Self { url: url.to_owned(), prefix: format!("countersign-cli-{}", process::id()) };
        place.delete();
        place
    }

    fn connection(&self) -> redis::Connection {
        redis::Client::open(&*self.url).unwrap().get_connection().unwrap()
    }

    fn keeps_a_file(&self) -> bool {
        let info: String = redis::cmd("INFO").arg("persistence").query(&mut self.connection()).unwrap();
        info.contains("aof_enabled:1")
    }

    fn delete(&self) {
        let mut connection = self.connection();
        let keys: Vec<Vec<u8>> =
            redis::cmd("KEYS").arg(format!("{{{}}}:*", self.prefix)).query(&mut connection).unwrap();
        for key in keys {
            redis::cmd("DEL").arg(key).exec(&mut connection).unwrap();
        }
    }
}

impl Server for Redis {
    fn store(&self) -> String {
        self.url.clone()
    }

    fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.delete();
    }
}
