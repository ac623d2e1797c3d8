//! Acknowledged means durable: what was answered is there after `kill -9`.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_core::{
    Claim, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenInfo,
    TokenStore,
};
use countersign_redis::RedisStore;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::redis_server::{RedisServer, all_of, at, key, nonce, until, until_answered};

crate::tests! {
    what_was_acknowledged_survives_a_crash
    what_was_acknowledged_survives_a_crash_while_the_disk_is_slow
    on_a_slow_disk_redis_alone_loses_what_it_acknowledged
    a_change_that_has_to_be_on_replicas_is_an_error_without_them
    a_change_that_has_to_be_on_the_disk_waits_for_it_or_is_an_error
}

/// What a store acknowledged.
#[derive(Default)]
struct Acknowledged {
    issued: Vec<u64>,
    revoked: Vec<u64>,
    secrets: Vec<u64>,
    spent: Vec<u64>,
}

fn token(value: u64) -> PresentedToken {
    PresentedToken::new(&format!("tk_{value}"))
}

/// Issues, revokes and claims until told to stop, and says what was acknowledged; `spent` counts nonces while it works.
async fn work(store: RedisStore, worker: u64, stop: Arc<AtomicBool>, spent: watch::Sender<u64>) -> Acknowledged {
    let mut done = Acknowledged::default();
    for step in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let value = worker * 1_000_000 + step;
        let id = format!("id-{value}");
        if store.add_token(token(value).digest(), &TokenInfo::new("ada").with_id(&*id)).await.is_ok() {
            done.issued.push(value);
            if step % 2 == 0 && store.revoke_token(&id, at(1), "lost").await.is_ok_and(|revoked| revoked) {
                done.revoked.push(value);
            }
        }
        if step % 8 == 0 {
            let version = SecretVersion::new(Secret::new(value.to_string()).unwrap());
            if store.add_secret(&key(&id), &version).await.is_ok() {
                done.secrets.push(value);
            }
        }
        if store.claim(&nonce(value), at(0), at(1000)).await.is_ok_and(|claim| claim == Claim::Fresh) {
            done.spent.push(value);
            spent.send_modify(|spent| *spent += 1);
        }
    }
    done
}

/// Kills Redis while it works, when `now` says so, and sees that everything is there that was acknowledged.
async fn nothing_is_lost(mut server: RedisServer, rounds: u64, now: impl Fn(&RedisServer) -> bool) {
    let store = server.create().await;
    let mut acknowledged = 0;
    for round in 0..rounds {
        let stop = Arc::new(AtomicBool::new(false));
        let (spent, mut count) = watch::channel(0);
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            workers.spawn(work(store.clone(), round * 10 + worker, stop.clone(), spent.clone()));
        }
        count.wait_for(|count| *count >= 50).await.unwrap();
        until("it is time to kill it", || now(&server)).await;
        server.kill();
        stop.store(true, Ordering::Relaxed);
        let done = workers.join_all().await;
        server.start_again();
        for Acknowledged { issued, revoked, secrets, spent } in done {
            acknowledged += issued.len() + revoked.len() + secrets.len() + spent.len();
            for value in issued {
                let (store, token) = (&store, token(value));
                assert!(until_answered(|| store.token(&token)).await.is_some(), "token {value} is lost");
            }
            for value in revoked {
                let (store, token) = (&store, token(value));
                let found = until_answered(|| store.token(&token)).await.unwrap();
                assert!(found.revoked_at().is_some(), "the revocation of {value} is lost");
            }
            for value in secrets {
                let (store, key) = (&store, key(&format!("id-{value}")));
                assert!(!until_answered(|| store.secrets(&key)).await.is_empty(), "secret {value} is lost");
            }
            for value in spent {
                let (store, nonce) = (&store, nonce(value));
                let claim = until_answered(|| store.claim(&nonce, at(0), at(1000))).await;
                assert_eq!(claim, Claim::Seen, "nonce {value} is accepted twice");
            }
        }
    }
    assert!(acknowledged > 100, "{acknowledged} changes show little");
}

async fn what_was_acknowledged_survives_a_crash() {
    nothing_is_lost(RedisServer::durable(), 5, |_| true).await;
}

