//! A Redis that hangs, ends, fills up or has garbage in it; and what leaks.

use std::time::{Duration, Instant};

use countersign_core::{
    Claim, NonceStore, PresentedToken, Secret, SecretAdmin, SecretStore, SecretVersion, TokenAdmin, TokenFilter,
    TokenFormat, TokenInfo, TokenStore, issue_token,
};
use countersign_redis::RedisStore;

use crate::redis_server::{RedisServer, all_of, at, key, nonce, until_answered};

crate::tests! {
    a_redis_that_hangs_is_an_error_in_time_and_works_again_afterwards
    a_redis_that_comes_back_is_found_again_without_an_error_in_between
    a_redis_that_is_full_is_an_error_and_reading_goes_on
    garbage_is_an_error_and_never_an_answer
    no_raw_token_is_in_redis
    no_error_shows_what_was_stored
    scripts_that_redis_forgot_are_sent_again
}

fn token(value: u64) -> PresentedToken {
    PresentedToken::new(&format!("tk_{value}"))
}

async fn a_redis_that_hangs_is_an_error_in_time_and_works_again_afterwards() {
    let (known, info) = (token(1), TokenInfo::new("ada").with_id("id-1"));
    let server = RedisServer::durable();
    server.create().await.close().await;
    let store = RedisStore::connect(server.url()).await.unwrap();
    until_answered(|| store.add_token(known.digest(), &info)).await;
    server.signal("STOP");
    for round in 0..3 {
        // In the first round the connection is there, later one is asked for.
        let began = Instant::now();
        let (spent, partner, all) = (nonce(1), key("partner"), TokenFilter::all());
        let calls = tokio::join!(
            store.token(&known),
            store.secrets(&partner),
            store.claim(&spent, at(0), at(10)),
            store.revoke_token("id-1", at(0), "lost"),
            store.list_tokens(&all, None, 10),
        );
        let failed = [calls.0.is_err(), calls.1.is_err(), calls.2.is_err(), calls.3.is_err(), calls.4.is_err()];
        assert_eq!(failed, [true; 5], "in round {round}");
        assert!(began.elapsed() < Duration::from_secs(10), "nobody hangs with it: {:?}", began.elapsed());
    }
    server.signal("CONT");
    assert!(until_answered(|| async { store.token(&token(1)).await }).await.is_some());
    until_answered(|| async { store.claim(&nonce(2), at(0), at(10)).await }).await;
}

async fn a_redis_that_comes_back_is_found_again_without_an_error_in_between() {
    let mut server = RedisServer::durable();
    let store = server.create().await;
    store.add_token(token(1).digest(), &TokenInfo::new("ada").with_id("id-1")).await.unwrap();
    assert!(store.token(&token(1)).await.unwrap().is_some());
    for _ in 0..3 {
        server.kill_and_start_again();
        // Nobody asked meanwhile: that the old connection ended is known without asking.
        assert!(store.token(&token(1)).await.unwrap().is_some());
        assert!(!store.revoke_token("another", at(0), "").await.unwrap());
    }
    server.kill();
    assert!(store.token(&token(1)).await.is_err());
    server.start_again();
    assert!(until_answered(|| async { store.token(&token(1)).await }).await.is_some());
}

async fn a_redis_that_is_full_is_an_error_and_reading_goes_on() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let info = |value: u64| TokenInfo::new("ada").with_id(format!("id-{value}"));
    store.add_token(token(1).digest(), &info(1)).await.unwrap();
    let version = SecretVersion::new(Secret::new("a secret of the partner").unwrap()).with_label("old");
    store.add_secret(&key("partner"), &version).await.unwrap();
    assert_eq!(store.claim(&nonce(1), at(0), at(1000)).await.unwrap(), Claim::Fresh);

    server.tell(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(store.add_token(token(2).digest(), &info(2)).await.is_err());
    assert!(store.revoke_token("id-1", at(0), "lost").await.is_err());
    assert!(store.replace_token("id-1", at(5), token(2).digest(), &info(2)).await.is_err());
    assert!(store.add_secret(&key("partner"), &SecretVersion::new(Secret::random())).await.is_err());
    for value in 2..10 {
        assert!(store.claim(&nonce(value), at(0), at(1000)).await.is_err(), "none is let in, none thrown away");
    }
    let found = store.token(&token(1)).await.unwrap().unwrap();
    assert_eq!((found.revoked_at(), found.expires_at()), (None, None), "what was refused was not made in part");
    assert!(store.token(&token(2)).await.unwrap().is_none());
    assert_eq!(store.list_tokens(&TokenFilter::all(), None, 10).await.unwrap().len(), 1);
    assert_eq!(store.secrets(&key("partner")).await.unwrap().iter().count(), 1);

    server.tell(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(store.revoke_token("id-1", at(0), "lost").await.unwrap());
    store.add_token(token(2).digest(), &info(2)).await.unwrap();
    assert_eq!(store.claim(&nonce(1), at(0), at(1000)).await.unwrap(), Claim::Seen);
    assert_eq!(store.claim(&nonce(2), at(0), at(1000)).await.unwrap(), Claim::Fresh);
}

async fn garbage_is_an_error_and_never_an_answer() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let mut connection = server.connection();
    let record = [b"{countersign}:token:".as_slice(), token(1).digest().as_bytes()].concat();
    let info = TokenInfo::new("ada").with_id("id-1").with_expires_at(at(5));
    for (field, garbage) in
        [("subject", &b"\xff"[..]), ("expires_at", b"soon"), ("expires_at", b""), ("scope", b"a\"b"), ("note", b"\xc3")]
    {
        store.add_token(token(1).digest(), &info).await.unwrap();
        redis::cmd("HSET").arg(&record).arg(field).arg(garbage).exec(&mut connection).unwrap();
        assert!(store.token(&token(1)).await.is_err(), "{field}");
        assert!(store.token_by_id("id-1").await.is_err(), "{field}");
        assert!(store.list_tokens(&TokenFilter::all(), None, 10).await.is_err(), "{field}");
        server.tell(&["FLUSHALL"]);
    }
    redis::cmd("SET").arg(&record).arg("a string").exec(&mut connection).unwrap();
    assert!(store.token(&token(1)).await.is_err());
    server.tell(&["HSET", "{countersign}:secret:partner", "1:label", "no bytes"]);
    assert!(store.secrets(&key("partner")).await.is_err());
    server.tell(&["HSET", "{countersign}:secret:other", "x:secret", "no number"]);
    assert!(store.secrets(&key("other")).await.is_err());
    server.tell(&["SET", "{countersign}:nonces:key 1", "a string"]);
    assert!(store.claim(&nonce(1), at(0), at(10)).await.is_err());
    server.tell(&["DEL", "{countersign}:state"]);
    server.tell(&["SET", "{countersign}:state", "a string"]);
    assert!(store.claim(&nonce(2), at(0), at(10)).await.is_err());
}

