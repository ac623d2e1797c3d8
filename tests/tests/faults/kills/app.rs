//! The process that uses a store is killed.

use std::path::Path;
use std::sync::Arc;

use countersign_tests::guards::Checked;
use countersign_tests::stores::{self, Store};
use countersign_tests::victim::{Ledger, Victim};
use libtest_mimic::Trial;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, query_scalar};

use super::some;
use crate::matrix::{Backend, Kind};
use crate::scale::kills;
use crate::world::{Needs, World, noticed};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    let mut trials = vec![
        world.trial("kills::sqlite::app", Needs::Processes, async |world| sqlite(&world).await),
        world.trial("kills::planted::memory", Needs::Processes, async |world| memory(&world).await),
    ];
    trials.extend(Kind::ALL.map(|kind| {
        let check = async move |world: World| {
            let server = Backend::start(&world, kind).await;
            let kept = promises_are_kept(&world, &server.url(), async || Ok(())).await;
            drop(server);
            kept
        };
        world.trial(&format!("kills::{}::app", kind.name()), kind.needs(), check)
    }));
    trials
}

async fn sqlite(world: &World) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.sqlite");
    promises_are_kept(world, &format!("sqlite:{}", path.display()), async || is_whole(&path).await).await
}

/// What is only in memory is lost with the process: the same check must say so.
async fn memory(world: &World) -> Checked {
    noticed("forgetting everything", &promises_are_kept(world, "memory:", async || Ok(())).await)
}

/// Kills the process again and again; looks after each time what is left, and at the end again.
async fn promises_are_kept(world: &World, url: &str, is_whole: impl AsyncFn() -> Checked) -> Checked {
    let mut all = Ledger::default();
    stores::create(url).await?;
    for kill in 0..kills() {
        let mut victim = Victim::start(&world.programs, &World::victim(), url, &format!("run-{kill}"), &[]);
        victim.wait_for(some());
        let mut promised = Ledger::default();
        promised.note(victim.kill());
        is_whole().await?;
        audit(url, &promised).await.map_err(|lost| format!("after kill {kill}: {lost}"))?;
        all.merge(promised);
    }
    println!("{url}: {} kills, {} promises", kills(), all.len());
    audit(url, &all).await
}

async fn audit(url: &str, ledger: &Ledger) -> Checked {
    let store: Arc<dyn Store> = stores::open(url).await?;
    ledger.audit(&*store, &*store).await.is_nothing()
}

/// What SQLite itself says of the file.
async fn is_whole(path: &Path) -> Checked {
    let mut connection = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let found: String = query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    if found == "ok" { Ok(()) } else { Err(found) }
}
