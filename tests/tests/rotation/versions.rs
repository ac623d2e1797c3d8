//! Secrets that come and go: which are tried, when, and for how long a cache may remember them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use countersign::cache::CacheConfig;
use countersign::hmac::schemes::UstudioV2;
use countersign::{
    AuthError, AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, SecretAdmin as _, SecretStore,
    SecretVersion, Secrets, StoreError, async_trait,
};
use countersign_tests::{Inner, KEY, Script, signed_by};
use http::Request;
use tower::{Layer as _, ServiceExt as _};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn secret(name: &str) -> Secret {
    Secret::new(format!("the secret called {name}")).unwrap()
}

fn version(label: &str) -> SecretVersion {
    SecretVersion::new(secret(label)).with_label(label)
}

fn request_of(key: &str, name: &str) -> Request<Script> {
    signed_by((key, &secret(name)), at(0), &UstudioV2::new(), Request::post("/x"), b"body")
}

/// The label of the secret that matched a request signed with the secret of this name.
async fn label(layer: &HmacAuthLayer, name: &str) -> Result<Option<String>, AuthErrorKind> {
    label_of(layer, KEY, name).await
}

async fn label_of(layer: &HmacAuthLayer, key: &str, name: &str) -> Result<Option<String>, AuthErrorKind> {
    let inner = Inner::new();
    let answer = layer.layer(inner.clone()).oneshot(request_of(key, name)).await.unwrap();
    match answer.extensions().get::<AuthError>() {
        Some(error) => Err(error.kind()),
        None => Ok(inner.last().caller().secret_label().map(str::to_owned)),
    }
}

fn found(label: &str) -> Result<Option<String>, AuthErrorKind> {
    Ok(Some(label.to_owned()))
}

/// A store whose content a test changes, and that counts how often it is asked.
#[derive(Clone, Default)]
struct Counted {
    secrets: Arc<Mutex<Secrets>>,
    fails: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Counted {
    fn of(versions: impl IntoIterator<Item = SecretVersion>) -> Self {
        let store = Self::default();
        store.set(versions);
        store
    }

    fn set(&self, versions: impl IntoIterator<Item = SecretVersion>) {
        *self.secrets.lock().unwrap() = versions.into_iter().collect();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SecretStore for Counted {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::new("down"));
        }
        Ok(if key_id.as_str() == KEY { self.secrets.lock().unwrap().clone() } else { Secrets::none() })
    }
}

fn layer(versions: impl IntoIterator<Item = SecretVersion>) -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), Counted::of(versions))
}

