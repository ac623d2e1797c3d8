//! A signed request whose key is known, among a thousand.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use axum::middleware::from_fn_with_state;
use countersign::hmac::CacheConfig;
use countersign::hmac::schemes::UstudioV2;
use countersign::{
    Clock, HmacAuthLayer, KeyId, MemoryStore, Nonce, NonceStore as _, Secret, SystemClock, sign_request,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tower::{Layer as _, service_fn};

use crate::case::{Group, Of, Row};
use crate::peers::signature::require_signature;
use crate::service::handle;
use crate::template::Template;

/// A body, and what verifying it should cost.
#[derive(Debug)]
#[non_exhaustive]
pub struct Size {
    name: &'static str,
    len: usize,
    frame: usize,
    aim: (&'static str, Of, f64),
}

/// The bodies.
pub const SIZES: [Size; 6] = [
    Size { name: "HMAC-SHA-256, 0 B", len: 0, frame: 1, aim: (BY_HAND, Of::Added, 0.4) },
    Size { name: "HMAC-SHA-256, 1 KiB", len: 1 << 10, frame: 1 << 10, aim: (BY_HAND, Of::Added, 0.65) },
    Size { name: "HMAC-SHA-256, 64 KiB, one frame", len: 64 << 10, frame: 64 << 10, aim: LARGE },
    Size { name: "HMAC-SHA-256, 64 KiB, 16 KiB frames", len: 64 << 10, frame: 16 << 10, aim: LARGE },
    Size { name: "HMAC-SHA-256, 1 MiB, one frame", len: 1 << 20, frame: 1 << 20, aim: LARGE },
    Size { name: "HMAC-SHA-256, 1 MiB, 16 KiB frames", len: 1 << 20, frame: 16 << 10, aim: LARGE },
];

const LARGE: (&str, Of, f64) = (HASH, Of::Total, 1.05);
const BY_HAND: &str = "axum from_fn by hand";
const HASH: &str = "the HMAC alone";

/// The group of a body.
#[must_use]
pub fn group(size: &Size) -> Group {
    let template = signed(size);
    let (peer, of, at_most) = size.aim;
    let rows = vec![
        Row::serve("no layer", service_fn(handle)),
        countersign("countersign, keys cached", |layer| layer.with_cache(CacheConfig::new())).with_aim(
            peer,
            of,
            Some(at_most),
        ),
        countersign("countersign, no cache", |layer| layer).with_aim(peer, of, None),
        countersign("countersign, keys cached, replay protection", |layer| {
            let layer = layer.with_cache(CacheConfig::new()).with_clock(Leaping::default());
            layer.with_replay_protection_for(spent_nonces(), LEAP / 2)
        })
        .with_aim(peer, of, None),
        by_hand(),
        hash_alone(&template),
    ];
    Group::new(size.name, template, rows)
}

fn signed(size: &Size) -> Template {
    let path = "/v1/orders/7";
    let mut template = if size.len == 0 { Template::get(path) } else { Template::post(path, size.len, size.frame) };
    let (key_id, secret) = (KeyId::new(key_id(7)).expect("it is short"), secret(7));
    let body = template.body();
    sign_request(template.head_mut(), &body, &UstudioV2::new(), &key_id, &secret, SystemClock::new().now())
        .expect("the request can be signed");
    template
}

fn countersign(name: &'static str, configure: impl FnOnce(HmacAuthLayer) -> HmacAuthLayer) -> Row {
    let add = |store: MemoryStore, number| store.with_secret(&key_id(number), secret(number));
    let store = (0..KNOWN).fold(MemoryStore::new(), add);
    Row::serve(name, configure(HmacAuthLayer::new(UstudioV2::new(), store)).layer(service_fn(handle)))
}

fn by_hand() -> Row {
    let secrets = (0..KNOWN).map(|number| (key_id(number), secret(number).expose_secret().to_vec()));
    let secrets: Arc<HashMap<_, _>> = Arc::new(secrets.collect());
    Row::serve(BY_HAND, from_fn_with_state(secrets, require_signature).layer(service_fn(handle)))
}

/// What cannot be saved: the MAC of the same bytes with a key that is ready.
fn hash_alone(template: &Template) -> Row {
    let key = Hmac::<Sha256>::new_from_slice(secret(7).expose_secret()).expect("a key may have any length");
    let frames = template.frames().clone();
    Row::alone(HASH, move || {
        let mut mac = key.clone();
        mac.update(b"POST\n/v1/orders/7\n\n");
        frames.iter().for_each(|frame| mac.update(frame));
        mac.finalize().into_bytes()
    })
}

fn key_id(number: u32) -> String {
    format!("partner-{number:04}")
}

fn secret(number: u32) -> Secret {
    Secret::new(format!("a secret of partner {number:04}, 32 B")).expect("it has bytes")
}

/// A store in which ten thousand requests of somebody else are remembered.
fn spent_nonces() -> MemoryStore {
    let store = MemoryStore::new();
    let key_id = KeyId::new("somebody-else").expect("it is short");
    for number in 0..10_000_u64 {
        let nonce = Nonce::new("another", key_id.clone(), &number.to_be_bytes());
        let expires = SystemTime::UNIX_EPOCH + FAR_AWAY + LEAP * number as u32;
        let claim = pin!(store.claim(&nonce, SystemTime::UNIX_EPOCH, expires));
        assert!(claim_now(claim), "a new store has room");
    }
    store
}

fn claim_now<E>(claim: impl Future<Output = Result<countersign::Claim, E>>) -> bool {
    let claim = pin!(claim).poll(&mut Context::from_waker(Waker::noop()));
    matches!(claim, std::task::Poll::Ready(Ok(countersign::Claim::Fresh)))
}

/// A clock that leaps with each look at it, so that the same request is fresh again: its nonce was forgotten meanwhile.
#[derive(Default)]
struct Leaping(AtomicU64);

impl Clock for Leaping {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + LEAP * self.0.fetch_add(1, Ordering::Relaxed) as u32
    }
}

const KNOWN: u32 = 1_000;
const LEAP: Duration = Duration::from_secs(2);
/// Longer than any number of requests that are ever sent here takes by the leaping clock.
const FAR_AWAY: Duration = Duration::from_secs(1 << 36);
