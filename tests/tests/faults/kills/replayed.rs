//! A request that was admitted, by a process that was killed after.

use countersign_tests::guards::{Checked, Contract, Guards, expect_status};
use countersign_tests::instance::Instance;
use countersign_tests::stores;
use libtest_mimic::Trial;

use crate::matrix::{Backend, Kind};
use crate::scale::kills;
use crate::world::{Needs, World, noticed};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    let mut trials = vec![
        world.trial("kills::sqlite::app_that_admitted", Needs::Processes, async |world| {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", folder.path().join("auth.sqlite").display());
            is_not_admitted_again_by_the_next_process(&world, &url).await
        }),
        world.trial("kills::planted::app_that_admitted", Needs::Processes, async |world| {
            noticed("nonces in memory", &is_not_admitted_again_by_the_next_process(&world, "memory:").await)
        }),
    ];
    trials.extend(Kind::ALL.map(|kind| {
        let check = async move |world: World| {
            let server = Backend::start(&world, kind).await;
            let kept = is_not_admitted_again_by_the_next_process(&world, &server.url()).await;
            drop(server);
            kept
        };
        world.trial(&format!("kills::{}::app_that_admitted", kind.name()), kind.needs(), check)
    }));
    trials
}

/// Admitted once, the process is killed as soon as the answer is there; its successor refuses the same request, and admits
/// others.
async fn is_not_admitted_again_by_the_next_process(world: &World, url: &str) -> Checked {
    stores::create(url).await?;
    let key = "partner".parse().expect("it is a key id");
    let start = || Instance::start(&world.programs, &World::instance(), url, &[]);
    let mut instance = start();
    for kill in 0..kills() {
        let path = format!("{}?n={kill}", Contract::Nonces.path());
        let sign = async |instance: &Instance| instance.client().sign(&path, &key, &Guards::secret_in_memory()).await;
        expect_status("the first time", &sign(&instance).await?, 200)?;
        instance.process().kill();
        instance = start();
        expect_status("again, at the next process", &sign(&instance).await?, 401)?;
        if instance.inner().await != [0; 3] {
            return Err("the inner service was called".into());
        }
    }
    Ok(())
}
