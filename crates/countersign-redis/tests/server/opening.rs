//! What is refused at the start, and what to do about it.

use std::net::TcpListener;
use std::time::Duration;

use countersign_core::{
    Claim, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenFilter,
    TokenInfo, TokenStore,
};
use countersign_redis::{OpenError, OpenErrorKind, RedisOptions, RedisStore};

use crate::redis_server::{RedisServer, all_of, at, key, nonce, until, until_answered};

crate::tests! {
    an_evicting_policy_is_refused_unless_it_is_taken_by_name
    a_redis_without_append_only_file_is_refused_unless_it_is_taken_by_name
    a_store_of_nonces_alone_takes_no_tokens_and_no_secrets
    a_refused_redis_is_left_as_it_was
    a_wrong_password_is_refused_and_never_shown
    a_redis_that_hides_its_settings_is_refused_unless_somebody_vouches_for_it
    the_rights_that_the_docs_name_are_enough
    what_is_not_there_or_no_redis_is_refused_in_time
    a_replica_is_refused
    a_newer_layout_is_refused_and_left_as_it_was
    what_is_there_is_not_created_again
    options_that_cannot_be_right_are_refused
    settings_that_turn_bad_are_noticed
    two_prefixes_are_two_stores
    a_store_is_in_one_slot_of_a_cluster
    a_node_of_a_cluster_that_has_other_keys_is_refused
    a_closed_store_errs
}

/// Both ways of opening refuse it for this reason.
async fn is_refused(options: RedisOptions, kind: OpenErrorKind) -> OpenError {
    let error = options.clone().connect().await.unwrap_err();
    assert_eq!(error.kind(), kind, "{}", all_of(&error));
    let other = options.create().await.unwrap_err();
    assert_eq!(other.kind(), kind, "{}", all_of(&other));
    error
}

async fn works(store: &RedisStore) {
    let token = PresentedToken::new("tk_secret");
    store.add_token(token.digest(), &TokenInfo::new("ada").with_id("id-1").with_organisation("acme")).await.unwrap();
    assert!(store.revoke_token("id-1", at(0), "lost").await.unwrap());
    assert_eq!(store.token(&token).await.unwrap().unwrap().revoked_reason(), Some("lost"));
    assert_eq!(store.list_tokens(&TokenFilter::all(), None, 10).await.unwrap().len(), 1);
    let version = SecretVersion::new(Secret::new("a secret of the partner").unwrap()).with_label("2026");
    store.add_secret(&key("partner"), &version).await.unwrap();
    assert_eq!(store.secrets(&key("partner")).await.unwrap().iter().count(), 1);
    assert_eq!(store.claim(&nonce(1), at(0), at(10)).await.unwrap(), Claim::Fresh);
    assert_eq!(store.claim(&nonce(1), at(0), at(10)).await.unwrap(), Claim::Seen);
}

async fn an_evicting_policy_is_refused_unless_it_is_taken_by_name() {
    let server = RedisServer::durable();
    for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-ttl"] {
        server.tell(&["CONFIG", "SET", "maxmemory-policy", policy]);
        let error = is_refused(server.options(), OpenErrorKind::Evicting).await;
        assert!(all_of(&error).contains(policy) && error.to_string().contains("allow eviction by name"));
    }
    works(&server.options().with_insecure_eviction().create().await.unwrap()).await;
}

async fn a_redis_without_append_only_file_is_refused_unless_it_is_taken_by_name() {
    let server = RedisServer::volatile();
    let error = is_refused(server.options(), OpenErrorKind::Volatile).await;
    assert!(error.to_string().contains("allow volatility by name"));
    works(&server.options().with_insecure_volatility().create().await.unwrap()).await;
}

