//! What the victim does until it is killed.

use std::convert::Infallible;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use countersign::{Claim, Clock, NonceStore, StoreError, SystemClock, TokenInfo, issue_token};
use tokio::task::JoinSet;

use super::Promise;
use crate::guards::Seed;
use crate::stores::Store;

/// Issues tokens, revokes every other one and claims nonces, several at once, and prints what was promised: a line each,
/// once it was. The nonces' names begin with `run`. What fails is not printed, and the next one is tried.
pub async fn work(store: Arc<dyn Store>, nonces: Arc<dyn NonceStore>, run: &str) -> Infallible {
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (store, nonces, run) = (store.clone(), nonces.clone(), format!("{run}-{worker}"));
        workers.spawn(async move {
            for round in 0_u64.. {
                if step(&*store, &*nonces, &run, round).await.is_err() {
                    tokio::time::sleep(AFTER_A_FAILURE).await;
                }
            }
        });
    }
    match workers.join_next().await {
        Some(Err(error)) => panic!("a worker failed: {error}"),
        _ => unreachable!("they work for ever"),
    }
}

async fn step(store: &dyn Store, nonces: &dyn NonceStore, run: &str, round: u64) -> Result<(), StoreError> {
    let now = SystemClock::new().now();
    let issued = issue_token(store, &Seed::format(), TokenInfo::new(run), now).await?;
    let token = issued.token.expose_secret().to_owned();
    say(&Promise::Issued(token.clone()));
    let nonce = format!("{run}-{round}");
    if nonces.claim(&Promise::nonce(&nonce), now, now + WINDOW).await? == Claim::Fresh {
        say(&Promise::Claimed(nonce));
    }
    let id = issued.info.id().expect("issued tokens have ids");
    if round.is_multiple_of(2) && store.revoke_token(id, now, "it is over").await? {
        say(&Promise::Revoked(token));
    }
    Ok(())
}

fn say(promise: &Promise) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{promise}").and_then(|()| stdout.flush()).expect("somebody listens");
}

const WORKERS: usize = 4;
const AFTER_A_FAILURE: Duration = Duration::from_millis(5);
/// For how long nonces are claimed.
pub(super) const WINDOW: Duration = Duration::from_secs(3600);
