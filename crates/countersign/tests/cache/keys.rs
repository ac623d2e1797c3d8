//! The same for keys: kept once a signature was verified with them.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use countersign::AuthErrorKind::{BadSignature, StoreFailed, UnknownKey};
use countersign::auth::Authenticate as _;
use countersign::cache::CacheConfig;
use countersign::hmac::schemes::UstudioV2;
use countersign::{AuthErrorKind, HmacAuthLayer, MemoryStore, Secret, SecretAdmin as _, SecretVersion, sign_request};
use http::Request;
use http_body::{Body, Frame};
use http_body_util::Full;
use tokio::sync::oneshot::Receiver;

use crate::support::*;

const SECRET: &str = "a secret of more than sixteen bytes";

fn secret() -> Secret {
    Secret::new(SECRET).unwrap()
}

async fn store() -> Counted {
    let memory = MemoryStore::new();
    memory.add_secret(&"known".parse().unwrap(), &SecretVersion::new(secret()).with_label("first")).await.unwrap();
    Counted::new(memory)
}

fn layer(store: &Counted) -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store.clone()).with_clock(clock()).with_cache(CacheConfig::new())
}

async fn told() -> (Counted, HmacAuthLayer) {
    let store = store().await;
    let layer = layer(&store).with_invalidations(store.memory.clone());
    for _ in 0..1_000 {
        let _ = (ask(&layer, "known", SECRET).await, ask(&layer, "known", SECRET).await);
        if store.asked() == 0 {
            return (store, layer);
        }
        tokio::task::yield_now().await;
    }
    panic!("the cache is not in use");
}

fn signed(key_id: &str, secret: &str, body: &[u8]) -> http::request::Parts {
    let (mut head, ()) = Request::post("/orders").body(()).unwrap().into_parts();
    let (key_id, secret) = (key_id.parse().unwrap(), Secret::new(secret).unwrap());
    sign_request(&mut head, body, &UstudioV2::new(), &key_id, &secret, at(NOW)).unwrap();
    head
}

async fn ask(layer: &HmacAuthLayer, key_id: &str, secret: &str) -> Result<(), AuthErrorKind> {
    let body = Full::new(Bytes::from_static(b"one"));
    let request = Request::from_parts(signed(key_id, secret, b"one"), body);
    layer.authenticator().authenticate(request).decide().await.map(drop).map_err(|error| error.kind())
}

#[tokio::test]
async fn nothing_is_kept_of_a_key_before_a_signature_was_verified_with_it() {
    let store = store().await;
    let layer = layer(&store);
    for _ in 0..3 {
        assert_eq!(ask(&layer, "known", "another secret, just as long").await, Err(BadSignature));
        assert_eq!(store.asked(), 1);
    }
    assert_eq!((ask(&layer, "known", SECRET).await, store.asked()), (Ok(()), 1));
    assert_eq!((ask(&layer, "known", SECRET).await, store.asked()), (Ok(()), 0));
    assert_eq!((ask(&layer, "known", "another secret, just as long").await, store.asked()), (Err(BadSignature), 0));
}

#[tokio::test]
async fn a_key_that_does_not_exist_is_asked_for_once_and_displaces_none_that_does() {
    let store = store().await;
    let layer = HmacAuthLayer::new(UstudioV2::new(), store.clone())
        .with_clock(clock())
        .with_cache(CacheConfig::new().with_capacity(10));
    assert_eq!(ask(&layer, "known", SECRET).await, Ok(()));
    for number in 0..200 {
        for _ in 0..2 {
            assert_eq!(ask(&layer, &format!("unknown-{number}"), SECRET).await, Err(UnknownKey));
        }
    }
    assert_eq!(store.asked(), 201);
    assert_eq!((ask(&layer, "known", SECRET).await, store.asked()), (Ok(()), 0));
}

#[tokio::test]
async fn a_secret_whose_time_is_over_is_asked_for_anew() {
    let (store, clock) = (store().await, clock());
    let version = SecretVersion::new(secret()).with_not_after(at(NOW + 10));
    store.memory.add_secret(&"short".parse().unwrap(), &version).await.unwrap();
    let layer = layer(&store).with_clock(clock.clone());
    for (advance, expected, asked) in [(0, Ok(()), 1), (9, Ok(()), 0), (1, Err(UnknownKey), 1), (0, Err(UnknownKey), 1)]
    {
        clock.advance(advance * SECOND);
        assert_eq!((ask(&layer, "short", SECRET).await, store.asked()), (expected, asked));
    }
}