/// The append-only file has everything that was ever sent, as it was sent.
async fn no_raw_token_is_in_redis() {
    let server =
        RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always", "--slowlog-log-slower-than", "0"]);
    let store = server.create().await;
    let issued = issue_token(&store, &TokenFormat::new("canary").unwrap(), TokenInfo::new("the subject"), at(0)).await;
    let issued = issued.unwrap();
    assert!(store.token(&issued.token).await.unwrap().is_some());
    let text = issued.token.expose_secret();
    let random = text.strip_prefix("canary_").unwrap();
    let folder = server.folder().join("appendonlydir");
    let files: Vec<u8> =
        std::fs::read_dir(folder).unwrap().flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    let has = |needle: &[u8]| files.windows(needle.len()).any(|window| window == needle);
    // What is looked for would be found: the rest of the record is there.
    assert!(has(b"the subject") && has(issued.token.digest().as_bytes()));
    assert!(!has(random.as_bytes()) && !has(&random.as_bytes()[..20]));
    let slow: redis::Value = server.ask(&["SLOWLOG", "GET", "1000"]);
    assert!(!format!("{slow:?}").contains(&random[..20]));
}

async fn no_error_shows_what_was_stored() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let info = TokenInfo::new("canary-subject").with_id("canary-id").with_note("canary-note");
    let token = PresentedToken::new("canary-token");
    store.add_token(token.digest(), &info).await.unwrap();
    let version = SecretVersion::new(Secret::new("canary-secret").unwrap()).with_label("canary-label");
    store.add_secret(&key("canary-key"), &version).await.unwrap();

    let mut errors = vec![
        store.add_token(token.digest(), &info).await.unwrap_err(),
        store.add_secret(&key("canary-key"), &version).await.unwrap_err(),
    ];
    server.tell(&["CONFIG", "SET", "maxmemory", "1"]);
    let other = info.clone().with_id("canary-other");
    errors.push(store.add_token(PresentedToken::new("canary-2").digest(), &other).await.unwrap_err());
    errors.push(store.add_secret(&key("canary-key"), &version.clone().with_label("canary-new")).await.unwrap_err());
    server.tell(&["CONFIG", "SET", "maxmemory", "0"]);
    server.tell(&["HSET", "{countersign}:secret:canary-key", "1:not_after", "canary-time"]);
    errors.push(store.secrets(&key("canary-key")).await.unwrap_err());
    server.tell(&["SET", "{countersign}:secret:canary", "canary-value"]);
    errors.push(store.secrets(&key("canary")).await.unwrap_err());
    server.tell(&["RENAME", "{countersign}:tokens", "{countersign}:secret:list"]);
    errors.push(store.secrets(&key("list")).await.unwrap_err());
    for error in errors {
        let shown = all_of(&error);
        assert!(!shown.contains("canary"), "{shown}");
    }
}

async fn scripts_that_redis_forgot_are_sent_again() {
    let server = RedisServer::durable();
    let store = server.create().await;
    for round in 0..3 {
        server.tell(&["SCRIPT", "FLUSH"]);
        assert_eq!(store.claim(&nonce(round), at(0), at(10)).await.unwrap(), Claim::Fresh);
        assert_eq!(store.claim(&nonce(round), at(0), at(10)).await.unwrap(), Claim::Seen);
    }
}
