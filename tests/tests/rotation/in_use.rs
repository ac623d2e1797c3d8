//! A key goes from one secret to the next behind a server on a socket: what is still in use is not retired, and what was
//! retired verifies nothing from the next request on.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::cache::CacheConfig;
use countersign::hmac::MatchRecorder;
use countersign::hmac::schemes::UstudioV2;
use countersign::{
    Clock as _, HmacAuthLayer, KeyId, ManualClock, Retirement, Secret, SecretAdmin as _, issue_secret,
    retire_unused_secret, rotate_secret,
};
use countersign_sqlx::SqliteStore;
use countersign_tests::{KEY, Server, Wire, signed_by};
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tempfile::TempDir;
use tower::{Layer as _, service_fn};

const A_DAY: Duration = Duration::from_secs(86_400);
const AN_HOUR: Duration = Duration::from_secs(3_600);

/// A service on a socket over a SQLite file, whose layer keeps keys for a year and records what matches.
struct World {
    store: SqliteStore,
    key: KeyId,
    clock: ManualClock,
    usage: MatchRecorder,
    server: Server,
    _folder: TempDir,
}

impl World {
    /// Whether the layer hears of changes is said: a cache that does not goes on as if nothing had happened.
    async fn new(hears: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(folder.path().join("auth.sqlite")).await.unwrap();
        let clock = ManualClock::at_unix(1_700_000_000);
        let usage = MatchRecorder::new(store.clone());
        let layer = HmacAuthLayer::new(UstudioV2::new(), store.clone())
            .with_cache(CacheConfig::new().with_lifetime(365 * A_DAY))
            .with_usage(usage.clone())
            .with_clock(clock.clone());
        let layer = if hears { layer.with_invalidations(store.clone()) } else { layer };
        let handler = service_fn(async |_: Request<AuthBody<Incoming>>| {
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let server = Server::start(layer.layer(handler)).await;
        Self { store, key: KEY.parse().unwrap(), clock, usage, server, _folder: folder }
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The status of the answer to a request that is signed with this secret. What matched is written, as it is now and then.
    async fn send(&self, secret: &Secret) -> u16 {
        let signed = signed_by((KEY, secret), self.now(), &UstudioV2::new(), Request::post("/orders"), b"body");
        let credentials = signed.headers()[header::AUTHORIZATION].to_str().unwrap();
        let request = format!(
            "POST /orders HTTP/1.1\r\nhost: x\r\nauthorization: {credentials}\r\ncontent-length: 4\r\n\r\nbody"
        );
        let status = Wire::exchange(self.server.address(), request.as_bytes()).await.status;
        self.usage.flush().await.unwrap();
        status
    }

    async fn retire(&self, label: &str) -> Retirement {
        retire_unused_secret(&self.store, &self.key, label, A_DAY, self.now()).await.unwrap()
    }

    /// Rotates from `v1` to `v2` up to where `v1` was retired; the two secrets.
    async fn rotate(&self) -> (Secret, Secret) {
        let v1 = issue_secret(&self.store, &self.key, "v1").await.unwrap();
        assert_eq!(self.send(&v1).await, 200);
        let v2 = issue_secret(&self.store, &self.key, "v2").await.unwrap();
        self.clock.advance(AN_HOUR);
        assert_eq!(self.send(&v1).await, 200);
        let last = self.now();
        assert_eq!(self.retire("v1").await, Retirement::InUse(last));
        (v1, v2)
    }
}

#[tokio::test]
async fn what_is_in_use_is_not_retired_and_what_is_retired_is_refused_at_once() {
    let world = World::new(true).await;
    let (v1, v2) = world.rotate().await;
    let last = world.now();
    world.clock.advance(A_DAY - AN_HOUR);
    assert_eq!(world.send(&v2).await, 200);
    assert_eq!(world.retire("v1").await, Retirement::InUse(last), "23 hours are not a day");
    assert_eq!(world.send(&v1).await, 200, "and nothing was changed");
    let last = world.now();
    world.clock.advance(A_DAY);
    assert_eq!(world.send(&v2).await, 200);
    assert_eq!(world.retire("v2").await, Retirement::InUse(world.now()));
    assert_eq!(world.retire("v1").await, Retirement::Retired, "it last matched at {last:?}, a day ago");
    assert_eq!((world.send(&v1).await, world.send(&v2).await), (401, 200));

    // Whoever is refused is not in use.
    let versions = world.store.list_versions(&world.key).await.unwrap();
    let known: Vec<_> = versions.iter().map(|version| (version.label.as_deref(), version.last_matched)).collect();
    assert_eq!(known, [(Some("v2"), Some(world.now()))]);
    world.store.close().await;
}

#[tokio::test]
async fn a_cache_that_hears_nothing_admits_what_was_retired() {
    let world = World::new(false).await;
    let v1 = issue_secret(&world.store, &world.key, "v1").await.unwrap();
    issue_secret(&world.store, &world.key, "v2").await.unwrap();
    assert_eq!(world.send(&v1).await, 200);
    world.clock.advance(A_DAY);
    assert_eq!(world.retire("v1").await, Retirement::Retired);
    assert_eq!(world.send(&v1).await, 200, "so it is the invalidation that refuses it elsewhere");
    world.store.close().await;
}

#[tokio::test]
async fn an_overlap_ends_by_itself() {
    let world = World::new(true).await;
    let v1 = issue_secret(&world.store, &world.key, "v1").await.unwrap();
    assert_eq!(world.send(&v1).await, 200);
    let v2 = rotate_secret(&world.store, &world.key, "v2", A_DAY, world.now()).await.unwrap();
    assert_eq!((world.send(&v1).await, world.send(&v2).await), (200, 200));
    world.clock.advance(A_DAY - Duration::from_secs(1));
    assert_eq!((world.send(&v1).await, world.send(&v2).await), (200, 200));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!((world.send(&v1).await, world.send(&v2).await), (401, 200));
    assert_eq!(world.retire("v1").await, Retirement::Retired, "what has ended is not in use");
    world.store.close().await;
}
