//! Which requests are the same, and what a nonce store may do.

use std::time::{Duration, SystemTime};

use countersign::hmac::schemes::{GitHub, UstudioV2};
use countersign::{
    AuthErrorKind, Claim, HmacAuthLayer, MemoryStore, Nonce, NonceStore, Secret, StoreError, async_trait,
};
use countersign_tests::{KEY, Script, Timed, again, secret, signed, signed_by, store};
use http::Request;

use crate::{guard, send};

const DAY: Duration = Duration::from_secs(86_400);
const REPLAYED: Result<(), AuthErrorKind> = Err(AuthErrorKind::Replayed);

fn protected() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store()).with_replay_protection_for(MemoryStore::new(), DAY)
}

fn timed() -> Timed {
    Timed::new(Duration::from_secs(300), Duration::from_secs(60))
}

#[tokio::test]
async fn formats_without_time_are_not_protected_until_it_is_said_for_how_long() {
    let ustudio = signed(&UstudioV2::new(), Request::post("/x"), b"body");
    let github = signed(&GitHub::new().with_key_id(KEY.parse().unwrap()), Request::post("/x"), b"body");
    let github_layer = || HmacAuthLayer::new(GitHub::new().with_key_id(KEY.parse().unwrap()), store());
    let layers = [
        (HmacAuthLayer::new(UstudioV2::new(), store()), Ok(()), &ustudio),
        (github_layer(), Ok(()), &github),
        (protected(), REPLAYED, &ustudio),
        (github_layer().with_replay_protection_for(MemoryStore::new(), DAY), REPLAYED, &github),
        (protected().with_insecure_no_replay_protection(), Ok(()), &ustudio),
    ];
    for (layer, second, request) in layers {
        let service = guard(&layer);
        assert_eq!(send(&service, again(request, b"body")).await, Ok(()));
        assert_eq!(send(&service, again(request, b"body")).await, second);
        assert_eq!(send(&service, again(request, b"body")).await, second);
    }
}

#[tokio::test]
async fn formats_with_time_are_protected_from_the_start() {
    for scheme in [timed(), timed().with_nonce()] {
        let request = signed(&scheme, Request::post("/x"), b"body");
        let layer = HmacAuthLayer::new(scheme, store());
        let service = guard(&layer);
        assert_eq!(send(&service, again(&request, b"body")).await, Ok(()));
        assert_eq!(send(&service, again(&request, b"body")).await, REPLAYED);
        // Every service of a layer remembers, and so do its clones.
        assert_eq!(send(&guard(&layer.clone()), again(&request, b"body")).await, REPLAYED);
        let careless = guard(&layer.with_insecure_no_replay_protection());
        assert_eq!(send(&careless, again(&request, b"body")).await, Ok(()));
        assert_eq!(send(&careless, request).await, Ok(()));
    }
}