#[tokio::test]
async fn every_live_secret_verifies_and_is_named() {
    let layer = layer(["new", "old", "older"].map(version).into_iter().chain([SecretVersion::new(secret("nameless"))]));
    for name in ["new", "old", "older"] {
        assert_eq!(label(&layer, name).await, found(name));
    }
    assert_eq!(label(&layer, "nameless").await, Ok(None));
    assert_eq!(label(&layer, "another").await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn of_two_that_match_the_newest_is_named() {
    let twice = SecretVersion::new(secret("old")).with_label("the same again");
    assert_eq!(label(&layer([twice, version("old")]), "old").await, found("the same again"));
}

#[tokio::test]
async fn a_secret_verifies_from_its_first_instant_and_not_at_its_last() {
    let clock = ManualClock::new(at(0));
    let versions = [version("new").with_not_before(at(10)), version("old").with_not_after(at(20))];
    let layer = layer(versions).with_clock(clock.clone());
    for (now, new, old) in [(0, false, true), (9, false, true), (10, true, true), (19, true, true), (20, true, false)] {
        clock.set(at(now));
        assert_eq!(label(&layer, "new").await.is_ok(), new, "the new one at {now}");
        assert_eq!(label(&layer, "old").await.is_ok(), old, "the old one at {now}");
    }
}

#[tokio::test]
async fn a_key_none_of_whose_secrets_is_live_is_unknown() {
    let versions = [version("new").with_not_before(at(10)), version("old").with_not_after(at(5))];
    let layer = layer(versions).with_clock(ManualClock::new(at(7)));
    for name in ["new", "old", "another"] {
        assert_eq!(label(&layer, name).await, Err(AuthErrorKind::UnknownKey));
    }
}

#[tokio::test]
async fn four_live_secrets_are_tried_and_no_more() {
    let names = ["1", "2", "3", "4", "5", "6"];
    let five = layer(names.map(version));
    for name in &names[..4] {
        assert_eq!(label(&five, name).await, found(name));
    }
    for name in &names[4..] {
        assert_eq!(label(&five, name).await, Err(AuthErrorKind::BadSignature));
    }
    // Those that are not live take nobody's place.
    let dead = ["1", "2"].map(|name| version(name).with_not_after(at(0)));
    let six = layer(dead.into_iter().chain(["3", "4", "5", "6"].map(version))).with_clock(ManualClock::new(at(0)));
    for name in &names[2..] {
        assert_eq!(label(&six, name).await, found(name));
    }
    assert_eq!(label(&six, "1").await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn a_rotation_in_a_store_takes_effect_at_the_next_request() {
    let (store, key) = (MemoryStore::new(), KeyId::new(KEY).unwrap());
    let layer = HmacAuthLayer::new(UstudioV2::new(), store.clone());
    assert_eq!(label(&layer, "old").await, Err(AuthErrorKind::UnknownKey));
    store.add_secret(&key, &version("old")).await.unwrap();
    assert_eq!(label(&layer, "old").await, found("old"));
    store.add_secret(&key, &version("new")).await.unwrap();
    assert_eq!((label(&layer, "old").await, label(&layer, "new").await), (found("old"), found("new")));
    assert!(store.retire_secret(&key, "old").await.unwrap());
    assert_eq!(label(&layer, "old").await, Err(AuthErrorKind::BadSignature));
    assert!(store.retire_secret(&key, "new").await.unwrap());
    assert_eq!(label(&layer, "new").await, Err(AuthErrorKind::UnknownKey));
}

// ── with a cache ──

fn cached(store: &Counted, clock: &ManualClock) -> HmacAuthLayer {
    let config = CacheConfig::new()
        .with_capacity(8)
        .with_lifetime(Duration::from_secs(60))
        .with_absent_lifetime(Duration::from_secs(5));
    HmacAuthLayer::new(UstudioV2::new(), store.clone()).with_cache(config).with_clock(clock.clone())
}

#[tokio::test]
async fn a_cached_key_is_asked_for_once_in_its_lifetime() {
    let (store, clock) = (Counted::of([version("new"), version("old")]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    for (now, asked) in [(0, 1), (1, 1), (59, 1), (60, 2), (119, 2), (120, 3)] {
        clock.set(at(now));
        assert_eq!(label(&layer, "new").await, found("new"), "at {now}");
        assert_eq!(label(&layer, "old").await, found("old"), "at {now}");
        assert_eq!(store.asked(), asked, "at {now}");
    }
    // Without a cache, each time.
    let (store, layer) = (store.clone(), HmacAuthLayer::new(UstudioV2::new(), store.clone()));
    let before = store.asked();
    for _ in 0..3 {
        assert_eq!(label(&layer, "new").await, found("new"));
    }
    assert_eq!(store.asked(), before + 3);
}

#[tokio::test]
async fn a_retired_secret_ends_with_its_entry() {
    let (store, clock) = (Counted::of([version("new"), version("old")]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    assert_eq!(label(&layer, "old").await, found("old"));
    store.set([version("new")]);
    clock.set(at(59));
    assert_eq!(label(&layer, "old").await, found("old"));
    clock.set(at(60));
    assert_eq!(label(&layer, "old").await, Err(AuthErrorKind::BadSignature));
    assert_eq!(label(&layer, "new").await, found("new"));
}

#[tokio::test]
async fn a_cached_secret_keeps_its_own_time() {
    let versions = [version("new").with_not_before(at(20)), version("old").with_not_after(at(10))];
    let (store, clock) = (Counted::of(versions), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    assert_eq!(label(&layer, "old").await, found("old"));
    clock.set(at(10));
    assert_eq!(label(&layer, "old").await, Err(AuthErrorKind::UnknownKey));
    clock.set(at(20));
    assert_eq!(label(&layer, "new").await, found("new"));
    assert_eq!(label(&layer, "old").await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn nothing_is_kept_before_a_signature_was_verified() {
    let (store, clock) = (Counted::of([version("new")]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    for asked in 1..=5 {
        assert_eq!(label(&layer, "another").await, Err(AuthErrorKind::BadSignature));
        assert_eq!(store.asked(), asked);
    }
    assert_eq!(label(&layer, "new").await, found("new"));
    assert_eq!(store.asked(), 6);
    for name in ["new", "another", "new", "another"] {
        assert_eq!(label(&layer, name).await.is_ok(), name == "new");
        assert_eq!(store.asked(), 6);
    }
}

#[tokio::test]
async fn an_unknown_key_is_believed_to_be_unknown_for_a_while() {
    let (store, clock) = (Counted::of([]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    for _ in 0..3 {
        assert_eq!(label(&layer, "new").await, Err(AuthErrorKind::UnknownKey));
        assert_eq!(store.asked(), 1);
    }
    store.set([version("new")]);
    clock.set(at(4));
    assert_eq!(label(&layer, "new").await, Err(AuthErrorKind::UnknownKey));
    clock.set(at(5));
    assert_eq!(label(&layer, "new").await, found("new"));
    assert_eq!(store.asked(), 2);
}

#[tokio::test]
async fn a_flood_of_unknown_keys_displaces_no_known_one() {
    let (store, clock) = (Counted::of([version("new")]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    assert_eq!(label(&layer, "new").await, found("new"));
    for number in 0..200 {
        assert_eq!(label_of(&layer, &format!("k{number}"), "new").await, Err(AuthErrorKind::UnknownKey));
    }
    assert_eq!(store.asked(), 201);
    assert_eq!(label(&layer, "new").await, found("new"));
    assert_eq!(store.asked(), 201);
}

#[tokio::test]
async fn an_error_of_the_store_is_not_remembered() {
    let (store, clock) = (Counted::of([version("new")]), ManualClock::new(at(0)));
    let layer = cached(&store, &clock);
    let fail = |fails| store.fails.store(fails, Ordering::SeqCst);
    fail(true);
    assert_eq!(label(&layer, "new").await, Err(AuthErrorKind::StoreFailed));
    assert_eq!(label_of(&layer, "unknown", "new").await, Err(AuthErrorKind::StoreFailed));
    fail(false);
    assert_eq!(label(&layer, "new").await, found("new"));
    assert_eq!(label_of(&layer, "unknown", "new").await, Err(AuthErrorKind::UnknownKey));
    // What is kept outlives an outage, what has run out does not.
    fail(true);
    assert_eq!(label(&layer, "new").await, found("new"));
    clock.set(at(60));
    assert_eq!(label(&layer, "new").await, Err(AuthErrorKind::StoreFailed));
    assert_eq!(label_of(&layer, "unknown", "new").await, Err(AuthErrorKind::StoreFailed));
}
