//! Three processes over one store: a token that is revoked at one is refused by all.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::{Clock, SystemClock, TokenInfo, issue_token};
use countersign_tests::chaos::{Chaos, Mode};
use countersign_tests::guards::{Checked, Seed};
use countersign_tests::instance::Instance;
use countersign_tests::servers::eventually_async;
use countersign_tests::stores::{self, Store};
use libtest_mimic::Trial;

use crate::matrix::{Backend, Kind};
use crate::world::{World, noticed};

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in Kind::ALL {
        let mut trial = |name: &str, check: fn(World, Kind) -> Running| {
            let name = format!("revocation::{}::{name}", kind.name());
            trials.push(world.trial(&name, kind.needs(), move |world| check(world, kind)));
        };
        trial("reaches_every_process", |world, kind| Box::pin(async move { reaches(&world, kind, &PATIENT).await }));
        trial("is_seen_when_the_stream_is_silent", |world, kind| Box::pin(async move { silent(&world, kind).await }));
        trial("is_seen_after_a_process_was_cut_off", |world, kind| {
            Box::pin(async move { cut_off(&world, kind).await })
        });
        trial("planted", |world, kind| Box::pin(async move { unheard(&world, kind).await }));
    }
    trials
}

type Running = std::pin::Pin<Box<dyn Future<Output = Checked>>>;

/// For as long as no test takes.
const KEPT: &str = "600";
const ROUNDS: usize = 20;
/// Where it is not about stores that are slow.
const PATIENT: [&str; 2] = ["--store-timeout", "20000"];

/// A store and three processes that use it: the first and the last directly, the other by way of a proxy.
struct Fleet {
    _backend: Backend,
    chaos: Chaos,
    store: Arc<dyn Store>,
    instances: [Instance; 3],
}

struct Token {
    text: String,
    id: String,
}

impl Fleet {
    async fn start(world: &World, kind: Kind, more: &[&str]) -> Result<Self, String> {
        let backend = Backend::start(world, kind).await;
        let chaos = Chaos::start(backend.port()).await;
        let store = stores::create(&backend.url()).await?;
        let (direct, proxied) = (backend.url(), backend.url_through(chaos.port()));
        let instances = [&direct, &proxied, &direct].map(|url| {
            let options = [&["--cache", KEPT], more].concat();
            Instance::start(&world.programs, &World::instance(), url, &options)
        });
        Ok(Self { _backend: backend, chaos, store, instances })
    }

    async fn issue(&self) -> Token {
        let (format, now) = (Seed::format(), SystemClock::new().now());
        let issued = issue_token(&*self.store, &format, TokenInfo::new("ada"), now).await.unwrap();
        Token { text: issued.token.expose_secret().to_owned(), id: issued.info.id().unwrap().to_owned() }
    }

    /// Presents the token everywhere until each process answers from its cache.
    async fn warm(&self, token: &Token) -> Checked {
        for instance in &self.instances {
            is_kept(instance, token).await?;
        }
        Ok(())
    }
}

/// Presents the token until the process answers without asking its store.
async fn is_kept(instance: &Instance, token: &Token) -> Checked {
    eventually_async("an answer is kept", async || {
        let (status, asked) = (instance.present(&token.text).await, instance.asked().await);
        match status {
            200 => {}
            503 => return None,
            status => return Some(Err(format!("a good token: {status}"))),
        }
        let again = instance.present(&token.text).await;
        (again == 200 && instance.asked().await == asked).then_some(Ok(()))
    })
    .await
}

/// Presents the token until it is refused; how long that took. Nothing but 200 and then 401 may come.
async fn until_refused(instance: &Instance, token: &Token, since: Instant) -> Result<Duration, String> {
    eventually_async("a revoked token is refused", async || match instance.present(&token.text).await {
        200 => None,
        401 => Some(Ok(since.elapsed())),
        status => Some(Err(format!("a revoked token: {status}"))),
    })
    .await
}

