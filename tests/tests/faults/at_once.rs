//! A thousand identical requests at once, and one nonce store after another.

use std::sync::Arc;
use std::time::Duration;

use countersign::{MemoryStore, NonceStore};
use countersign_redis::RedisOptions;
use countersign_tests::guards::Checked;
use countersign_tests::servers::{Persistence, Postgres, Redis};
use countersign_tests::{Racy, admitted_of_a_thousand, stores};
use libtest_mimic::Trial;

use crate::scale::rounds;
use crate::world::{Needs, World, noticed};

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("at_once::memory", Needs::Nothing, async |_| exactly_one(&Arc::new(MemoryStore::new())).await),
        world.trial("at_once::sqlite", Needs::Nothing, async |_| sqlite().await),
        world.trial("at_once::postgres", Needs::Postgres, async |world| postgres(&world).await),
        world.trial("at_once::redis", Needs::Redis, async |world| redis(&world).await),
        world.trial("at_once::planted", Needs::Nothing, async |_| {
            let admitted = admitted_of_a_thousand(Racy::default()).await;
            noticed("a store that looks first and remembers later", &is_one(admitted))
        }),
    ]
}

async fn sqlite() -> Checked {
    let folder = tempfile::tempdir().unwrap();
    exactly_one(&stores::create(&format!("sqlite:{}", folder.path().join("auth.sqlite").display())).await?).await
}

async fn postgres(world: &World) -> Checked {
    let server = Postgres::start(&world.postgres).await;
    exactly_one(&stores::create(&server.url()).await?).await
}

async fn redis(world: &World) -> Checked {
    let server = Redis::start(&world.programs, Persistence::Aof).await;
    // So many take longer than one may by default.
    let options = RedisOptions::new(server.url()).with_response_timeout(Duration::from_secs(60));
    exactly_one(&Arc::new(options.create().await.unwrap())).await
}

async fn exactly_one<S: NonceStore + ?Sized>(store: &Arc<S>) -> Checked {
    for round in 0..rounds() {
        is_one(admitted_of_a_thousand(store.clone()).await).map_err(|error| format!("in round {round}: {error}"))?;
    }
    Ok(())
}

fn is_one(admitted: usize) -> Checked {
    if admitted == 1 { Ok(()) } else { Err(format!("{admitted} were admitted")) }
}