#[tokio::test]
async fn nobody_spends_a_nonce_with_a_wrong_signature() {
    let scheme = timed().with_nonce();
    let request = signed(&scheme, Request::post("/x"), b"body");
    let service = guard(&HmacAuthLayer::new(scheme, store()));
    // The nonce of another's request, before that arrives.
    for _ in 0..3 {
        assert_eq!(send(&service, again(&request, b"another body")).await, Err(AuthErrorKind::BadSignature));
    }
    assert_eq!(send(&service, again(&request, b"body")).await, Ok(()));
    assert_eq!(send(&service, again(&request, b"body")).await, REPLAYED);
    // Wrong stays wrong, also with a nonce that was spent: nobody learns which were.
    assert_eq!(send(&service, again(&request, b"another body")).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn a_request_spelled_otherwise_is_the_same() {
    let spellings = ["/p?a=1+2&b=~", "/p?b=~&a=1%202", "/p?a=%31%20%32&&b=%7E", "/p?&a=1+2&b=~&"];
    for (first, second) in spellings.iter().flat_map(|one| spellings.iter().map(move |other| (one, other))) {
        let service = guard(&protected());
        assert_eq!(send(&service, signed(&UstudioV2::new(), Request::get(*first), b"")).await, Ok(()), "{first}");
        let other = send(&service, signed(&UstudioV2::new(), Request::get(*second), b"")).await;
        assert_eq!(other, REPLAYED, "{first} and {second}");
    }
    let service = guard(&protected());
    for different in ["/p?a=1&b=2", "/p?a=1&b=3", "/p?a=1", "/p/?a=1"] {
        assert_eq!(
            send(&service, signed(&UstudioV2::new(), Request::get(different), b"")).await,
            Ok(()),
            "{different}"
        );
    }
}

#[tokio::test]
async fn another_key_has_other_nonces() {
    let both = MemoryStore::new().with_secret("one", secret()).with_secret("other", secret());
    let layer = HmacAuthLayer::new(UstudioV2::new(), both).with_replay_protection_for(MemoryStore::new(), DAY);
    let service = guard(&layer);
    let by = |key| signed_by((key, &secret()), SystemTime::UNIX_EPOCH, &UstudioV2::new(), Request::get("/"), b"");
    // One secret, one signature, two keys.
    assert_eq!(
        by("one").headers()["authorization"].as_bytes()[21..],
        by("other").headers()["authorization"].as_bytes()[23..]
    );
    for key in ["one", "other"] {
        assert_eq!(send(&service, by(key)).await, Ok(()));
        assert_eq!(send(&service, by(key)).await, REPLAYED);
    }
}

#[tokio::test]
async fn a_full_store_refuses_what_is_new_and_forgets_nothing() {
    // A tenth of it for one key: room for two.
    let layer =
        HmacAuthLayer::new(UstudioV2::new(), store()).with_replay_protection_for(MemoryStore::with_capacity(20), DAY);
    let service = guard(&layer);
    let request = |path: &str| signed(&UstudioV2::new(), Request::get(path), b"");
    assert_eq!(send(&service, request("/1")).await, Ok(()));
    assert_eq!(send(&service, request("/2")).await, Ok(()));
    assert_eq!(send(&service, request("/3")).await, Err(AuthErrorKind::NonceStoreFull));
    assert_eq!(send(&service, request("/1")).await, REPLAYED);
    assert_eq!(send(&service, request("/2")).await, REPLAYED);
    assert_eq!(send(&service, request("/3")).await, Err(AuthErrorKind::NonceStoreFull));
}

/// A store out of order.
#[derive(Clone, Copy)]
enum Broken {
    Fails,
    FailsLater,
    Hangs,
    Panics,
    PanicsLater,
}

#[async_trait]
impl NonceStore for Broken {
    async fn claim(&self, _: &Nonce, _: SystemTime, _: SystemTime) -> Result<Claim, StoreError> {
        if matches!(self, Self::FailsLater | Self::PanicsLater) {
            tokio::task::yield_now().await;
        }
        match self {
            Self::Fails | Self::FailsLater => Err(StoreError::new("out of order")),
            Self::Hangs => std::future::pending().await,
            Self::Panics | Self::PanicsLater => panic!("out of order"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_say_admits_nobody() {
    use AuthErrorKind::{StoreFailed, StoreTimedOut};
    for (broken, kind) in [
        (Broken::Fails, StoreFailed),
        (Broken::FailsLater, StoreFailed),
        (Broken::Hangs, StoreTimedOut),
        (Broken::Panics, StoreFailed),
        (Broken::PanicsLater, StoreFailed),
    ] {
        let layer = HmacAuthLayer::new(UstudioV2::new(), store()).with_replay_protection_for(broken, DAY);
        let service = guard(&layer);
        for body in [Script::empty(), Script::new([countersign_tests::Step::Wait])] {
            let good = signed(&UstudioV2::new(), Request::get("/"), b"").map(|_| body);
            assert_eq!(send(&service, good).await, Err(kind));
        }
        // A bad signature is a bad signature: the store is not asked.
        let other = Secret::new("another secret of some length").unwrap();
        let bad = signed_by((KEY, &other), SystemTime::UNIX_EPOCH, &UstudioV2::new(), Request::get("/"), b"");
        assert_eq!(send(&service, bad).await, Err(AuthErrorKind::BadSignature));
    }
}
