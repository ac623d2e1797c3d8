//! Spent nonces, and what is refused once they may be lost.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Claim, NonceStore};
use countersign_redis::{RedisOptions, RedisStore};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use crate::redis_server::{RedisServer, all_of, at, nonce, until, until_answered};

crate::tests! {
    of_a_thousand_claims_at_once_one_is_fresh
    a_redis_that_was_emptied_accepts_nothing_until_the_window_is_over
    a_redis_that_forgot_everything_accepts_nothing_until_the_window_is_over
    a_redis_that_came_back_with_old_data_accepts_nothing_until_the_window_is_over
    a_redis_that_was_exchanged_behind_a_proxy_accepts_nothing_until_the_window_is_over
    plain_keys_with_an_end_are_accepted_twice_after_the_same
    a_replica_that_was_promoted_accepts_nothing_until_the_window_is_over
    a_redis_that_had_a_replica_accepts_nothing_after_a_restart_until_the_window_is_over
    a_redis_with_append_only_file_goes_on_where_it_was
    where_the_append_only_file_may_be_off_a_restart_counts_as_a_loss
    where_the_append_only_file_must_be_on_nothing_is_claimed_without_it
    a_service_that_finds_nothing_accepts_nothing_until_the_window_is_over
    a_nonce_that_lives_longer_than_the_window_is_refused_for_longer
    an_operator_may_vouch_that_nothing_was_lost
    one_key_cannot_use_up_the_room_of_all
    nonces_that_are_over_are_forgotten_a_few_at_a_time
    nothing_is_left_to_the_clock_of_redis
    a_claim_that_is_over_tells_the_time_too
}

/// The longest window of the tests' stores, in seconds.
const WINDOW: u64 = 600;
/// How long each nonce is claimed for, in seconds.
const LIFE: u64 = 300;

async fn fresh(store: &RedisStore, value: u64, second: u64) {
    assert_eq!(store.claim(&nonce(value), at(second), at(second + LIFE)).await.unwrap(), Claim::Fresh, "{value}");
}

