//! A signed request whose key is known: each format with each body, beside whoever else verifies that format.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use countersign::cache::CacheConfig;
use countersign::hmac::HmacScheme;
use countersign::{
    Claim, Clock as _, HmacAuthLayer, KeyId, MemoryStore, Nonce, NonceStore, Secret, StoreError, SystemClock,
    sign_request,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tower::{Layer as _, service_fn};

use crate::case::{Case, Group, Of, Row};
use crate::formats::{
    GitHubWebhooks, Rfc9421Profile, SigV4Requests, StandardWebhooksFormat, StripeWebhooks, UstudioV2Requests,
};
use crate::service::handle;
use crate::template::Template;

/// A format, its keys, and who else verifies it.
pub(crate) trait Format: 'static {
    const NAME: &'static str;
    const TARGET: &'static str = "/v1/orders/7";
    /// Whether a row without a cache is of interest: it is the same in all formats.
    const UNCACHED: bool = false;
    fn scheme() -> impl HmacScheme;
    /// All that are known; the first signs.
    fn keys() -> Vec<Key>;
    fn sign(template: &mut Template, key: &Key) {
        let key_id = KeyId::new(key.id.as_str()).expect("it is short");
        let (secret, body) = (Secret::new(key.secret.as_str()).expect("it has bytes"), template.body());
        sign_request(template.head_mut(), &body, &Self::scheme(), &key_id, &secret, SystemClock::new().now())
            .expect("the request can be signed");
    }
    /// Whoever verifies the request that was signed.
    fn peers(signed: &Template) -> Vec<Peer>;
}

/// A key id and its secret, as a sender holds it.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Somebody else's way, and the aims of ours: the length of a body, and how many times the peer's added time ours may be.
pub(crate) struct Peer {
    pub(crate) row: Row,
    pub(crate) aims: &'static [(usize, f64)],
}

/// A body, and the chunks in which it comes.
struct Size {
    name: &'static str,
    len: usize,
    chunk: usize,
}

static SIZES: [Size; 8] = [
    Size { name: "0 B", len: 0, chunk: 1 },
    Size { name: "1 KiB", len: 1 << 10, chunk: 1 << 10 },
    Size { name: "64 KiB, one chunk", len: LONG, chunk: LONG },
    Size { name: "64 KiB, 16 KiB chunks", len: LONG, chunk: 16 << 10 },
    Size { name: "1 MiB, one chunk", len: LARGE, chunk: LARGE },
    Size { name: "1 MiB, 16 KiB chunks", len: LARGE, chunk: 16 << 10 },
    Size { name: "16 MiB, one chunk", len: 16 << 20, chunk: 16 << 20 },
    Size { name: "16 MiB, 16 KiB chunks", len: 16 << 20, chunk: 16 << 10 },
];

/// From here on the hash is nearly all, and everything is compared with it.
const LONG: usize = 64 << 10;
const LARGE: usize = 1 << 20;
/// What everybody takes.
pub(crate) const LIMIT: usize = 16 << 20;
const HASH: &str = "the HMAC alone";

/// The cases.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let formats = [
        cases_of::<UstudioV2Requests>,
        cases_of::<StandardWebhooksFormat>,
        cases_of::<Rfc9421Profile>,
        cases_of::<SigV4Requests>,
        cases_of::<StripeWebhooks>,
        cases_of::<GitHubWebhooks>,
    ];
    formats.into_iter().flat_map(|cases| cases())
}

fn cases_of<F: Format>() -> Vec<Case> {
    let case = |size: &'static Size| {
        Case::new(format!("{}, {}", F::NAME, size.name), size.len >= LARGE, move || group::<F>(size))
    };
    SIZES.iter().map(case).collect()
}

