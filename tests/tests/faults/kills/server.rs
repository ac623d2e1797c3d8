//! The server behind a store is killed, while a process uses it.

use countersign_tests::guards::Checked;
use countersign_tests::servers::{Persistence, Postgres, Redis};
use countersign_tests::stores;
use countersign_tests::victim::{Ledger, Lost, Victim};
use libtest_mimic::Trial;
use sqlx::raw_sql;

use super::some;
use crate::matrix::{Backend, Kind};
use crate::scale::kills;
use crate::world::{Needs, World};

pub(super) fn trials(world: &World) -> Vec<Trial> {
    let mut trials = vec![
        world.trial("kills::postgres::server_that_does_not_wait_for_the_disk", Needs::Postgres, async |world| {
            kept_without_waiting(&world).await
        }),
        world.trial("kills::planted::postgres_made_not_to_wait", Needs::Postgres, async |world| {
            made_not_to_wait(&world).await
        }),
        world.trial("kills::redis::server_that_loses_its_data", Needs::Redis, async |world| lost(&world).await),
        world.trial("kills::planted::redis_without_a_guard", Needs::Redis, async |world| unguarded(&world).await),
    ];
    trials.extend(Kind::ALL.map(|kind| {
        let check = async move |world: World| {
            let mut server = Backend::start(&world, kind).await;
            stores::create(&server.url()).await?;
            nothing_is_lost(&world, &mut server).await
        };
        world.trial(&format!("kills::{}::server", kind.name()), kind.needs(), check)
    }));
    trials
}

/// As often as it is wanted, and nothing is lost.
async fn nothing_is_lost(world: &World, server: &mut Backend) -> Checked {
    let url = server.url();
    let mut killing = Killing::start(world, &url, &url);
    for kill in 0..kills() {
        killing.kill(server).await.is_nothing().map_err(|lost| format!("after kill {kill}: {lost}"))?;
    }
    let all = killing.end().await;
    println!("{url}: {} kills, {all:?}", kills());
    all.is_nothing()
}

/// A server that acknowledges what is not yet written, unless a transaction asks it not to: ours do.
async fn kept_without_waiting(world: &World) -> Checked {
    let mut server = Backend::Postgres(Postgres::start_with(&world.postgres, &HASTY).await);
    stores::create(&server.url()).await?;
    nothing_is_lost(world, &mut server).await
}

/// The same, where a trigger takes back what our transactions ask for: that must lose something, or nothing was shown.
async fn made_not_to_wait(world: &World) -> Checked {
    let server = Postgres::start_with(&world.postgres, &HASTY).await;
    stores::create(&server.url()).await?;
    raw_sql(TAKEN_BACK).execute(&mut server.connect().await).await.unwrap();
    let (url, mut server) = (server.url(), Backend::Postgres(server));
    let mut killing = Killing::start(world, &url, &url);
    let mut all = Lost::default();
    for _ in 0..BOUND {
        let lost = killing.kill(&mut server).await;
        all = Lost {
            issued: all.issued + lost.issued,
            revoked: all.revoked + lost.revoked,
            claimed: all.claimed + lost.claimed,
            of: all.of + lost.of,
        };
        if all.issued > 0 && all.claimed > 0 {
            println!("planted: {all:?}");
            return Ok(());
        }
    }
    Err(format!("nothing was lost: {all:?}"))
}

/// A Redis that starts again without the nonces it knew: with nothing, or with those of an old snapshot. It accepts none.
async fn lost(world: &World) -> Checked {
    for kill in 0..kills() {
        for (persistence, snapshot) in
            [(Persistence::Nothing, false), (Persistence::Rdb, false), (Persistence::Rdb, true)]
        {
            let lost = forgetful(world, persistence, snapshot, Nonces::Guarded).await?;
            if lost.claimed > 0 || lost.of == 0 {
                return Err(format!("after kill {kill}, {persistence:?}, snapshot: {snapshot}: {lost:?}"));
            }
        }
    }
    Ok(())
}

/// The same without our guard: that must lose something, or nothing was shown.
async fn unguarded(world: &World) -> Checked {
    for (persistence, snapshot) in [(Persistence::Nothing, false), (Persistence::Rdb, false), (Persistence::Rdb, true)]
    {
        let mut lost = Lost::default();
        for _ in 0..BOUND {
            lost = forgetful(world, persistence, snapshot, Nonces::Unguarded).await?;
            if lost.claimed > 0 {
                break;
            }
        }
        println!("planted: {persistence:?}, snapshot: {snapshot}: {lost:?}");
        if lost.claimed == 0 {
            return Err(format!("nothing was lost: {persistence:?}, snapshot: {snapshot}"));
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Nonces {
    Guarded,
    Unguarded,
}

/// What a new Redis loses that is killed once.
async fn forgetful(world: &World, persistence: Persistence, snapshot: bool, nonces: Nonces) -> Result<Lost, String> {
    let redis = Redis::start(&world.programs, persistence).await;
    let store = redis.url().replace("redis:", "redis-volatile:");
    let nonces = match nonces {
        Nonces::Guarded => store.clone(),
        Nonces::Unguarded => redis.url().replace("redis:", "set-nx:"),
    };
    stores::create(&store).await?;
    let mut killing = Killing::start(world, &store, &nonces);
    if snapshot {
        killing.victim.wait_for(some());
        redis.say("SAVE");
    }
    Ok(killing.kill(&mut Backend::Redis(redis)).await)
}

/// A victim that goes on while its server is killed.
struct Killing {
    victim: Victim,
    store: String,
    nonces: String,
    seen: usize,
}

impl Killing {
    fn start(world: &World, store: &str, nonces: &str) -> Self {
        let victim = Victim::start(&world.programs, &World::victim(), store, "run", &["--nonces", nonces]);
        Self { victim, store: store.to_owned(), nonces: nonces.to_owned(), seen: 0 }
    }

    /// Kills the server at some moment and starts it again; what is lost of what was promised since the last time.
    async fn kill(&mut self, server: &mut Backend) -> Lost {
        self.victim.wait_for(some());
        server.kill();
        // What is promised from now on is none of this kill's business, and would grow while we look.
        let promises = self.victim.promises();
        self.victim.process().pause();
        server.start_again().await;
        let mut since = Ledger::default();
        since.note(promises[self.seen..].to_vec());
        self.seen = promises.len();
        let lost = self.audit(&since).await;
        self.victim.process().resume();
        lost
    }

    /// What is lost of everything.
    async fn end(self) -> Lost {
        let Self { victim, store, nonces, .. } = self;
        let mut all = Ledger::default();
        all.note(victim.kill());
        audit(&store, &nonces, &all).await
    }

    async fn audit(&self, ledger: &Ledger) -> Lost {
        audit(&self.store, &self.nonces, ledger).await
    }
}

async fn audit(store: &str, nonces: &str, ledger: &Ledger) -> Lost {
    let (store, nonces) = (stores::open(store).await.unwrap(), stores::open_nonces(nonces).await.unwrap());
    ledger.audit(&*store, &*nonces).await
}

/// Nothing is written of its own accord while a test lasts.
const HASTY: [&str; 2] = ["synchronous_commit=off", "wal_writer_delay=10s"];

/// After everything that is written, in the same transaction.
const TAKEN_BACK: &str = "
    CREATE FUNCTION take_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('synchronous_commit', 'off', TRUE);
        RETURN NULL;
    END $$;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TRIGGER take_back AFTER INSERT OR UPDATE ON %I EXECUTE FUNCTION take_back()', name);
        END LOOP;
    END $$";

/// So many kills lose something, if anything does.
const BOUND: usize = 20;