/// Neither nonces that were spent before `lost` nor others are accepted before the window is over; afterwards all are, once.
async fn nothing_is_accepted_until_the_window_is_over(store: &RedisStore, spent: std::ops::Range<u64>, lost: u64) {
    let mut refused = 0;
    for second in [lost, lost + 1, lost + LIFE / 2, lost + LIFE, lost + WINDOW - 1] {
        for value in spent.clone().chain([spent.end + second]) {
            match store.claim(&nonce(value), at(second), at(second + LIFE)).await {
                Ok(claim) => assert_eq!(claim, Claim::Seen, "no. {value}, {second}"),
                Err(error) => {
                    assert!(all_of(&error).contains("lost spent nonces"), "{}", all_of(&error));
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 0, "some of them were lost, or there is nothing to show");
    let over = lost + WINDOW;
    for value in spent {
        fresh(store, value, over).await;
        assert_eq!(store.claim(&nonce(value), at(over), at(over + LIFE)).await.unwrap(), Claim::Seen);
    }
}

async fn of_a_thousand_claims_at_once_one_is_fresh() {
    let server = RedisServer::durable();
    // Through two stores, as two processes would have it.
    let (store, other) = (server.create().await, server.connect().await);
    for round in 0..5 {
        let gate = Arc::new(Barrier::new(1000));
        let mut claims = JoinSet::new();
        for index in 0..1000 {
            let store = if index % 2 == 0 { other.clone() } else { store.clone() };
            let gate = gate.clone();
            claims.spawn(async move {
                gate.wait().await;
                store.claim(&nonce(round), at(0), at(10)).await
            });
        }
        let answers: Result<Vec<_>, _> = claims.join_all().await.into_iter().collect();
        let fresh = answers.unwrap().into_iter().filter(|answer| *answer == Claim::Fresh).count();
        assert_eq!(fresh, 1, "in round {round}");
    }
}

async fn a_redis_that_was_emptied_accepts_nothing_until_the_window_is_over() {
    for command in ["FLUSHALL", "FLUSHDB"] {
        let server = RedisServer::durable();
        let store = server.options().with_longest_window(Duration::from_secs(WINDOW)).create().await.unwrap();
        for value in 0..20 {
            fresh(&store, value, value).await;
        }
        server.tell(&[command]);
        nothing_is_accepted_until_the_window_is_over(&store, 0..20, 20).await;
    }
}

async fn a_redis_that_forgot_everything_accepts_nothing_until_the_window_is_over() {
    let mut server = RedisServer::volatile();
    let options = server.options().with_nonces_only().with_longest_window(Duration::from_secs(WINDOW));
    let store = options.create().await.unwrap();
    for value in 0..20 {
        fresh(&store, value, value).await;
    }
    server.kill_and_start_again();
    until_closed(&store).await;
    nothing_is_accepted_until_the_window_is_over(&store, 0..20, 20).await;
}

/// What is left of a snapshot knows of a store, and not of its newest nonces.
async fn a_redis_that_came_back_with_old_data_accepts_nothing_until_the_window_is_over() {
    let mut server = RedisServer::volatile();
    let options = server.options().with_nonces_only().with_longest_window(Duration::from_secs(WINDOW));
    let store = options.create().await.unwrap();
    for value in 0..20 {
        if value == 10 {
            server.tell(&["SAVE"]);
        }
        fresh(&store, value, value).await;
    }
    server.kill_and_start_again();
    assert_eq!(server.ask::<u64>(&["HGET", "{countersign}:state", "spent"]), 10, "half of them are lost");
    until_closed(&store).await;
    nothing_is_accepted_until_the_window_is_over(&store, 0..20, 20).await;
}

/// The connection remains, and another process of Redis is at its end.
async fn a_redis_that_was_exchanged_behind_a_proxy_accepts_nothing_until_the_window_is_over() {
    let mut server = RedisServer::volatile();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let backend = server.port();
    let (up, ups) = watch::channel(());
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(keep_connected(client, backend, ups.clone()));
        }
    });
    let options = RedisOptions::new(format!("redis://{proxy}")).with_nonces_only();
    let store = options.with_longest_window(Duration::from_secs(WINDOW)).create().await.unwrap();
    for value in 0..20 {
        if value == 10 {
            server.tell(&["SAVE"]);
        }
        fresh(&store, value, value).await;
    }
    server.kill_and_start_again();
    up.send_replace(());
    until_closed(&store).await;
    nothing_is_accepted_until_the_window_is_over(&store, 0..20, 20).await;
}

/// Passes bytes on to whatever is at this port, and connects again when that has ended: at once, or once it is said that
/// something is there.
async fn keep_connected(mut client: TcpStream, backend: u16, mut ups: watch::Receiver<()>) {
    loop {
        // What is said from here on is not missed.
        ups.mark_unchanged();
        let Ok(mut server) = TcpStream::connect(("127.0.0.1", backend)).await else {
            match ups.changed().await {
                Ok(()) => continue,
                Err(_) => return,
            }
        };
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        tokio::select! {
            _ = tokio::io::copy(&mut from_client, &mut to_server) => return,
            _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
        }
    }
}

/// The negative control of the tests above: the same loss, without the guard.
async fn plain_keys_with_an_end_are_accepted_twice_after_the_same() {
    let mut server = RedisServer::volatile();
    let accepts = |server: &RedisServer, value: u64| {
        let set: redis::Value = server.ask(&["SET", &format!("nonce:{value}"), "1", "NX", "EX", "300"]);
        set == redis::Value::Okay
    };
    for value in 0..20 {
        if value == 10 {
            server.tell(&["SAVE"]);
        }
        assert!(accepts(&server, value));
    }
    server.kill_and_start_again();
    assert_eq!((0..20).filter(|value| accepts(&server, *value)).count(), 10, "half of them are accepted twice");
}