async fn a_store_of_nonces_alone_takes_no_tokens_and_no_secrets() {
    let server = RedisServer::volatile();
    let store = server.options().with_nonces_only().create().await.unwrap();
    assert_eq!(store.claim(&nonce(1), at(0), at(10)).await.unwrap(), Claim::Fresh);
    let token = PresentedToken::new("tk_secret");
    let info = TokenInfo::new("ada").with_id("id-1");
    assert!(store.add_token(token.digest(), &info).await.is_err());
    assert!(store.replace_token("id-1", at(0), token.digest(), &info).await.is_err());
    assert!(store.revoke_token("id-1", at(0), "lost").await.is_err());
    assert!(store.revoke_tokens(&TokenFilter::all(), at(0), "lost").await.is_err());
    assert!(store.delete_token("id-1").await.is_err());
    assert!(store.prune_tokens(at(0)).await.is_err());
    let version = SecretVersion::new(Secret::random());
    assert!(store.add_secret(&key("partner"), &version).await.is_err());
    assert!(store.retire_secret(&key("partner"), "old").await.is_err());
    assert!(store.token(&token).await.unwrap().is_none());
    server.tell(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    is_refused(server.options().with_nonces_only(), OpenErrorKind::Evicting).await;
}

async fn a_refused_redis_is_left_as_it_was() {
    let server = RedisServer::volatile();
    is_refused(server.options(), OpenErrorKind::Volatile).await;
    server.tell(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    is_refused(server.options().with_nonces_only(), OpenErrorKind::Evicting).await;
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0);
}

async fn a_wrong_password_is_refused_and_never_shown() {
    let server = RedisServer::start(&["--appendonly", "yes", "--requirepass", "canary-right"]);
    let url = |password: &str| format!("redis://:{password}@127.0.0.1:{}", server.port());
    for options in [RedisOptions::new(url("canary-wrong")), server.options()] {
        let error = is_refused(options.clone(), OpenErrorKind::Denied).await;
        let shown = format!("{} {options:?}", all_of(&error));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains(&server.port().to_string()), "{shown}");
    }
    let store = RedisOptions::new(url("canary-right")).create().await.unwrap();
    works(&store).await;
    assert!(!format!("{store:?}").contains("canary"));
}

async fn a_redis_that_hides_its_settings_is_refused_unless_somebody_vouches_for_it() {
    let server = RedisServer::durable();
    server.tell(&["ACL", "SETUSER", "default", "-info", "-config"]);
    let error = is_refused(server.options(), OpenErrorKind::Hidden).await;
    assert!(error.to_string().contains("vouch for both by name"));
    works(&server.options().with_insecure_hidden_settings().create().await.unwrap()).await;
    let server = RedisServer::start(&["--appendonly", "yes", "--rename-command", "INFO", "another-name"]);
    is_refused(server.options(), OpenErrorKind::Hidden).await;
}

async fn the_rights_that_the_docs_name_are_enough() {
    let server = RedisServer::durable();
    let rights = include_str!("../../README.md");
    let rights = rights.lines().find_map(|line| line.strip_prefix("ACL SETUSER ")).expect("the README names them");
    let rights: Vec<_> = rights.split_whitespace().collect();
    server.tell(&[&["ACL", "SETUSER"], &*rights].concat());
    let password = rights.iter().find_map(|right| right.strip_prefix('>')).unwrap();
    let url = format!("redis://{}:{password}@127.0.0.1:{}", rights[0], server.port());
    let store = RedisOptions::new(&url).create().await.unwrap();
    works(&store).await;
    assert_eq!(store.prune_tokens(at(1)).await.unwrap(), 1);
    crate::invalidations::is_told(&store, &store).await;
    // They are not more than enough: the keys of others are out of reach.
    let error = RedisOptions::new(&url).with_key_prefix("another").connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Denied);
}

async fn what_is_not_there_or_no_redis_is_refused_in_time() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let closing = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let closing_port = closing.local_addr().unwrap().port();
    let closer = tokio::spawn(async move {
        loop {
            drop(closing.accept().await);
        }
    });
    let talkative = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let talkative_port = talkative.local_addr().unwrap().port();
    let talker = tokio::spawn(async move {
        loop {
            let (stream, _) = talkative.accept().await.unwrap();
            stream.writable().await.unwrap();
            let _ = stream.try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    for port in [1, silent_port, closing_port, talkative_port] {
        let options = RedisOptions::new(format!("redis://127.0.0.1:{port}"));
        let options = options.with_response_timeout(Duration::from_millis(300));
        is_refused(options, OpenErrorKind::Unavailable).await;
    }
    is_refused(RedisOptions::new("redis+unix:///no/such/socket"), OpenErrorKind::Unavailable).await;
    closer.abort();
    talker.abort();
}

async fn a_replica_is_refused() {
    let master = RedisServer::durable();
    let replica = RedisServer::start(&["--appendonly", "yes", "--replicaof", "127.0.0.1", &master.port().to_string()]);
    is_refused(replica.options(), OpenErrorKind::Replica).await;
}

async fn a_newer_layout_is_refused_and_left_as_it_was() {
    let server = RedisServer::durable();
    server.create().await.close().await;
    server.tell(&["HSET", "{countersign}:state", "version", "2", "run", "another"]);
    let error = server.options().connect().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::NewerLayout);
    assert_eq!(server.ask::<String>(&["HGET", "{countersign}:state", "run"]), "another");
}

async fn what_is_there_is_not_created_again() {
    let server = RedisServer::durable();
    works(&server.create().await).await;
    let error = server.options().create().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::AlreadyExists);
    // Nor where only the note of what is there was lost.
    server.tell(&["DEL", "{countersign}:state"]);
    assert_eq!(server.options().create().await.unwrap_err().kind(), OpenErrorKind::AlreadyExists);
    let store = server.connect().await;
    assert!(store.token(&PresentedToken::new("tk_secret")).await.unwrap().is_some());
    assert!(store.claim(&nonce(2), at(0), at(10)).await.is_err(), "nobody knows what else was lost");
}

