//! What only PostgreSQL can suffer.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use countersign::PresentedToken;
use countersign_tests::guards::{Checked, Contract, Guards, Seed, Site, expect_status, expect_unavailable};
use countersign_tests::servers::Postgres;
use countersign_tests::stores::{self, Store};
use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, query_scalar, raw_sql};
use tokio::task::JoinSet;

use crate::world::{Needs, World, noticed};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("postgres::pool_exhausted", Needs::Postgres, async |world| exhausted(&world).await),
        world.trial("postgres::garbage_row", Needs::Postgres, async |world| garbage(&world).await),
        world.trial("postgres::damaged", Needs::Postgres, async |world| damaged(&world).await),
        world.trial("postgres::tables_gone", Needs::Postgres, async |world| gone(&world).await),
    ]
}

struct Scene {
    server: Postgres,
    store: Arc<dyn Store>,
    site: Site,
}

impl Scene {
    async fn set(world: &World) -> Result<Self, String> {
        let server = Postgres::start(&world.postgres).await;
        let store = stores::create(&server.url()).await?;
        let site = Site::start(&Guards::new(store.clone()), &Seed::sow(&*store).await).await;
        site.is_sound(&Contract::ALL).await?;
        Ok(Self { server, store, site })
    }

    async fn run(&self, statement: &str) {
        raw_sql(AssertSqlSafe(statement)).execute(&mut self.server.connect().await).await.unwrap();
    }

    /// Whatever there was of tokens cannot be told any more; everything else can.
    async fn has_no_tokens_to_tell(&self) -> Checked {
        let (client, seed) = (self.site.client(), self.site.seed());
        for token in [&seed.good, &seed.revoked] {
            expect_unavailable("a token", &client.present(Contract::Tokens.path(), token).await?)?;
        }
        self.site.is_sound(&[Contract::Secrets, Contract::Nonces]).await
    }
}

/// Whoever asks for tokens waits for somebody who has locked them, with all connections there are.
async fn exhausted(world: &World) -> Checked {
    let scene = Scene::set(world).await?;
    let mut other = scene.server.connect().await;
    raw_sql("BEGIN; LOCK TABLE countersign_token IN ACCESS EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    let mut waiting = JoinSet::new();
    // Four times as many as there are connections, so that those that give up make room for others that wait.
    for _ in 0..40 {
        let (store, token) = (scene.store.clone(), PresentedToken::new(&scene.site.seed().good));
        waiting.spawn(async move { store.token(&token).await.is_ok() });
    }
    let mut locks = scene.server.connect().await;
    countersign_tests::servers::eventually_async("all connections are in use", async || {
        let waiting: i64 =
            query_scalar("SELECT count(*) FROM pg_locks WHERE NOT granted").fetch_one(&mut locks).await.unwrap();
        (waiting == 10).then_some(())
    })
    .await;
    let during = scene.site.is_unavailable(&Contract::ALL).await;
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    during?;
    waiting.shutdown().await;
    scene.site.recovers(&Contract::ALL).await
}

/// Rows that no store of ours wrote.
async fn garbage(world: &World) -> Checked {
    let scene = Scene::set(world).await?;
    noticed("rows as they should be", &scene.has_no_tokens_to_tell().await)?;
    for change in [
        r"UPDATE countersign_token SET scope = '\xff'",
        r#"UPDATE countersign_token SET scope = 'a "scope" has no quotes'"#,
        r"UPDATE countersign_token SET scope = '', subject = '\xfe'",
    ] {
        scene.run(change).await;
        scene.has_no_tokens_to_tell().await.map_err(|error| format!("{change}: {error}"))?;
    }
    Ok(())
}

/// The file in which the tokens are.
async fn damaged(world: &World) -> Checked {
    let mut scene = Scene::set(world).await?;
    scene.run("CHECKPOINT").await;
    let path: String = query_scalar("SELECT pg_relation_filepath('countersign_token')")
        .fetch_one(&mut scene.server.connect().await)
        .await
        .unwrap();
    scene.server.stop();
    let file = File::options().write(true).open(scene.server.data().join(path)).unwrap();
    file.write_all_at(&[0x5a; 8000], 100).unwrap();
    scene.server.start_again().await;
    scene.site.recovers(&[Contract::Secrets, Contract::Nonces]).await?;
    scene.has_no_tokens_to_tell().await
}

/// Somebody drops or empties what is there while it is used. Afterwards nobody starts with it.
async fn gone(world: &World) -> Checked {
    let scene = Scene::set(world).await?;
    scene.run("TRUNCATE countersign_token").await;
    let (client, seed) = (scene.site.client(), scene.site.seed());
    // There is no such token, as far as anybody can tell.
    for token in [&seed.good, &seed.revoked] {
        expect_status("a token", &client.present(Contract::Tokens.path(), token).await?, 401)?;
    }
    scene.run("DROP TABLE countersign_token").await;
    scene.has_no_tokens_to_tell().await?;
    scene.run("DROP TABLE countersign_secret, countersign_nonce").await;
    scene.site.is_unavailable(&Contract::ALL).await?;
    match stores::open(&scene.server.url()).await {
        Ok(_) => Err("it is opened".into()),
        Err(_) => Ok(()),
    }
}