async fn a_replica_that_was_promoted_accepts_nothing_until_the_window_is_over() {
    let master = RedisServer::durable();
    let window = Duration::from_secs(WINDOW);
    let store = master.options().with_longest_window(window).create().await.unwrap();
    for value in 0..20 {
        fresh(&store, value, value).await;
    }
    let replica = RedisServer::start(&["--appendonly", "yes", "--replicaof", "127.0.0.1", &master.port().to_string()]);
    let spent = ["HGET", "{countersign}:state", "spent"];
    until("the replica has everything", || replica.ask::<Option<u64>>(&spent) == Some(20)).await;
    // From here on it lacks what is new.
    replica.tell(&["REPLICAOF", "NO", "ONE"]);
    // As if nobody had noticed that there was one.
    replica.tell(&["HSET", "{countersign}:state", "replicated", "0"]);
    for value in 20..25 {
        fresh(&store, value, value).await;
    }
    drop(master);
    let store = replica.options().with_longest_window(window).connect().await.unwrap();
    assert_eq!(replica.ask::<u64>(&spent), 20, "something was lost, or there is nothing to show");
    nothing_is_accepted_until_the_window_is_over(&store, 0..25, 25).await;
}

/// A restart looks like a promotion that was followed by one.
async fn a_redis_that_had_a_replica_accepts_nothing_after_a_restart_until_the_window_is_over() {
    let mut server = RedisServer::durable();
    let store = server.options().with_longest_window(Duration::from_secs(WINDOW)).create().await.unwrap();
    for value in 0..10 {
        fresh(&store, value, value).await;
    }
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &server.port().to_string()]);
    let replicated = ["HGET", "{countersign}:state", "replicated"];
    until("the replica is noticed", || server.ask::<String>(&replicated) == "1").await;
    drop(replica);
    server.kill_and_start_again();
    until_closed(&store).await;
    nothing_is_accepted_until_the_window_is_over(&store, 0..10, 20).await;
    // Now it is one without replicas.
    server.kill_and_start_again();
    let nonce = nonce(5000);
    let claim = until_answered(|| store.claim(&nonce, at(20 + WINDOW), at(20 + WINDOW + LIFE))).await;
    assert_eq!(claim, Claim::Fresh);
}

async fn a_redis_with_append_only_file_goes_on_where_it_was() {
    let mut server = RedisServer::durable();
    let store = server.create().await;
    for round in 0..3 {
        for value in 0..20 {
            fresh(&store, round * 100 + value, round).await;
        }
        server.kill_and_start_again();
        for value in 0..20 {
            let nonce = nonce(round * 100 + value);
            let answer = until_answered(|| store.claim(&nonce, at(round), at(round + LIFE))).await;
            assert_eq!(answer, Claim::Seen, "no. {value} is accepted twice");
        }
    }
    fresh(&store, 1000, 10).await;
}

/// The file does not have what was claimed while it was not written; so neither does it say that it was not.
async fn where_the_append_only_file_may_be_off_a_restart_counts_as_a_loss() {
    let mut server = RedisServer::durable();
    let options = server.options().with_nonces_only().with_longest_window(Duration::from_secs(WINDOW));
    let store = options.create().await.unwrap();
    fresh(&store, 0, 0).await;
    server.tell(&["CONFIG", "SET", "appendonly", "no"]);
    for value in 1..10 {
        fresh(&store, value, value).await;
    }
    server.kill_and_start_again();
    until_closed(&store).await;
    nothing_is_accepted_until_the_window_is_over(&store, 0..10, 20).await;
}

async fn where_the_append_only_file_must_be_on_nothing_is_claimed_without_it() {
    let server = RedisServer::durable();
    let store = server.create().await;
    fresh(&store, 0, 0).await;
    server.tell(&["CONFIG", "SET", "appendonly", "no"]);
    // At once, not when it is next looked at.
    assert!(store.claim(&nonce(1), at(0), at(LIFE)).await.is_err());
    assert_eq!(server.ask::<u64>(&["HGET", "{countersign}:state", "spent"]), 1);
}

async fn a_service_that_finds_nothing_accepts_nothing_until_the_window_is_over() {
    let server = RedisServer::durable();
    let store = server.connect().await;
    assert!(store.claim(&nonce(1), at(0), at(LIFE)).await.is_err());
    assert!(store.claim(&nonce(1), at(3660), at(3660 + LIFE)).await.is_err());
    fresh(&store, 1, 3661).await;
    // One that was created does not wait.
    let store = server.options().with_key_prefix("created").create().await.unwrap();
    fresh(&store, 1, 0).await;
}

