//! A store in a file.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_sqlx::SqliteStore;
use countersign_tests::guards::{Checked, Contract, Faulty, Guards, How, Seed, Site, expect_unavailable};
use countersign_tests::servers::eventually_async;
use countersign_tests::stores::Answers;
use libtest_mimic::Trial;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, raw_sql};
use tempfile::TempDir;

use super::hammer::{Hammer, Tally};
use crate::scale::{FLAP, flaps};
use crate::world::{Needs, World, noticed};

const READS: [Contract; 2] = [Contract::Tokens, Contract::Secrets];
const WRITES: [Contract; 1] = [Contract::Nonces];

pub(super) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("sqlite::closed", Needs::Nothing, async |_| closed().await),
        world.trial("sqlite::locked_by_another", Needs::Nothing, async |_| locked().await),
        world.trial("sqlite::flapping", Needs::Nothing, async |_| flapping().await),
        world.trial("sqlite::pool_exhausted", Needs::Nothing, async |_| exhausted().await),
        world.trial("sqlite::garbage_row", Needs::Nothing, async |_| garbage().await),
        world.trial("sqlite::damaged", Needs::Nothing, async |_| damaged().await),
        world.trial("sqlite::panics", Needs::Nothing, async |_| panics().await),
        world.trial("sqlite::planted", Needs::Nothing, async |_| planted().await),
    ]
}

/// A store in a file, and guards over it.
struct Scene {
    folder: TempDir,
    store: SqliteStore,
    seed: Seed,
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(folder.path().join("auth.sqlite")).await.unwrap();
        let seed = Seed::sow(&store).await;
        Self { folder, store, seed }
    }

    async fn site(&self) -> Site {
        self.site_over(Arc::new(self.store.clone())).await
    }

    async fn site_over(&self, store: Arc<dyn Answers>) -> Site {
        Site::start(&Guards::new(store), &self.seed).await
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("auth.sqlite")
    }

    /// A connection past the store, as another process has one.
    async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).connect().await.unwrap()
    }
}

/// A file that cannot be used any more, as far as the store is concerned.
async fn closed() -> Checked {
    let scene = Scene::set().await;
    let site = scene.site().await;
    site.is_sound(&Contract::ALL).await?;
    scene.store.close().await;
    site.is_unavailable(&Contract::ALL).await?;
    // It is the store that is closed, not the file.
    let store = SqliteStore::open(scene.path()).await.unwrap();
    scene.site_over(Arc::new(store)).await.is_sound(&Contract::ALL).await
}

/// Another process writes, and does not come to an end: who only reads does not notice.
async fn locked() -> Checked {
    let scene = Scene::set().await;
    let site = scene.site().await;
    suffer_lock(&scene, &site).await
}

async fn suffer_lock(scene: &Scene, site: &Site) -> Checked {
    site.is_sound(&Contract::ALL).await?;
    let mut other = scene.connect().await;
    raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let during = async {
        site.is_unavailable(&WRITES).await?;
        site.is_sound(&READS).await
    };
    let during = during.await;
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    during?;
    site.recovers(&Contract::ALL).await
}

/// Another process takes turns with the store while eight clients ask each guard.
async fn flapping() -> Checked {
    let scene = Scene::set().await;
    let guards = Guards::new(Arc::new(scene.store.clone())).with_store_timeout(FLAP / 2);
    let tally = flap(&scene, Site::start(&guards, &scene.seed).await).await?;
    println!("sqlite: {tally:?}");
    scene.site().await.recovers(&Contract::ALL).await
}

async fn flap(scene: &Scene, site: Site) -> Result<Tally, String> {
    let hammer = Hammer::start(&Arc::new(site), 8);
    let mut other = scene.connect().await;
    let mut turns = tokio::time::interval(FLAP);
    for _ in 0..flaps() {
        for statement in ["BEGIN IMMEDIATE", "ROLLBACK"] {
            turns.tick().await;
            // Among so many writers it has to come again to get its turn.
            eventually_async("the other gets its turn", async || raw_sql(statement).execute(&mut other).await.ok())
                .await;
        }
    }
    hammer.stop().await
}

/// The one connection that writes waits for another process, and everybody else for that connection.
async fn exhausted() -> Checked {
    let scene = Scene::set().await;
    let site = Arc::new(scene.site().await);
    let mut other = scene.connect().await;
    raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (site, path) = (site.clone(), site.new_path(Contract::Nonces));
        waiting.spawn(async move { site.good(Contract::Nonces, &path).await });
    }
    for reply in waiting.join_all().await {
        expect_unavailable("no connection is free", &reply?)?;
    }
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    site.recovers(&Contract::ALL).await
}

