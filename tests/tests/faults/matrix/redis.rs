//! What only Redis can suffer.

use countersign_tests::guards::{Checked, Contract, Guards, Seed, Site, expect_status, expect_unavailable};
use countersign_tests::servers::{Persistence, Redis, eventually_async};
use countersign_tests::stores;
use libtest_mimic::Trial;

use crate::world::{Needs, World, noticed};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("redis::no_connection_free", Needs::Redis, async |world| exhausted(&world).await),
        world.trial("redis::garbage_row", Needs::Redis, async |world| garbage(&world).await),
        world.trial("redis::emptied", Needs::Redis, async |world| emptied(&world).await),
        world.trial("redis::restarted_without_data", Needs::Redis, async |world| {
            for (persistence, snapshot) in LOSSES {
                restarted(&world, persistence, snapshot, true).await?;
            }
            Ok(())
        }),
        world.trial("redis::restarted_without_data::planted", Needs::Redis, async |world| {
            for (persistence, snapshot) in LOSSES {
                let admitted = restarted(&world, persistence, snapshot, false).await;
                noticed("nonces without a guard", &admitted)?;
            }
            Ok(())
        }),
        world.trial("redis::evicting", Needs::Redis, async |world| evicting(&world).await),
    ]
}

/// What it starts again with: nothing, or what an old snapshot has.
const LOSSES: [(Persistence, bool); 3] =
    [(Persistence::Nothing, false), (Persistence::Rdb, false), (Persistence::Rdb, true)];

struct Scene {
    redis: Redis,
    site: Site,
}

impl Scene {
    async fn set(world: &World) -> Result<Self, String> {
        let redis = Redis::start(&world.programs, Persistence::Aof).await;
        let store = stores::create(&redis.url()).await?;
        let site = Site::start(&Guards::new(store.clone()), &Seed::sow(&*store).await).await;
        site.is_sound(&Contract::ALL).await?;
        Ok(Self { redis, site })
    }
}

/// Redis takes no more clients.
async fn exhausted(world: &World) -> Checked {
    let scene = Scene::set(world).await?;
    let mut only = scene.redis.connect();
    only.say("CONFIG SET maxclients 1");
    only.say("CLIENT KILL TYPE normal SKIPME yes");
    scene.site.is_unavailable(&Contract::ALL).await?;
    only.say("CONFIG SET maxclients 100");
    scene.site.recovers(&Contract::ALL).await
}

/// Records that no store of ours wrote.
async fn garbage(world: &World) -> Checked {
    for change in [
        r"redis.call('HSET', key, 'scope', '\255')",
        r"redis.call('HSET', key, 'expires_at', 'tomorrow')",
        r"redis.call('HSET', key, 'revoked_at', '9999999999999999999999')",
        r"redis.call('HDEL', key, 'subject')",
        r"redis.call('SET', key, 'a text')",
    ] {
        let scene = Scene::set(world).await?;
        let of_each = |change| {
            format!(r#"EVAL "for _, key in ipairs(redis.call('KEYS', '*token:*')) do {change} end return 1" 0"#)
        };
        assert_eq!(scene.redis.say(&of_each(&change.replace('\\', r"\\"))), ":1");
        let (client, seed) = (scene.site.client(), scene.site.seed());
        for token in [&seed.good, &seed.revoked] {
            let reply = client.present(Contract::Tokens.path(), token).await?;
            expect_unavailable(change, &reply)?;
        }
        scene.site.is_sound(&[Contract::Secrets, Contract::Nonces]).await?;
    }
    Ok(())
}

/// Somebody flushes it. Nobody gets in who had no right to, and no request a second time.
async fn emptied(world: &World) -> Checked {
    let scene = Scene::set(world).await?;
    let path = scene.site.new_path(Contract::Nonces);
    expect_status("before", &scene.site.good(Contract::Nonces, &path).await?, 200)?;
    scene.redis.say("FLUSHALL");
    expect_unavailable("the same again", &scene.site.good(Contract::Nonces, &path).await?)?;
    // There is no such token and no such key, as far as anybody can tell.
    for contract in [Contract::Tokens, Contract::Secrets] {
        expect_status("good before", &scene.site.good(contract, contract.path()).await?, 401)?;
        for (what, reply) in scene.site.bad(contract).await? {
            expect_status(what, &reply, 401)?;
        }
    }
    Ok(())
}

/// A Redis that may forget is killed and started again: no request that was admitted before is admitted again.
async fn restarted(world: &World, persistence: Persistence, snapshot: bool, guarded: bool) -> Checked {
    let mut redis = Redis::start(&world.programs, persistence).await;
    let url = redis.url().replace("redis:", "redis-volatile:");
    let store = stores::create(&url).await?;
    let seed = Seed::sow(&*store).await;
    if snapshot {
        redis.say("SAVE");
    }
    let mut guards = Guards::new(store);
    if !guarded {
        guards = guards.with_nonces(stores::open_nonces(&redis.url().replace("redis:", "set-nx:")).await?);
    }
    let site = Site::start(&guards, &seed).await;
    let paths: Vec<String> = (0..20).map(|_| site.new_path(Contract::Nonces)).collect();
    for path in &paths {
        expect_status("the first time", &site.good(Contract::Nonces, path).await?, 200)?;
    }
    redis.kill();
    redis.start_again().await;
    for path in &paths {
        expect_unavailable("again, after it was started again", &site.good(Contract::Nonces, path).await?)?;
    }
    // Nobody can say of any other that it was not admitted before.
    let path = site.new_path(Contract::Nonces);
    expect_unavailable("another", &site.good(Contract::Nonces, &path).await?)
}

/// One that throws away what it was given is refused at the start, and when it begins to while it is used.
async fn evicting(world: &World) -> Checked {
    let settings = ["maxmemory 100mb", "maxmemory-policy allkeys-lru"];
    let redis = Redis::start_with(&world.programs, Persistence::Aof, &settings).await;
    if stores::create(&redis.url()).await.is_ok() {
        return Err("it is opened".into());
    }
    redis.say("CONFIG SET maxmemory-policy noeviction");
    let store = stores::create(&redis.url()).await?;
    let site = Site::start(&Guards::new(store.clone()), &Seed::sow(&*store).await).await;
    site.is_sound(&Contract::ALL).await?;
    redis.say("CONFIG SET maxmemory-policy allkeys-lru");
    eventually_async("it is not used any more", async || {
        let reply = site.good(Contract::Tokens, Contract::Tokens.path()).await;
        reply.is_ok_and(|reply| expect_unavailable("good", &reply).is_ok()).then_some(())
    })
    .await;
    site.is_unavailable(&Contract::ALL).await?;
    redis.say("CONFIG SET maxmemory-policy noeviction");
    site.recovers(&Contract::ALL).await
}
