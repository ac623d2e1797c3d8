//! How many tokens a store finds in a second, and how long one takes: beside its driver alone, behind the layer, and behind
//! the layer with a cache.
//!
//! ```text
//! cargo bench -p countersign-benches --bench stores
//! ```
//!
//! PostgreSQL and Redis are measured where `COUNTERSIGN_TEST_POSTGRES` and `COUNTERSIGN_TEST_REDIS` name a server.

mod drivers;
mod load;

use std::error::Error;
use std::time::Duration;

use clap::Parser;
use countersign::cache::CacheConfig;
use countersign::{BearerTokenLayer, PresentedToken, TokenAdmin, TokenInfo, TokenStore};
use countersign_redis::RedisStore;
use countersign_sqlx::{PostgresStore, SqliteStore};
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer as _, ServiceExt as _, service_fn};

use drivers::Driver;
use load::{Found, measure};

/// How fast stores find tokens.
#[derive(Parser)]
struct Options {
    /// Show that everything runs; the numbers mean little.
    #[arg(long)]
    quick: bool,
    /// What cargo passes.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy)]
struct Effort {
    tokens: usize,
    time: Duration,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let effort = match Options::parse().quick {
        true => Effort { tokens: 100, time: Duration::from_millis(50) },
        false => Effort { tokens: 2_000, time: Duration::from_secs(2) },
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tokens.sqlite");
    let store = SqliteStore::create(&file).await?;
    all("SQLite", store, Driver::sqlite(&file).await?, effort).await?;

    match std::env::var("COUNTERSIGN_TEST_POSTGRES") {
        Err(_) => println!("PostgreSQL: not measured, COUNTERSIGN_TEST_POSTGRES names no server\n"),
        Ok(url) => {
            let store = PostgresStore::connect_or_migrate(&url).await?;
            all("PostgreSQL", store, Driver::postgres(&url).await?, effort).await?;
        }
    }
    match std::env::var("COUNTERSIGN_TEST_REDIS") {
        Err(_) => println!("Redis: not measured, COUNTERSIGN_TEST_REDIS names no server\n"),
        Ok(url) => {
            let store = RedisStore::connect(url.clone()).await?;
            all("Redis", store, Driver::redis(&url).await?, effort).await?;
        }
    }
    Ok(())
}

/// Every row of one store. The ratio is of lookups in a second, to those of the driver alone in the same run.
async fn all<S>(name: &str, store: S, driver: Driver, effort: Effort) -> Result<(), Box<dyn Error>>
where
    S: TokenStore + TokenAdmin + Clone,
{
    let tokens = fill(&store, effort.tokens).await?;
    driver.fill(&tokens).await?;
    println!("{name:<34}{:>8}{:>12}{:>10}{:>10}{:>9}", "at once", "lookups/s", "p50 µs", "p99 µs", "ratio");
    for at_once in [1, 8, 64] {
        let raw = measure(&tokens, at_once, effort.time, async |token| driver.find(token).await).await?;
        row("the driver alone", at_once, &raw, None);
        let ours =
            measure(&tokens, at_once, effort.time, async |token| Ok(store.token(token).await?.is_some())).await?;
        row("the store", at_once, &ours, Some(&raw));
        let layer = BearerTokenLayer::new(store.clone());
        let behind = measure(&tokens, at_once, effort.time, async |token| admitted(&layer, token).await).await?;
        row("behind the layer", at_once, &behind, Some(&raw));
        let layer = BearerTokenLayer::new(store.clone()).with_cache(CacheConfig::new());
        let cached = measure(&tokens, at_once, effort.time, async |token| admitted(&layer, token).await).await?;
        row("behind the layer, with a cache", at_once, &cached, Some(&raw));
    }
    println!();
    Ok(())
}

async fn fill(store: &impl TokenAdmin, count: usize) -> Result<Vec<PresentedToken>, Box<dyn Error>> {
    let run = another_name();
    let mut tokens = Vec::new();
    for number in 0..count {
        let token = PresentedToken::new(&format!("bench_{run}_{number}"));
        let info = TokenInfo::new("user-7").with_id(format!("{run}-{number}")).with_scope("read write".parse()?);
        store.add_token(token.digest(), &info).await?;
        tokens.push(token);
    }
    Ok(tokens)
}

/// Another one in each run: stores that outlive it keep their tokens.
fn another_name() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:016x}", RandomState::new().hash_one(0))
}

async fn admitted(layer: &BearerTokenLayer, token: &PresentedToken) -> Found {
    let service = layer
        .layer(service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Empty::<bytes::Bytes>::new()))));
    let field = format!("Bearer {}", token.expose_secret());
    let request = Request::get("/").header("authorization", field).body(Empty::<bytes::Bytes>::new())?;
    Ok(service.oneshot(request).await?.status().is_success())
}

fn row(name: &str, at_once: usize, load: &load::Load, peer: Option<&load::Load>) {
    let ratio = peer.map_or_else(String::new, |peer| format!("{:.2} x", load.per_second() / peer.per_second()));
    let (p50, p99) = (load.micros(50), load.micros(99));
    println!("  {name:<32}{at_once:>8}{:>12.0}{p50:>10.1}{p99:>10.1}{ratio:>9}", load.per_second());
}
