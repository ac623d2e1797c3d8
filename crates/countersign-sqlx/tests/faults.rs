//! What leaks, what races, and what is left when callers go away.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::{
    Claim, KeyId, Nonce, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin,
    TokenFormat, TokenInfo, TokenStore, issue_token,
};
use countersign_sqlx::SqliteStore;
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn key(name: &str) -> KeyId {
    name.parse().unwrap()
}

fn nonce(name: &str, value: u32) -> Nonce {
    Nonce::new("test", key(name), &value.to_be_bytes())
}

async fn store() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path().join("auth.sqlite")).await.unwrap();
    (store, folder)
}

/// Whether any file of the folder has these bytes in it.
fn is_on_disk(folder: &Path, needle: &[u8]) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

#[tokio::test]
async fn no_file_has_a_raw_token_in_it() {
    let (store, folder) = store().await;
    let format = TokenFormat::new("canary").unwrap();
    let info = TokenInfo::new("the subject").with_note("the note");
    let issued = issue_token(&store, &format, info, at(0)).await.unwrap();
    assert!(store.token(&issued.token).await.unwrap().is_some());
    store.revoke_token(issued.info.id().unwrap(), at(1), "the reason").await.unwrap();

    let text = issued.token.expose_secret();
    let random = text.strip_prefix("canary_").unwrap();
    for closed in [false, true] {
        if closed {
            store.close().await;
        }
        // What is looked for would be found: the rest of the row is there.
        for canary in ["the subject", "the note", "the reason"] {
            assert!(is_on_disk(folder.path(), canary.as_bytes()), "{canary:?}");
        }
        assert!(is_on_disk(folder.path(), issued.token.digest().as_bytes()));
        assert!(!is_on_disk(folder.path(), random.as_bytes()));
        assert!(!is_on_disk(folder.path(), &random.as_bytes()[..20]));
    }
}

#[tokio::test]
async fn a_retired_secret_is_overwritten() {
    let (store, folder) = store().await;
    let canary = "a canary that is a secret";
    let version = SecretVersion::new(Secret::new(canary).unwrap()).with_label("old");
    store.add_secret(&key("partner"), &version).await.unwrap();
    assert!(is_on_disk(folder.path(), canary.as_bytes()));
    assert!(store.retire_secret(&key("partner"), "old").await.unwrap());
    store.close().await; // moves the log into the database, and removes it
    assert!(!is_on_disk(folder.path(), canary.as_bytes()));
}

#[tokio::test]
async fn a_closed_store_errs_and_keeps_why() {
    let (store, _folder) = store().await;
    store.add_token(PresentedToken::new("tk_secret").digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    store.close().await;
    let error = store.token(&PresentedToken::new("tk_secret")).await.unwrap_err();
    assert!(matches!(error.source().unwrap().downcast_ref(), Some(sqlx::Error::PoolClosed)));
    assert!(store.secrets(&key("partner")).await.is_err());
    assert!(store.claim(&nonce("key", 1), at(0), at(10)).await.is_err());
}

#[tokio::test]
async fn no_error_shows_what_was_stored() {
    let (store, _folder) = store().await;
    let info = TokenInfo::new("canary-subject").with_id("canary-id").with_note("canary-note");
    let token = PresentedToken::new("canary-token");
    store.add_token(token.digest(), &info).await.unwrap();
    let version = SecretVersion::new(Secret::new("canary-secret").unwrap()).with_label("canary-label");
    store.add_secret(&key("canary-key"), &version).await.unwrap();

    let errors = [
        store.add_token(token.digest(), &info).await.unwrap_err(),
        store.add_secret(&key("canary-key"), &version).await.unwrap_err(),
    ];
    for error in errors {
        let source = error.source().unwrap();
        let shown = format!("{error} {error:?} {source} {source:?}");
        assert!(shown.contains("UNIQUE"), "it is said what was wrong: {shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_claims_at_once_one_is_fresh() {
    let (store, folder) = store().await;
    // As many again through another store over the same file, as another process would have it.
    let other = SqliteStore::open(folder.path().join("auth.sqlite")).await.unwrap();
    for round in 0..5 {
        let gate = Arc::new(Barrier::new(1000));
        let mut claims = JoinSet::new();
        for index in 0..1000 {
            let store = if index % 10 == 0 { other.clone() } else { store.clone() };
            let gate = Arc::clone(&gate);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_go_away_leave_a_usable_store() {
    let (store, _folder) = store().await;
    for value in 0..200 {
        let mut claim = tokio::spawn({
            let store = store.clone();
            async move { store.claim(&nonce("key", value), at(0), at(10)).await }
        });
        // Dropped at a different moment each time; which one does not matter for what must hold.
        for _ in 0..value % 40 {
            tokio::task::yield_now().await;
        }
        claim.abort();
        if let Ok(answer) = (&mut claim).await {
            assert_eq!(answer.unwrap(), Claim::Fresh);
            assert_eq!(store.claim(&nonce("key", value), at(0), at(10)).await.unwrap(), Claim::Seen);
        } else {
            assert_ne!(store.claim(&nonce("key", value), at(0), at(10)).await.unwrap(), Claim::Full);
        }
        assert_eq!(store.claim(&nonce("key", value), at(0), at(10)).await.unwrap(), Claim::Seen);
    }
}

#[tokio::test]
async fn one_key_cannot_use_up_the_room_of_all() {
    let (store, _folder) = store().await;
    let store = store.with_nonce_capacity(30);
    for (value, expected) in [(1, Claim::Fresh), (2, Claim::Fresh), (3, Claim::Fresh), (4, Claim::Full)] {
        assert_eq!(store.claim(&nonce("greedy", value), at(0), at(10)).await.unwrap(), expected);
    }
    assert_eq!(store.claim(&nonce("modest", 1), at(0), at(10)).await.unwrap(), Claim::Fresh);
    assert_eq!(store.claim(&nonce("greedy", 1), at(9), at(20)).await.unwrap(), Claim::Seen);
    assert_eq!(store.claim(&nonce("greedy", 4), at(10), at(20)).await.unwrap(), Claim::Fresh);
}

#[tokio::test]
async fn nonces_that_are_over_are_removed_a_few_at_a_time() {
    let (store, folder) = store().await;
    for value in 0..200 {
        assert_eq!(store.claim(&nonce(&format!("key {value}"), 1), at(0), at(10)).await.unwrap(), Claim::Fresh);
    }
    let mut left = vec![count(&folder).await];
    for value in 0..10 {
        assert_eq!(store.claim(&nonce("later", value), at(10), at(20)).await.unwrap(), Claim::Fresh);
        left.push(count(&folder).await);
    }
    assert_eq!(left, [200, 169, 138, 107, 76, 45, 14, 7, 8, 9, 10]);
    // The counts that claims go by are those of the rows.
    let sql = "SELECT (SELECT count FROM nonce_state) = 10 AND (SELECT count(*) FROM nonce_key) = 1 \
               AND (SELECT count FROM nonce_key) = 10";
    assert_eq!(ask(&folder, sql).await, 1);
}

async fn count(folder: &TempDir) -> i64 {
    ask(folder, "SELECT count(*) FROM nonce").await
}

async fn ask(folder: &TempDir, sql: &'static str) -> i64 {
    use sqlx::{ConnectOptions, Connection};

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("auth.sqlite"));
    let mut connection = options.connect().await.unwrap();
    let answer = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    answer
}