fn group<F: Format>(size: &Size) -> Group {
    let template = signed::<F>(size);
    let peers = F::peers(&template);
    let is_long = size.len >= LONG;
    // An aim is for the usual way; the other ways of ours are compared for information.
    let ours = |name, is_aim: bool, configure: fn(HmacAuthLayer) -> HmacAuthLayer| {
        let row = Row::serve(name, configure(layer::<F>()).layer(service_fn(handle)));
        if is_long {
            return row.with_aim(HASH, Of::Total, is_aim.then_some(1.05));
        }
        peers.iter().fold(row, |row, peer| {
            let at_most = peer.aims.iter().find(|(len, _)| *len == size.len).map(|(_, at_most)| *at_most);
            row.with_aim(peer.row.name, Of::Added, at_most.filter(|_| is_aim))
        })
    };
    let mut rows = vec![
        Row::serve("no layer", service_fn(handle)),
        ours("countersign, keys cached", true, |layer| layer.with_cache(CacheConfig::new())),
    ];
    if F::UNCACHED {
        rows.push(ours("countersign, no cache", false, |layer| layer));
    }
    rows.push(ours("countersign, keys cached, replay protection", false, |layer| {
        layer.with_cache(CacheConfig::new()).with_replay_protection_for(Forgetful::new(), LEAP)
    }));
    rows.extend(
        peers.into_iter().map(|Peer { row, .. }| if is_long { row.with_aim(HASH, Of::Total, None) } else { row }),
    );
    rows.push(hash_alone(&template));
    Group::new(template, rows)
}

fn signed<F: Format>(size: &Size) -> Template {
    let Size { len, chunk, .. } = *size;
    let mut template = if len == 0 { Template::get(F::TARGET) } else { Template::post(F::TARGET, len, chunk) };
    F::sign(&mut template, &F::keys().swap_remove(0));
    template
}

fn layer<F: Format>() -> HmacAuthLayer {
    let add = |store: MemoryStore, Key { id, secret }: Key| {
        store.with_secret(&id, Secret::new(secret).expect("it has bytes"))
    };
    HmacAuthLayer::new(F::scheme(), F::keys().into_iter().fold(MemoryStore::new(), add))
        .with_insecure_no_replay_protection()
        .with_body_limit(LIMIT)
}

/// What cannot be saved: the MAC of the same bytes with a key that is ready.
fn hash_alone(template: &Template) -> Row {
    let key = Hmac::<Sha256>::new_from_slice(b"a key of thirty-two bytes, ready").expect("a key may have any length");
    let frames = template.frames().clone();
    Row::alone(HASH, move || {
        let mut mac = key.clone();
        mac.update(b"POST\n/v1/orders/7\n\n");
        frames.iter().for_each(|frame| mac.update(frame));
        mac.finalize().into_bytes()
    })
}

/// A store in which ten thousand requests of somebody else are remembered, and where time leaps with each claim: what it was
/// told before is forgotten, so that the same request is fresh again.
struct Forgetful {
    store: MemoryStore,
    claims: AtomicU64,
}

impl Forgetful {
    fn new() -> Self {
        let store = MemoryStore::new();
        let key_id = KeyId::new("somebody-else").expect("it is short");
        for number in 0..10_000_u64 {
            let nonce = Nonce::new("another", key_id.clone(), &number.to_be_bytes());
            let expires = SystemTime::UNIX_EPOCH + FAR_AWAY + LEAP * number as u32;
            let claim = pin!(store.claim(&nonce, SystemTime::UNIX_EPOCH, expires));
            let claim = claim.poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(claim, Poll::Ready(Ok(Claim::Fresh))), "a new store has room");
        }
        Self { store, claims: AtomicU64::new(0) }
    }
}

impl NonceStore for Forgetful {
    // Spelled out, so that there is one box and not two.
    fn claim<'s, 'n, 'f>(
        &'s self,
        nonce: &'n Nonce,
        _now: SystemTime,
        _expires: SystemTime,
    ) -> Pin<Box<dyn Future<Output = Result<Claim, StoreError>> + Send + 'f>>
    where
        's: 'f,
        'n: 'f,
        Self: 'f,
    {
        let now = SystemTime::UNIX_EPOCH + LEAP * self.claims.fetch_add(1, Ordering::Relaxed) as u32;
        self.store.claim(nonce, now, now + LEAP / 2)
    }
}

const LEAP: Duration = Duration::from_secs(2);
/// Longer than any number of requests that are ever sent here takes by the leaping clock.
const FAR_AWAY: Duration = Duration::from_secs(1 << 36);