#[tokio::test]
async fn what_changes_is_known_to_the_very_next_request() {
    let (store, layer) = told().await;
    let known = "known".parse().unwrap();
    let second = "the second secret of this key";
    assert_eq!(ask(&layer, "known", second).await, Err(BadSignature));
    let version = SecretVersion::new(Secret::new(second).unwrap()).with_label("second");
    store.memory.add_secret(&known, &version).await.unwrap();
    assert_eq!(ask(&layer, "known", second).await, Ok(()));
    assert_eq!(ask(&layer, "known", SECRET).await, Ok(()));
    store.memory.retire_secret(&known, "first").await.unwrap();
    assert_eq!(ask(&layer, "known", SECRET).await, Err(BadSignature));
    assert_eq!(ask(&layer, "known", second).await, Ok(()));
    store.memory.retire_secret(&known, "second").await.unwrap();
    assert_eq!(ask(&layer, "known", second).await, Err(UnknownKey));
    let again = SecretVersion::new(secret()).with_label("third");
    store.memory.add_secret(&known, &again).await.unwrap();
    assert_eq!(ask(&layer, "known", SECRET).await, Ok(()));
}

#[tokio::test]
async fn a_secret_that_is_retired_while_a_body_arrives_is_not_kept() {
    let (store, layer) = told().await;
    let other = "other".parse().unwrap();
    store.memory.add_secret(&other, &SecretVersion::new(secret()).with_label("first")).await.unwrap();
    let (sender, body) = tokio::sync::oneshot::channel();
    let request = Request::from_parts(signed("other", SECRET, b"two"), Late(Some(body)));
    let deciding = tokio::spawn(layer.authenticator().authenticate(request).decide());
    settle().await;
    store.memory.retire_secret(&other, "first").await.unwrap();
    sender.send(Bytes::from_static(b"two")).unwrap();
    assert!(deciding.await.unwrap().is_ok(), "it asked before");
    assert_eq!(ask(&layer, "other", SECRET).await, Err(UnknownKey));
}

#[tokio::test]
async fn requests_of_the_same_key_ask_once_and_an_error_is_not_kept() {
    let store = store().await;
    let layer = layer(&store);
    for (mood, expected) in [(Mood::HoldAndFail, Err(StoreFailed)), (Mood::Hold, Ok(()))] {
        store.be(mood);
        let spawn = |_| {
            let layer = layer.clone();
            tokio::spawn(async move { ask(&layer, "known", SECRET).await })
        };
        let asking: Vec<_> = (0..20).map(spawn).collect();
        settle().await;
        assert_eq!(store.asked(), 1);
        store.release(1);
        for asking in asking {
            assert_eq!(asking.await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn by_name_alone_a_key_goes_on_while_the_store_fails() {
    let store = store().await;
    let clock = clock();
    for (beyond, expected) in [(0, Err(StoreFailed)), (30, Ok(()))] {
        clock.set(at(NOW));
        store.be(Mood::Answer);
        let layer = HmacAuthLayer::new(UstudioV2::new(), store.clone())
            .with_clock(clock.clone())
            .with_cache(CacheConfig::new().with_insecure_stale_if_error(beyond * SECOND));
        assert_eq!(ask(&layer, "known", SECRET).await, Ok(()));
        clock.advance(60 * SECOND);
        store.be(Mood::Fail);
        assert_eq!(ask(&layer, "known", SECRET).await, expected);
        assert_eq!(ask(&layer, "unknown", SECRET).await, Err(StoreFailed));
        clock.advance(30 * SECOND);
        assert_eq!(ask(&layer, "known", SECRET).await, Err(StoreFailed));
    }
}

/// A body of one frame that is sent some time.
struct Late(Option<Receiver<Bytes>>);

impl Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(late) = &mut self.0 else { return Poll::Ready(None) };
        let bytes = ready!(Pin::new(late).poll(context)).unwrap();
        self.0 = None;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
