//! Stores on servers: PostgreSQL and Redis.

use std::sync::Arc;
use std::time::Duration;

use countersign::cache::CacheConfig;
use countersign_tests::chaos::Mode;
use countersign_tests::guards::{Checked, Contract, Faulty, Guards, How, Site, expect_status, expect_unavailable};
use libtest_mimic::Trial;

use super::hammer::{Hammer, Tally};
use super::scene::{Fault, Kind, Scene};
use crate::scale::{FLAP, flaps};
use crate::world::{World, noticed};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    let mut trials = Vec::new();
    for kind in Kind::ALL {
        let name = |what: &str| format!("{}::{what}", kind.name());
        let needs = kind.needs();
        for fault in Fault::ALL {
            let check = async move |world: World| suffers(&world, kind, fault).await;
            trials.push(world.trial(&name(fault.name()), needs, check));
        }
        trials.extend([
            world.trial(&name("flapping"), needs, async move |world| flapping(&world, kind).await),
            world.trial(&name("killed_in_the_midst_of_requests"), needs, async move |world| killed(&world, kind).await),
            world.trial(&name("with_a_cache"), needs, async move |world| cached(&world, kind).await),
            world.trial(&name("panics"), needs, async move |world| panics(&world, kind).await),
            world.trial(&name("planted"), needs, async move |world| planted(&world, kind).await),
        ]);
    }
    trials
}

async fn suffers(world: &World, kind: Kind, fault: Fault) -> Checked {
    let mut scene = Scene::set(world, kind).await?;
    let site = scene.site().await;
    scene.suffer(fault, &site).await
}

/// The server goes and comes while eight clients ask each guard.
async fn flapping(world: &World, kind: Kind) -> Checked {
    let scene = Scene::set(world, kind).await?;
    let guards = Guards::new(scene.store.clone()).with_store_timeout(5 * FLAP);
    let tally = flap(&scene, Site::start(&guards, &scene.seed).await).await?;
    println!("{}: {tally:?}", kind.name());
    scene.site().await.recovers(&Contract::ALL).await
}

async fn flap(scene: &Scene, site: Site) -> Result<Tally, String> {
    let hammer = Hammer::start(&Arc::new(site), 8);
    scene.chaos.flap(FLAP, flaps()).await;
    // A machine that is busy may need longer to see all there is to see.
    for _ in 0..MORE {
        if hammer.has_seen_everything() {
            break;
        }
        scene.chaos.flap(FLAP, 1).await;
    }
    hammer.stop().await
}

/// The server is killed while it is asked, and comes back.
async fn killed(world: &World, kind: Kind) -> Checked {
    let mut scene = Scene::set(world, kind).await?;
    let site = Arc::new(scene.site().await);
    let hammer = Hammer::start(&site, 2);
    site.has_admitted(20).await;
    scene.backend.kill();
    expect_unavailable("killed", &site.good(Contract::Tokens, Contract::Tokens.path()).await?)?;
    scene.backend.start_again().await;
    site.has_admitted(20).await;
    hammer.stop().await?;
    site.recovers(&Contract::ALL).await
}

/// With a cache, what could not be said is not kept, and is said at once when it can be; what was said before is kept.
async fn cached(world: &World, kind: Kind) -> Checked {
    let mut scene = Scene::set(world, kind).await?;
    let long = Duration::from_secs(3600);
    let config = CacheConfig::new().with_lifetime(long).with_refused_lifetime(long).with_absent_lifetime(long);
    let reads = [Contract::Tokens, Contract::Secrets];
    for fault in Fault::ALL {
        let site = Site::start(&Guards::new(scene.store.clone()).with_cache(config), &scene.seed).await;
        scene.begin(fault).await;
        let unavailable = site.is_unavailable(&Contract::ALL).await;
        scene.end(fault).await;
        unavailable.and(site.recovers(&Contract::ALL).await).map_err(|error| format!("{fault:?}: {error}"))?;

        scene.begin(fault).await;
        let asked = site.asked();
        let kept = async {
            for contract in reads {
                expect_status("good, and kept", &site.good(contract, contract.path()).await?, 200)?;
                for (what, reply) in site.bad(contract).await? {
                    expect_status(what, &reply, 401)?;
                }
            }
            site.is_unavailable(&[Contract::Nonces]).await
        };
        let kept = kept.await;
        scene.end(fault).await;
        kept.map_err(|error| format!("{fault:?}: {error}"))?;
        if site.asked()[..2] != asked[..2] {
            return Err(format!("{fault:?}: asked again for what was kept"));
        }
        site.recovers(&[Contract::Nonces]).await?;
    }
    Ok(())
}

/// The store's own code panics, over a server that answers.
async fn panics(world: &World, kind: Kind) -> Checked {
    let scene = Scene::set(world, kind).await?;
    let faulty = Faulty::new(scene.store.clone(), How::Panics, &scene.seed.secret);
    let site = scene.site_over(Arc::new(faulty.clone())).await;
    site.is_sound(&Contract::ALL).await?;
    faulty.set_panics(true);
    site.is_unavailable(&Contract::ALL).await?;
    faulty.set_panics(false);
    site.recovers(&Contract::ALL).await
}

/// Guards that answer something else than 503, and a fault that is none: all of it must be noticed.
async fn planted(world: &World, kind: Kind) -> Checked {
    let mut scene = Scene::set(world, kind).await?;
    let site = scene.site().await;
    noticed("a fault that is none", &scene.suffer(Fault::Nothing, &site).await)?;
    for fault in Fault::ALL {
        for how in [How::FailsOpen, How::SaysNo, How::RemembersNo] {
            let faulty = Faulty::new(scene.store.clone(), how, &scene.seed.secret);
            let site = scene.site_over(Arc::new(faulty)).await;
            let noticed = noticed(&format!("{how:?} when {fault:?}"), &scene.suffer(fault, &site).await);
            scene.chaos.set(Mode::Pass).await;
            noticed?;
        }
        // What was wrong were the guards.
        scene.site().await.recovers(&Contract::ALL).await?;
    }
    for how in [How::FailsOpen, How::SaysNo, How::RemembersNo] {
        let faulty = Faulty::new(scene.store.clone(), how, &scene.seed.secret);
        let site = scene.site_over(Arc::new(faulty)).await;
        noticed(&format!("{how:?} now and then"), &flap(&scene, site).await.map(drop))?;
    }
    Ok(())
}

/// So many flaps later, everything was seen that will be.
const MORE: usize = 200;