async fn options_that_cannot_be_right_are_refused() {
    for url in ["", "not a url", "http://localhost", "redis://", "redis://localhost/not-a-number"] {
        is_refused(RedisOptions::new(url), OpenErrorKind::InvalidOptions).await;
    }
    let patient = RedisOptions::new("redis://localhost:1").with_response_timeout(Duration::MAX);
    is_refused(patient.with_longest_window(Duration::MAX), OpenErrorKind::Unavailable).await;
    for prefix in ["", "{a}", "a}", &"x".repeat(129)] {
        is_refused(RedisOptions::new("redis://localhost").with_key_prefix(prefix), OpenErrorKind::InvalidOptions).await;
    }
    // Without the feature `tls`, or without a crypto provider: an error, and no panic.
    is_refused(RedisOptions::new("rediss://localhost"), OpenErrorKind::InvalidOptions).await;
}

async fn settings_that_turn_bad_are_noticed() {
    let server = RedisServer::durable();
    let store = server.create().await;
    works(&store).await;
    for (name, bad, good) in [("maxmemory-policy", "allkeys-lru", "noeviction"), ("appendonly", "no", "yes")] {
        server.tell(&["CONFIG", "SET", name, bad]);
        let mut seconds = 0;
        let error = loop {
            match store.claim(&nonce(100 + seconds), at(0), at(10)).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => break error,
            }
            seconds += 1;
            assert!(seconds < 200, "{name} {bad} is never noticed");
        };
        assert!(
            all_of(&error).contains(if name == "appendonly" { "aof_enabled:0" } else { bad }),
            "{}",
            all_of(&error)
        );
        server.tell(&["CONFIG", "SET", name, good]);
        let token = PresentedToken::new("tk_secret");
        assert!(until_answered(|| store.token(&token)).await.is_some());
        let nonce = nonce(1000);
        until_answered(|| store.claim(&nonce, at(0), at(10))).await;
    }
}

async fn two_prefixes_are_two_stores() {
    let server = RedisServer::durable();
    let one = server.options().with_key_prefix("one").create().await.unwrap();
    let two = server.options().with_key_prefix("two").create().await.unwrap();
    works(&one).await;
    works(&two).await;
    assert!(one.delete_token("id-1").await.unwrap());
    assert_eq!(two.list_tokens(&TokenFilter::all(), None, 10).await.unwrap().len(), 1);
    let keys = server.keys();
    assert!(keys.iter().all(|key| key.starts_with("{one}:") || key.starts_with("{two}:")), "{keys:?}");
}

async fn a_store_is_in_one_slot_of_a_cluster() {
    let server = RedisServer::start(&["--appendonly", "yes", "--cluster-enabled", "yes"]);
    is_refused(server.options(), OpenErrorKind::Unavailable).await; // it has no slots yet
    server.tell(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    until("the cluster is up", || server.ask::<String>(&["CLUSTER", "INFO"]).contains("cluster_state:ok")).await;
    let store = server.create().await;
    works(&store).await;
    let keys = server.keys();
    assert!(keys.len() > 5);
    // All are in the slot of what is between the braces.
    assert_eq!(server.ask::<usize>(&["CLUSTER", "COUNTKEYSINSLOT", &slot_of(&server, "countersign")]), keys.len());
}

async fn a_node_of_a_cluster_that_has_other_keys_is_refused() {
    let node = || RedisServer::start(&["--appendonly", "yes", "--cluster-enabled", "yes"]);
    let (one, other) = (node(), node());
    one.tell(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    one.tell(&["CLUSTER", "MEET", "127.0.0.1", &other.port().to_string()]);
    until("they know each other", || other.ask::<String>(&["CLUSTER", "INFO"]).contains("cluster_state:ok")).await;
    one.create().await;
    is_refused(other.options(), OpenErrorKind::OtherNode).await;
}

async fn a_closed_store_errs() {
    let server = RedisServer::durable();
    let store = server.create().await;
    works(&store).await;
    store.clone().close().await;
    assert!(store.token(&PresentedToken::new("tk_secret")).await.is_err());
    assert!(store.claim(&nonce(3), at(0), at(10)).await.is_err());
    assert!(store.revoke_token("id-1", at(0), "lost").await.is_err());
    drop(store);
    until("its connections are gone", || server.ask::<String>(&["INFO", "clients"]).contains("connected_clients:1\r"))
        .await;
}

fn slot_of(server: &RedisServer, key: &str) -> String {
    server.ask::<u64>(&["CLUSTER", "KEYSLOT", key]).to_string()
}
