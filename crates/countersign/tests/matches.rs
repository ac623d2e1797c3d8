//! When versions of secrets last matched: what is written, and what is not.
#![cfg(all(feature = "rfc9421", feature = "sign"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::cache::CacheConfig;
use countersign::hmac::schemes::{Rfc9421, UstudioV2};
use countersign::hmac::{HmacScheme, MatchRecorder};
use countersign::{
    HmacAuthLayer, ManualClock, MemoryStore, Secret, SecretAdmin, SecretSummary, SecretVersion, sign_request,
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceExt as _, service_fn};

const NOW: u64 = 1_700_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn secret(name: &str) -> Secret {
    Secret::new(format!("the secret called {name}, and more")).unwrap()
}

/// A key with two versions, and one that has no label.
async fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let key = "key".parse().unwrap();
    store.add_secret(&key, &SecretVersion::new(secret("nameless"))).await.unwrap();
    for label in ["old", "new"] {
        store.add_secret(&key, &SecretVersion::new(secret(label)).with_label(label)).await.unwrap();
    }
    store
}

/// When each version of the key last matched, in seconds after [`NOW`], newest first.
async fn matched(store: &MemoryStore) -> Vec<Option<u64>> {
    let since = |version: SecretSummary| Some(version.last_matched?.duration_since(at(NOW)).unwrap().as_secs());
    store.list_versions(&"key".parse().unwrap()).await.unwrap().into_iter().map(since).collect()
}

fn signed(scheme: &impl HmacScheme, with: &str, seconds: u64) -> Request<Full<Bytes>> {
    let (mut head, ()) = Request::post("http://example.org/x").body(()).unwrap().into_parts();
    sign_request(&mut head, BODY, scheme, &"key".parse().unwrap(), &secret(with), at(NOW + seconds)).unwrap();
    Request::from_parts(head, Full::new(Bytes::from_static(BODY)))
}

const BODY: &[u8] = br#"{"a":"body"}"#;

/// A layer by whose clock it is [`NOW`], what it records, and the clock.
fn layer(scheme: impl HmacScheme, store: &MemoryStore) -> (HmacAuthLayer, MatchRecorder, ManualClock) {
    let (usage, clock) = (MatchRecorder::new(store.clone()), ManualClock::at_unix(NOW));
    let layer = HmacAuthLayer::new(scheme, store.clone()).with_usage(usage.clone()).with_clock(clock.clone());
    (layer, usage, clock)
}

/// Reads the body to its end.
async fn send(layer: &HmacAuthLayer, request: Request<Full<Bytes>>) -> StatusCode {
    let service = layer.layer(service_fn(async |request: Request<AuthBody<Full<Bytes>>>| {
        let status = match request.into_body().collect().await {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::BAD_REQUEST,
        };
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = status;
        Ok::<_, Infallible>(response)
    }));
    service.oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn the_version_that_matched_is_recorded_and_no_other() {
    let (store, scheme) = (store().await, UstudioV2::new());
    let (layer, usage, clock) = layer(UstudioV2::new(), &store);
    assert_eq!(send(&layer, signed(&scheme, "old", 0)).await, StatusCode::OK);
    assert_eq!(matched(&store).await, [None, None, None], "not on the request's path");
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, Some(0), None]);
    clock.advance(Duration::from_secs(61));
    assert_eq!(send(&layer, signed(&scheme, "new", 60)).await, StatusCode::OK);
    assert_eq!(send(&layer, signed(&scheme, "nameless", 60)).await, StatusCode::OK, "it verifies, and has no name");
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [Some(61), Some(0), None]);
    assert_eq!(usage.dropped(), 0);
}