/// On the same process with the very next request; on the others as soon as the stream delivers.
async fn reaches(world: &World, kind: Kind, more: &[&str]) -> Checked {
    let fleet = Fleet::start(world, kind, more).await?;
    let [first, second, third] = &fleet.instances;
    let mut latencies = Vec::new();
    for _ in 0..ROUNDS {
        let token = fleet.issue().await;
        fleet.warm(&token).await?;
        let revoked = first.revoke(&token.id).await;
        let since = Instant::now();
        let status = first.present(&token.text).await;
        if (revoked, status) != (204, 401) {
            return Err(format!("revoked with {revoked}, and the very next request came to {status}"));
        }
        for instance in [second, third] {
            latencies.push(until_refused(instance, &token, since).await?);
        }
    }
    println!("revocation: {}: {}", kind.name(), Spread(latencies));
    Ok(())
}

/// The connection over which changes are told carries nothing any more, and does not break either; the store answers.
async fn silent(world: &World, kind: Kind) -> Checked {
    let fleet = Fleet::start(world, kind, &PATIENT).await?;
    let [first, second, third] = &fleet.instances;
    let token = fleet.issue().await;
    fleet.warm(&token).await?;
    fleet.chaos.set(Mode::Silence(listening(kind))).await;
    let since = Instant::now();
    if first.revoke(&token.id).await != 204 {
        return Err("it could not be revoked".into());
    }
    until_refused(third, &token, since).await?;
    let noticed = until_refused(second, &token, since).await?;
    println!("revocation: {}: over a silent stream after {noticed:?}", kind.name());

    // From now on the store is asked each time, and answers.
    let other = fleet.issue().await;
    for _ in 0..3 {
        let asked = second.asked().await;
        let status = second.present(&other.text).await;
        if status != 200 || second.asked().await != asked + 1 {
            return Err(format!("the cache is in use without a stream, or the store does not answer: {status}"));
        }
    }
    // Until the stream is back.
    fleet.chaos.set(Mode::Pass).await;
    is_kept(second, &other).await
}

/// A process that was cut off from its store, with a token in its cache that was revoked meanwhile.
async fn cut_off(world: &World, kind: Kind) -> Checked {
    let fleet = Fleet::start(world, kind, &[]).await?;
    let [first, second, _] = &fleet.instances;
    let (revoked, good) = (fleet.issue().await, fleet.issue().await);
    fleet.warm(&revoked).await?;
    fleet.warm(&good).await?;
    fleet.chaos.set(Mode::Refuse).await;
    if first.revoke(&revoked.id).await != 204 {
        return Err("it could not be revoked".into());
    }
    eventually_async("the cache is out of use", async || {
        (second.present(&good.text).await == 503 && second.present(&revoked.text).await == 503).then_some(())
    })
    .await;
    fleet.chaos.set(Mode::Pass).await;
    // It is not admitted once more before the store is asked.
    eventually_async("the store answers again", async || match second.present(&revoked.text).await {
        503 => None,
        401 => Some(Ok(())),
        status => Some(Err(format!("it was revoked meanwhile, and came to {status}"))),
    })
    .await?;
    is_kept(second, &good).await
}

/// Without invalidations the other processes go on admitting it: what is above would not pass.
async fn unheard(world: &World, kind: Kind) -> Checked {
    let untold = [&["--insecure-no-invalidations"][..], &PATIENT].concat();
    noticed("a process that does not tell itself", &reaches(world, kind, &untold).await)?;
    let fleet = Fleet::start(world, kind, &untold).await?;
    let [first, second, third] = &fleet.instances;
    let token = fleet.issue().await;
    fleet.warm(&token).await?;
    if first.revoke(&token.id).await != 204 {
        return Err("it could not be revoked".into());
    }
    for instance in [first, second, third] {
        let mut refused = Err("never refused".to_owned());
        for _ in 0..100 {
            if instance.present(&token.text).await == 401 {
                refused = Ok(());
            }
        }
        noticed("a process that is told nothing", &refused)?;
    }
    Ok(())
}

/// What the connection begins with that listens.
const fn listening(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "LISTEN",
        Kind::Redis => "SUBSCRIBE",
    }
}

/// Durations, as their middle and their largest.
struct Spread(Vec<Duration>);

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort();
        let (middle, largest) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
        write!(f, "on other processes after {middle:?}, {largest:?} at most, of {}", sorted.len())
    }
}
