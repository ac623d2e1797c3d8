//! Changes that reach every process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_core::{
    Invalidation, InvalidationSink, Invalidations, Link, PresentedToken, Secret, SecretAdmin, SecretVersion,
    StoreError, TokenAdmin, TokenChange, TokenFilter, TokenInfo, TokenStore, TokenUse,
};
use countersign_redis::RedisStore;
use tokio::task::JoinHandle;

use crate::redis_server::{RedisServer, at, key, until};

crate::tests! {
    every_change_is_told_to_other_processes_and_here_before_it_returns
    what_is_used_is_not_announced
    a_change_that_nobody_waits_for_is_told_all_the_same
    of_more_than_a_thousand_tokens_it_is_told_that_everything_changed
    a_message_that_nobody_understands_means_everything
    heartbeats_come_while_redis_is_there_and_never_otherwise
    a_redis_that_ends_ends_the_delivery
    a_redis_that_is_silent_ends_the_delivery
    a_store_that_is_closed_ends_the_delivery
    a_delivery_that_is_dropped_tells_nothing_more
    a_redis_that_is_not_there_ends_the_delivery_at_once
}

/// A cache that only takes notes.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Written>);

#[derive(Default)]
struct Written {
    connected: Vec<Link>,
    told: Vec<Invalidation>,
    heartbeats: usize,
}

impl InvalidationSink for Notes {
    fn connected(&self, link: Link) {
        self.0.lock().unwrap().connected.push(link);
    }

    fn invalidate(&self, what: &Invalidation) {
        self.0.lock().unwrap().told.push(what.clone());
    }

    fn heartbeat(&self) {
        self.0.lock().unwrap().heartbeats += 1;
    }
}

impl Notes {
    fn has(&self, what: &Invalidation) -> bool {
        self.0.lock().unwrap().told.contains(what)
    }

    fn heartbeats(&self) -> usize {
        self.0.lock().unwrap().heartbeats
    }

    fn forget(&self) {
        self.0.lock().unwrap().told.clear();
    }
}

/// Delivers to new notes, from when the subscription stands.
async fn subscribed(store: &RedisStore) -> (Arc<Notes>, JoinHandle<StoreError>) {
    let notes = Arc::new(Notes::default());
    let delivery = tokio::spawn({
        let (store, notes) = (store.clone(), notes.clone());
        async move { store.deliver(notes).await }
    });
    until("the subscription stands", || !notes.0.lock().unwrap().connected.is_empty()).await;
    assert_eq!(notes.0.lock().unwrap().connected, [Link::Remote]);
    (notes, delivery)
}

/// Whether what changes in one store is told to another.
pub(crate) async fn is_told(store: &RedisStore, other: &RedisStore) {
    let (notes, _delivery) = subscribed(other).await;
    let version = SecretVersion::new(Secret::random());
    store.add_secret(&key("told"), &version).await.unwrap();
    until("it is told", || notes.has(&Invalidation::Key(key("told")))).await;
}

fn token(value: usize) -> PresentedToken {
    PresentedToken::new(&format!("tk_{value}"))
}

fn told(value: usize) -> Invalidation {
    Invalidation::Token(*token(value).digest())
}

fn info(value: usize) -> TokenInfo {
    TokenInfo::new("ada").with_id(format!("id-{value:05}")).with_expires_at(at(1000))
}

async fn every_change_is_told_to_other_processes_and_here_before_it_returns() {
    let server = RedisServer::durable();
    let (store, other) = (server.create().await, server.connect().await);
    let (here, _one) = subscribed(&store).await;
    let (there, _two) = subscribed(&other).await;
    let is_told = async |what: &[Invalidation]| {
        for what in what {
            assert!(here.has(what), "{what:?} is not told before the change returns");
            until("the others are told", || there.has(what)).await;
        }
        here.forget();
        there.forget();
    };

    store.add_token(token(1).digest(), &info(1)).await.unwrap();
    is_told(&[told(1)]).await;
    assert!(store.update_token("id-00001", &TokenChange::new().with_note("new"), at(0)).await.unwrap());
    is_told(&[told(1)]).await;
    assert!(store.replace_token("id-00001", at(100), token(2).digest(), &info(2)).await.unwrap());
    is_told(&[told(1), told(2)]).await;
    assert!(store.revoke_token("id-00001", at(0), "lost").await.unwrap());
    is_told(&[told(1)]).await;
    assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(0), "lost").await.unwrap(), 1);
    is_told(&[told(2)]).await;
    assert!(store.delete_token("id-00001").await.unwrap());
    is_told(&[told(1)]).await;
    assert_eq!(store.prune_tokens(at(5000)).await.unwrap(), 1);
    is_told(&[told(2)]).await;
    let version = SecretVersion::new(Secret::random()).with_label("new");
    store.add_secret(&key("partner"), &version).await.unwrap();
    is_told(&[Invalidation::Key(key("partner"))]).await;
    assert!(store.retire_secret(&key("partner"), "new").await.unwrap());
    is_told(&[Invalidation::Key(key("partner"))]).await;
}

