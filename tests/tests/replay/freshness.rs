//! How old a signature may be, and how far ahead.

use std::time::{Duration, SystemTime};

use countersign::{AuthError, AuthErrorKind, HmacAuthLayer, ManualClock, MemoryStore};
use countersign_tests::{Inner, Timed, again, signed_at, store};
use http::Request;
use tower::{Layer as _, ServiceExt as _};

use crate::{guard, send};

/// When the requests of this file are signed.
fn at(offset: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((1_700_000_000 + offset) as u64)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn timed() -> Timed {
    Timed::new(seconds(300), seconds(60))
}

#[tokio::test]
async fn both_edges_are_let_through_and_a_second_beyond_is_not() {
    use AuthErrorKind::{FromTheFuture, Stale};
    let own = || HmacAuthLayer::new(timed(), store());
    let narrow = || own().with_leeway(seconds(0), seconds(0));
    let cases = [
        (own(), 0, None),
        (own(), 300, None),
        (own(), 301, Some(Stale)),
        (own(), 1_000_000, Some(Stale)),
        (own(), -60, None),
        (own(), -61, Some(FromTheFuture)),
        (own(), -1_000_000, Some(FromTheFuture)),
        (narrow(), 0, None),
        (narrow(), 1, Some(Stale)),
        (narrow(), -1, Some(FromTheFuture)),
        (own().with_leeway(seconds(10), seconds(20)), 10, None),
        (own().with_leeway(seconds(10), seconds(20)), 11, Some(Stale)),
        (own().with_leeway(seconds(10), seconds(20)), -20, None),
        (own().with_leeway(seconds(10), seconds(20)), -21, Some(FromTheFuture)),
    ];
    for (layer, offset, kind) in cases {
        let request = signed_at(at(0), &timed(), Request::post("/x"), b"body");
        let service = layer.with_clock(ManualClock::new(at(offset))).layer(Inner::new());
        let answer = service.oneshot(request).await.unwrap();
        let error = answer.extensions().get::<AuthError>();
        assert_eq!(error.map(AuthError::kind), kind, "{offset} s after it was signed");
        assert_eq!(error.and_then(AuthError::skew), kind.map(|_| offset));
        assert_eq!(answer.status(), if kind.is_some() { 401 } else { 200 });
    }
}

#[tokio::test]
async fn a_part_of_a_second_beyond_is_beyond() {
    let clock = ManualClock::new(at(300));
    let service = guard(&HmacAuthLayer::new(timed(), store()).with_clock(clock.clone()));
    let request = |body: &[u8]| signed_at(at(0), &timed(), Request::post("/x"), body);
    assert_eq!(send(&service, request(b"1")).await, Ok(()));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(send(&service, request(b"2")).await, Err(AuthErrorKind::Stale));
}

#[tokio::test]
async fn a_request_ends_when_it_says() {
    let scheme = timed().with_lifetime(seconds(100));
    for (offset, expected) in [
        (-60, Ok(())),
        (99, Ok(())),
        (100, Err(AuthErrorKind::Stale)),
        (299, Err(AuthErrorKind::Stale)),
        (-61, Err(AuthErrorKind::FromTheFuture)),
    ] {
        let service = guard(&HmacAuthLayer::new(scheme.clone(), store()).with_clock(ManualClock::new(at(offset))));
        let request = signed_at(at(0), &scheme, Request::post("/x"), b"body");
        assert_eq!(send(&service, request).await, expected, "{offset} s after it was signed");
    }
}

#[tokio::test]
async fn time_cannot_be_changed_under_a_signature() {
    let service = guard(&HmacAuthLayer::new(timed(), store()).with_clock(ManualClock::new(at(400))));
    let request = signed_at(at(0), &timed(), Request::post("/x"), b"body");
    let old = request.headers()["x-mac"].to_str().unwrap().to_owned();
    for (from, to) in [("1700000000", "1700000400"), ("1700000000 -", "1700000400 1800000000")] {
        let mut forged = again(&request, b"body");
        forged.headers_mut().insert("x-mac", old.replace(from, to).parse().unwrap());
        assert_eq!(send(&service, forged).await, Err(AuthErrorKind::BadSignature));
    }
    assert_eq!(send(&service, request).await, Err(AuthErrorKind::Stale));
}

#[tokio::test]
async fn a_nonce_is_remembered_as_long_as_its_request_is_fresh() {
    for scheme in [timed(), timed().with_nonce()] {
        let clock = ManualClock::new(at(-60));
        let service = guard(&HmacAuthLayer::new(scheme.clone(), store()).with_clock(clock.clone()));
        let request = signed_at(at(0), &scheme, Request::post("/x"), b"body");
        assert_eq!(send(&service, again(&request, b"body")).await, Ok(()));
        for offset in [-60, 0, 239, 240, 241, 299, 300] {
            clock.set(at(offset));
            assert_eq!(send(&service, again(&request, b"body")).await, Err(AuthErrorKind::Replayed), "{offset}");
        }
        clock.set(at(301));
        assert_eq!(send(&service, again(&request, b"body")).await, Err(AuthErrorKind::Stale));
    }
}

#[tokio::test]
async fn a_clock_set_back_revives_nothing() {
    let clock = ManualClock::new(at(0));
    let service = guard(&HmacAuthLayer::new(timed(), store()).with_clock(clock.clone()));
    let first = signed_at(at(0), &timed(), Request::post("/x"), b"body");
    assert_eq!(send(&service, again(&first, b"body")).await, Ok(()));
    // Days later the store has forgotten it; then the clock goes back.
    clock.set(at(200_000));
    let later = signed_at(at(200_000), &timed(), Request::post("/x"), b"body");
    assert_eq!(send(&service, later).await, Ok(()));
    clock.set(at(10));
    assert_eq!(send(&service, again(&first, b"body")).await, Err(AuthErrorKind::Replayed));
}

#[tokio::test]
async fn processes_that_share_a_store_admit_once_together() {
    let nonces = MemoryStore::new();
    let process = |offset| {
        let layer = HmacAuthLayer::new(timed(), store()).with_clock(ManualClock::new(at(offset)));
        guard(&layer.with_replay_protection(nonces.clone()))
    };
    // Their clocks differ.
    let (one, other) = (process(-30), process(40));
    let request = signed_at(at(0), &timed(), Request::post("/x"), b"body");
    assert_eq!(send(&one, again(&request, b"body")).await, Ok(()));
    assert_eq!(send(&other, again(&request, b"body")).await, Err(AuthErrorKind::Replayed));
    assert_eq!(send(&one, again(&request, b"body")).await, Err(AuthErrorKind::Replayed));
}