/// With `appendfsync everysec`, Redis holds writes back while the disk is busy, and answers nevertheless.
async fn what_was_acknowledged_survives_a_crash_while_the_disk_is_slow() {
    let (_folder, library) = slow_disk();
    let server = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "everysec"], Some(library));
    nothing_is_lost(server, 3, holds_back).await;
}

/// Whether there is what Redis has answered and not written: it waits for a sync before.
fn holds_back(server: &RedisServer) -> bool {
    let info: String = server.ask(&["INFO", "persistence"]);
    let value = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok()).unwrap();
    value("aof_pending_bio_fsync:") > 0 && value("aof_buffer_length:") > 0
}

/// The negative control of the test above: the same disk, and nobody who waits.
async fn on_a_slow_disk_redis_alone_loses_what_it_acknowledged() {
    let (_folder, library) = slow_disk();
    let mut server = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "everysec"], Some(library));
    let mut lost = 0;
    for round in 0..5 {
        let mut connection = server.connection();
        let mut count = 0;
        let patience = std::time::Instant::now() + Duration::from_secs(20);
        while count == 0 || !holds_back(&server) {
            assert!(std::time::Instant::now() < patience, "Redis never holds back what it has answered");
            redis::cmd("SET").arg(format!("{round} {count}")).arg(1).exec(&mut connection).unwrap();
            count += 1;
        }
        server.kill_and_start_again();
        let kept: u64 = server.ask(&["DBSIZE"]);
        lost += count - kept;
        if lost > 0 {
            break;
        }
        server.tell(&["FLUSHALL"]);
    }
    assert!(lost > 0, "nothing was lost: the other test shows nothing");
}

async fn a_change_that_has_to_be_on_replicas_is_an_error_without_them() {
    let master = RedisServer::durable();
    let patience = Duration::from_millis(300);
    let store = master.options().with_wait_for_replicas(1).with_response_timeout(patience).create().await.unwrap();
    let info = TokenInfo::new("ada").with_id("id-1");
    assert!(store.add_token(token(1).digest(), &info).await.is_err());
    assert!(store.claim(&nonce(1), at(0), at(10)).await.is_err());
    // What was asked may be made nevertheless; it is not undone.
    assert!(store.token(&token(1)).await.unwrap().is_some());

    let replica = RedisServer::start(&["--appendonly", "yes", "--replicaof", "127.0.0.1", &master.port().to_string()]);
    until("the replica is there", || replica.ask::<String>(&["INFO", "replication"]).contains("master_link_status:up"))
        .await;
    assert_eq!(store.claim(&nonce(2), at(0), at(10)).await.unwrap(), Claim::Fresh);
    assert!(store.revoke_token("id-1", at(1), "lost").await.unwrap());
    let reason: String = replica.ask(&["HGET", "{countersign}:state", "spent"]);
    assert_eq!(reason, "2", "the replica has both nonces");
}

async fn a_change_that_has_to_be_on_the_disk_waits_for_it_or_is_an_error() {
    let server = RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = server.options().with_wait_for_disk().create().await.unwrap();
    let added = store.add_token(token(1).digest(), &TokenInfo::new("ada").with_id("id-1")).await;
    if server.ask::<Vec<redis::Value>>(&["COMMAND", "INFO", "WAITAOF"]) == [redis::Value::Nil] {
        let error = added.unwrap_err();
        assert!(all_of(&error).to_lowercase().contains("waitaof"), "it is said what is missing: {}", all_of(&error));
    } else {
        added.unwrap();
    }
    // Nonces do not wait.
    assert_eq!(store.claim(&nonce(1), at(0), at(10)).await.unwrap(), Claim::Fresh);
}

/// A library that makes every sync take a second and a half.
fn slow_disk() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let code = "#include <unistd.h>\n\
        int fdatasync(int fd) { usleep(1500000); return 0; }\n\
        int fsync(int fd) { usleep(1500000); return 0; }\n";
    std::fs::write(path("slow.c"), code).unwrap();
    let (code, library) = (path("slow.c"), path("slow.so"));
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &code]).status();
    assert!(compiled.unwrap().success());
    (folder, library.display().to_string())
}
