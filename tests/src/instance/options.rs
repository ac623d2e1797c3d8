//! The command line, and what is served.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use clap::Parser;
use countersign::bearer::UsageRecorder;
use countersign::cache::CacheConfig;
use countersign::{Clock, SystemClock, TokenInfo, issue_token};
use http::StatusCode;
use tokio::net::TcpListener;

use crate::guards::{Calls, Guards, Seed};
use crate::stores::{self, Store};

/// Serves guarded services over a store: `/tokens`, `/secrets` and `/nonces`.
///
/// Unguarded beside them: `POST /issue` issues a token through this process's store and answers with its id and itself;
/// `POST /revoke/ID` revokes one; `GET /used/ID` says whether its use is recorded, which it is at once; `GET /inner` and `GET /asked` say how often each inner service was called and each guard's
/// store asked. Prints `listening on ADDR`, and serves until it is killed.
#[derive(Debug, Parser)]
#[command(name = "instance")]
#[allow(clippy::exhaustive_structs, reason = "for tests")]
pub struct Options {
    /// `sqlite:PATH`, `postgres://…` or `redis://…`.
    #[arg(long, value_name = "URL")]
    pub store: String,
    /// Begins the store anew.
    #[arg(long)]
    pub create: bool,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// For how long what the store says is kept; not at all unless this is said.
    #[arg(long, value_name = "SECONDS")]
    pub cache: Option<u64>,
    /// Keeps it whatever is told of changes.
    #[arg(long)]
    pub insecure_no_invalidations: bool,
    /// How long the store may take.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pub store_timeout: u64,
}

impl Options {
    /// Serves until the process ends.
    ///
    /// # Errors
    /// When the store cannot be opened, or the address is taken.
    pub async fn run(self) -> Result<Infallible, String> {
        let store = if self.create { stores::create(&self.store).await? } else { stores::open(&self.store).await? };
        let mut guards =
            Guards::new(store.clone()).with_store_timeout(Duration::from_millis(self.store_timeout)).with_formats();
        guards = guards.with_usage(UsageRecorder::new(store.clone()).with_interval(Duration::from_millis(10)));
        if let Some(seconds) = self.cache {
            let lifetime = Duration::from_secs(seconds);
            let config = CacheConfig::new().with_lifetime(lifetime).with_refused_lifetime(lifetime);
            guards = guards.with_cache(config.with_absent_lifetime(lifetime));
        }
        if !self.insecure_no_invalidations {
            guards = guards.with_invalidations(store.clone());
        }
        let listener = TcpListener::bind(self.listen).await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let calls = Calls::default();
        let router = guards.router(&calls).merge(beside(&calls, store));
        let mut stdout = std::io::stdout();
        writeln!(stdout, "listening on {address}").and_then(|()| stdout.flush()).map_err(|error| error.to_string())?;
        match axum::serve(listener, router).await {
            Ok(()) => Err("it ended by itself".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn beside(calls: &Calls, store: Arc<dyn Store>) -> Router {
    let (inner, asked) = (calls.clone(), calls.clone());
    let text = |counts: [usize; 3]| counts.map(|count| count.to_string()).join(" ");
    Router::new()
        .route("/inner", get(async move || text(inner.inner())))
        .route("/asked", get(async move || text(asked.asked())))
        .route("/used/{id}", get(used).with_state(store.clone()))
        .route("/issue", post(issue).with_state(store.clone()))
        .route("/revoke/{id}", post(revoke).with_state(store))
}

async fn issue(State(store): State<Arc<dyn Store>>) -> Result<String, StatusCode> {
    let issued = issue_token(&*store, &Seed::format(), TokenInfo::new("ada"), SystemClock::new().now()).await;
    let issued = issued.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(format!("{} {}", issued.info.id().expect("issued tokens have ids"), issued.token.expose_secret()))
}

async fn used(State(store): State<Arc<dyn Store>>, Path(id): Path<String>) -> Result<&'static str, StatusCode> {
    match store.token_by_id(&id).await {
        Ok(Some(info)) => Ok(if info.last_used_at().is_some() { "yes" } else { "no" }),
        Ok(None) => Err(StatusCode::NOT_FOUND),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn revoke(State(store): State<Arc<dyn Store>>, Path(id): Path<String>) -> StatusCode {
    match store.revoke_token(&id, SystemClock::new().now(), "through an instance").await {
        Ok(true) => StatusCode::NO_CONTENT,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