#[tokio::test]
async fn only_success_counts() {
    let (store, scheme) = (store().await, Rfc9421::new());
    let (layer, usage, clock) = layer(Rfc9421::new(), &store);
    let (first, stale) = (signed(&scheme, "old", 0), signed(&scheme, "new", 0));
    let mut forged = signed(&scheme, "new", 0);
    *forged.uri_mut() = "http://example.org/y".parse().unwrap();
    let mut other_body = signed(&scheme, "new", 0);
    *other_body.body_mut() = Full::new(Bytes::from_static(b"another body"));
    for request in [signed(&scheme, "a stranger's", 0), forged, other_body] {
        assert_eq!(send(&layer, request).await, StatusCode::UNAUTHORIZED);
    }
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, None, None]);
    assert_eq!(send(&layer, first.clone()).await, StatusCode::OK);
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, Some(0), None], "the count counts");
    clock.advance(Duration::from_secs(100));
    assert_eq!(send(&layer, first).await, StatusCode::UNAUTHORIZED, "replayed");
    clock.advance(Duration::from_secs(10_000));
    assert_eq!(send(&layer, stale).await, StatusCode::UNAUTHORIZED);
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, Some(0), None]);
}

#[tokio::test]
async fn what_the_cache_answers_counts_too_to_within_the_resolution() {
    let (store, scheme) = (store().await, UstudioV2::new());
    let (layer, usage, clock) = layer(UstudioV2::new(), &store);
    let layer = layer.with_cache(CacheConfig::new().with_lifetime(Duration::from_secs(86_400)));
    for (passed, expected) in [(0, 0), (59, 0), (1, 60), (3_600, 3_660)] {
        clock.advance(Duration::from_secs(passed));
        assert_eq!(send(&layer, signed(&scheme, "new", 0)).await, StatusCode::OK);
        usage.flush().await.unwrap();
        assert_eq!(matched(&store).await, [Some(expected), None, None]);
    }
}

#[tokio::test]
async fn a_body_that_streams_counts_when_it_has_proved_the_request() {
    let (store, scheme) = (store().await, UstudioV2::new());
    let (layer, usage, _) = layer(UstudioV2::new(), &store);
    let layer = layer.with_insecure_streaming_body();
    assert_eq!(
        send(&layer, signed(&scheme, "a stranger's", 0)).await,
        StatusCode::BAD_REQUEST,
        "the body ends in an error"
    );
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, None, None]);
    assert_eq!(send(&layer, signed(&scheme, "old", 0)).await, StatusCode::OK);
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, Some(0), None]);
}

#[tokio::test]
async fn what_there_is_no_room_for_is_dropped_and_counted() {
    let store = store().await;
    let usage = MatchRecorder::new(store.clone()).with_capacity(1);
    let key = "key".parse().unwrap();
    let (old, new): (Arc<str>, Arc<str>) = ("old".into(), "new".into());
    usage.record(&key, &old, at(NOW));
    usage.record(&key, &new, at(NOW));
    usage.record(&key, &old, at(NOW + 1));
    usage.flush().await.unwrap();
    assert_eq!((matched(&store).await, usage.dropped()), (vec![None, Some(1), None], 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_written_every_ten_seconds() {
    let (store, scheme) = (store().await, UstudioV2::new());
    let (layer, _usage, _) = layer(UstudioV2::new(), &store);
    assert_eq!(send(&layer, signed(&scheme, "new", 0)).await, StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(matched(&store).await, [None, None, None]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(matched(&store).await, [Some(0), None, None]);
}

#[tokio::test]
#[cfg(feature = "sentry")]
async fn messages_of_sentry_count_too() {
    use countersign::SentrySignatureLayer;
    use countersign::sentry::SentryMessage;

    let (store, scheme) = (store().await, SentryMessage::new());
    let usage = MatchRecorder::new(store.clone());
    let guard = SentrySignatureLayer::new(store.clone()).with_usage(usage.clone());
    let guard = guard.with_clock(ManualClock::at_unix(NOW));
    let service = guard.layer(service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))));
    assert_eq!(service.oneshot(signed(&scheme, "old", 0)).await.unwrap().status(), StatusCode::OK);
    usage.flush().await.unwrap();
    assert_eq!(matched(&store).await, [None, Some(0), None]);
}