async fn a_nonce_that_lives_longer_than_the_window_is_refused_for_longer() {
    let server = RedisServer::durable();
    let store = server.options().with_longest_window(Duration::ZERO).connect().await.unwrap();
    for (second, life, accepted) in
        [(0, 10, false), (9, 10, false), (10, 10, true), (10, 1000, false), (999, 1000, false), (1000, 1000, true)]
    {
        let claim = store.claim(&nonce(life * 10_000 + second), at(second), at(second + life)).await;
        assert_eq!(claim.is_ok(), accepted, "for {life} s at {second}");
    }
}

async fn an_operator_may_vouch_that_nothing_was_lost() {
    let server = RedisServer::durable();
    let store = server.connect().await;
    assert!(store.claim(&nonce(1), at(0), at(LIFE)).await.is_err());
    store.insecure_end_nonce_guard().await.unwrap();
    fresh(&store, 1, 0).await;
    server.tell(&["FLUSHALL"]);
    assert!(store.claim(&nonce(1), at(0), at(LIFE)).await.is_err(), "the word is not kept for the next time");
}

async fn one_key_cannot_use_up_the_room_of_all() {
    let server = RedisServer::durable();
    let store = server.options().with_nonce_capacity(30).create().await.unwrap();
    let claim = |key: u64, value: u64, second| {
        let (store, nonce) = (store.clone(), nonce(value * 100 + key));
        async move { store.claim(&nonce, at(second), at(second + 10)).await.unwrap() }
    };
    for (value, expected) in [(1, Claim::Fresh), (2, Claim::Fresh), (3, Claim::Fresh), (4, Claim::Full)] {
        assert_eq!(claim(0, value, 0).await, expected);
    }
    assert_eq!(claim(1, 1, 0).await, Claim::Fresh);
    assert_eq!(claim(0, 1, 9).await, Claim::Seen);
    assert_eq!(claim(0, 4, 10).await, Claim::Fresh);
}

async fn nonces_that_are_over_are_forgotten_a_few_at_a_time() {
    let server = RedisServer::durable();
    let store = server.create().await;
    for value in 0..50 {
        for own in 0..4 {
            fresh(&store, own * 100 + value, 0).await;
        }
    }
    let spent = ["HGET", "{countersign}:state", "spent"];
    let mut left = vec![server.ask::<u64>(&spent)];
    for value in 0..60 {
        fresh(&store, (value + 10) * 100 + 99, LIFE).await;
        left.push(server.ask(&spent));
    }
    assert_eq!(left[..3], [200, 197, 194], "four of a key that has ended, and one more");
    assert_eq!(left.last(), Some(&60));
    let keys: Vec<String> = server.ask(&["KEYS", "*nonces:*"]);
    assert_eq!(keys, ["{countersign}:nonces:key 99"]);
    assert_eq!(server.ask::<u64>(&["ZCARD", "{countersign}:nonce-keys"]), 1);
}

/// No key has an end of its own: a nonce is over when the clocks told say so.
async fn nothing_is_left_to_the_clock_of_redis() {
    let server = RedisServer::durable();
    let store = server.create().await;
    for value in 0..20 {
        fresh(&store, value, 0).await;
    }
    for key in server.keys() {
        assert_eq!(server.ask::<i64>(&["TTL", &key]), -1, "{key}");
    }
}

async fn a_claim_that_is_over_tells_the_time_too() {
    let server = RedisServer::durable();
    let store = server.create().await;
    assert_eq!(store.claim(&nonce(1), at(200), at(150)).await.unwrap(), Claim::Seen);
    assert_eq!(store.claim(&nonce(2), at(100), at(150)).await.unwrap(), Claim::Seen);
    let nanosecond = Duration::from_nanos(1);
    assert_eq!(store.claim(&nonce(3), at(300) + nanosecond, at(300) + nanosecond).await.unwrap(), Claim::Seen);
    assert_eq!(store.claim(&nonce(3), at(300), at(300) + nanosecond).await.unwrap(), Claim::Fresh);
}

/// Waits until the store has noticed that its Redis is back, and that nonces may be lost.
async fn until_closed(store: &RedisStore) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        match store.claim(&nonce(999), at(20), at(20 + LIFE)).await {
            Err(error) if all_of(&error).contains("lost spent nonces") => return,
            Err(_) => assert!(tokio::time::Instant::now() < patience, "Redis is never found again"),
            Ok(claim) => panic!("a new nonce was answered {claim:?}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