async fn what_is_used_is_not_announced() {
    let server = RedisServer::durable();
    let store = server.create().await;
    store.add_token(token(1).digest(), &info(1)).await.unwrap();
    let (notes, _delivery) = subscribed(&store).await;
    store.record_use(&[TokenUse { digest: *token(1).digest(), at: at(5) }]).await.unwrap();
    assert!(!store.revoke_token("another", at(0), "lost").await.unwrap());
    // What is told after them comes alone.
    store.add_token(token(2).digest(), &info(2)).await.unwrap();
    until("the addition is told by Redis too", || notes.0.lock().unwrap().told.len() == 2).await;
    assert_eq!(notes.0.lock().unwrap().told, [told(2), told(2)]);
}

async fn a_change_that_nobody_waits_for_is_told_all_the_same() {
    let server = RedisServer::durable();
    let (store, other) = (server.create().await, server.connect().await);
    let (here, _one) = subscribed(&store).await;
    let (there, _two) = subscribed(&other).await;
    for value in 0..100 {
        let (token, info) = (token(value), info(value));
        let soon = async {
            for _ in 0..value % 10 {
                tokio::task::yield_now().await;
            }
        };
        // Begun, and dropped at a different moment each time.
        tokio::select! {
            biased;
            _ = store.add_token(token.digest(), &info) => {}
            () = soon => {}
        }
    }
    for value in 0..100 {
        until("it is told here", || here.has(&told(value))).await;
        until("it is told there", || there.has(&told(value))).await;
        assert!(store.token(&token(value)).await.unwrap().is_some());
    }
}

async fn of_more_than_a_thousand_tokens_it_is_told_that_everything_changed() {
    let server = RedisServer::durable();
    let (store, other) = (server.create().await, server.connect().await);
    for (from, to) in [(0, 1000), (1000, 2001)] {
        for value in from..to {
            store.add_token(token(value).digest(), &info(value)).await.unwrap();
        }
        let (here, _one) = subscribed(&store).await;
        let (there, _two) = subscribed(&other).await;
        assert_eq!(store.revoke_tokens(&TokenFilter::all(), at(0), "lost").await.unwrap(), (to - from) as u64);
        for notes in [&here, &there] {
            if to - from > 1000 {
                until("everything changed", || notes.has(&Invalidation::Everything)).await;
            } else {
                until("each is told", || (from..to).all(|value| notes.has(&told(value)))).await;
                assert!(!notes.has(&Invalidation::Everything));
            }
        }
    }
}

async fn a_message_that_nobody_understands_means_everything() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let (notes, _delivery) = subscribed(&store).await;
    for message in ["*", "", "t too short", "k", "z of a newer version"] {
        server.tell(&["PUBLISH", "{countersign}:invalidations", message]);
        until("everything changed", || notes.has(&Invalidation::Everything)).await;
        notes.forget();
    }
}

async fn heartbeats_come_while_redis_is_there_and_never_otherwise() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let (notes, delivery) = subscribed(&store).await;
    until("there are heartbeats", || notes.heartbeats() >= 2).await;
    server.signal("STOP");
    // One may be under way already.
    let heard = notes.heartbeats() + 1;
    delivery.await.unwrap();
    assert!(notes.heartbeats() <= heard);
    server.signal("CONT");
}

async fn a_redis_that_ends_ends_the_delivery() {
    let mut server = RedisServer::durable();
    let store = server.create().await;
    let (_notes, delivery) = subscribed(&store).await;
    server.kill();
    // At once: it is not the silence that tells.
    let error = tokio::time::timeout(Duration::from_secs(2), delivery).await.expect("in time").unwrap();
    assert!(std::error::Error::source(&error).is_some());
    server.start_again();
    // The next subscription is as good as the first.
    let notes = Arc::new(Notes::default());
    let delivery = tokio::spawn({
        let (store, notes) = (store.clone(), notes.clone());
        async move {
            loop {
                store.deliver(notes.clone()).await;
            }
        }
    });
    until("the subscription stands", || !notes.0.lock().unwrap().connected.is_empty()).await;
    crate::redis_server::until_answered(|| async { store.revoke_token("id", at(0), "").await }).await;
    store.add_token(token(1).digest(), &info(1)).await.unwrap();
    until("it is told", || notes.has(&told(1))).await;
    delivery.abort();
}

async fn a_redis_that_is_silent_ends_the_delivery() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let (_notes, delivery) = subscribed(&store).await;
    server.signal("STOP");
    tokio::time::timeout(Duration::from_secs(5), delivery).await.expect("after three seconds of silence").unwrap();
    server.signal("CONT");
}

async fn a_store_that_is_closed_ends_the_delivery() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let (_notes, delivery) = subscribed(&store).await;
    store.close().await;
    delivery.await.unwrap();
    store.deliver(Arc::new(Notes::default())).await;
}

async fn a_delivery_that_is_dropped_tells_nothing_more() {
    let server = RedisServer::durable();
    let store = server.create().await;
    let (notes, delivery) = subscribed(&store).await;
    delivery.abort();
    let _ = delivery.await;
    store.add_token(token(1).digest(), &info(1)).await.unwrap();
    until("nobody is subscribed", || server.ask::<Vec<String>>(&["PUBSUB", "CHANNELS"]).is_empty()).await;
    assert!(!notes.has(&told(1)));
}

async fn a_redis_that_is_not_there_ends_the_delivery_at_once() {
    let mut server = RedisServer::durable();
    let store = server.create().await;
    server.kill();
    let notes = Arc::new(Notes::default());
    store.deliver(notes.clone()).await;
    assert!(notes.0.lock().unwrap().connected.is_empty(), "it was never connected");
}