/// Rows that no store of ours wrote.
async fn garbage() -> Checked {
    let scene = Scene::set().await;
    let site = scene.site().await;
    let mut other = scene.connect().await;
    // Neither is a scope or a time; the columns are not void of everything that these are.
    let changes = [
        "UPDATE token SET scope = 'a \"scope\" has no quotes'",
        "UPDATE token SET scope = '', subject = x'ff'",
        "UPDATE token SET subject = 'ada', not_before = 9223372036854775807, expires_at = -9223372036854775808",
    ];
    site.is_sound(&Contract::ALL).await?;
    let mut stored = 0;
    for change in changes {
        if raw_sql(AssertSqlSafe(change)).execute(&mut other).await.is_err() {
            continue;
        }
        stored += 1;
        expect_unavailable(change, &site.good(Contract::Tokens, Contract::Tokens.path()).await?)?;
        expect_unavailable(change, &site.client().present(Contract::Tokens.path(), &scene.seed.revoked).await?)?;
        site.is_sound(&[Contract::Secrets, Contract::Nonces]).await?;
    }
    if stored > 0 { Ok(()) } else { Err("no garbage could be stored".into()) }
}

/// The file is damaged, emptied, removed or replaced while it is used. What is answered is right or 503, as long as there are
/// good pages in somebody's memory; and nobody starts with it.
async fn damaged() -> Checked {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 5] = [
        ("garbage", |path| {
            let length = usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
            File::options().write(true).open(path).unwrap().write_all_at(&vec![0x5a; length - 100], 100).unwrap();
        }),
        ("empty", |path| File::options().write(true).open(path).unwrap().set_len(0).unwrap()),
        ("half", |path| {
            let file = File::options().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }),
        ("gone", |path| fs::remove_file(path).unwrap()),
        ("replaced", |path| {
            fs::write(path.with_extension("new"), "a text of somebody else's").unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
    ];
    for (name, damage) in damages {
        let scene = Scene::set().await;
        // Everything is in the file itself, and nothing in its log.
        let mut other = scene.connect().await;
        raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
        let site = scene.site().await;
        damage(&scene.path());
        right_or_unavailable(&site).await.map_err(|error| format!("{name}: {error}"))?;
        scene.store.close().await;
        if SqliteStore::open(scene.path()).await.is_ok() {
            return Err(format!("{name}: it is opened"));
        }
    }
    Ok(())
}

async fn right_or_unavailable(site: &Site) -> Checked {
    for contract in Contract::ALL {
        let reply = site.good(contract, &site.new_path(contract)).await?;
        if reply.status() != 200 {
            expect_unavailable("good", &reply)?;
        }
        for (what, reply) in site.bad(contract).await? {
            if reply.status() != 401 {
                expect_unavailable(what, &reply)?;
            }
        }
    }
    Ok(())
}

async fn panics() -> Checked {
    let scene = Scene::set().await;
    let faulty = Faulty::new(Arc::new(scene.store.clone()), How::Panics, &scene.seed.secret);
    let site = scene.site_over(Arc::new(faulty.clone())).await;
    faulty.set_panics(true);
    site.is_unavailable(&Contract::ALL).await?;
    faulty.set_panics(false);
    site.recovers(&Contract::ALL).await
}

/// Guards that answer something else than 503, and no fault at all: it must be noticed.
async fn planted() -> Checked {
    let scene = Scene::set().await;
    noticed("a fault that is none", &scene.site().await.is_unavailable(&WRITES).await)?;
    noticed("a fault that is none", &scene.site().await.is_unavailable(&READS).await)?;
    for how in [How::FailsOpen, How::SaysNo, How::RemembersNo] {
        let faulty = Faulty::new(Arc::new(scene.store.clone()), how, &scene.seed.secret);
        let site = scene.site_over(Arc::new(faulty)).await;
        noticed(&format!("{how:?}"), &suffer_lock(&scene, &site).await)?;
        let faulty = Faulty::new(Arc::new(scene.store.clone()), how, &scene.seed.secret).with_patience(FLAP / 4);
        let site = scene.site_over(Arc::new(faulty)).await;
        noticed(&format!("{how:?} now and then"), &flap(&scene, site).await.map(drop))?;
    }
    scene.site().await.is_sound(&Contract::ALL).await?;
    scene.store.close().await;
    for how in [How::FailsOpen, How::SaysNo] {
        let faulty = Faulty::new(Arc::new(scene.store.clone()), how, &scene.seed.secret);
        let site = scene.site_over(Arc::new(faulty)).await;
        noticed(&format!("{how:?} when damaged"), &right_or_unavailable(&site).await)?;
    }
    Ok(())
}
