//! A disk that is full.

use std::collections::BTreeMap;

use countersign::KeyId;
use countersign_tests::guards::{Checked, Contract, Guards, Reply, expect_status, expect_unavailable};
use countersign_tests::instance::Instance;
use countersign_tests::servers::{Postgres, Redis, SmallDisk, eventually_async};
use countersign_tests::stores;
use libtest_mimic::Trial;

use crate::world::{Needs, World, noticed};

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("disk_full::sqlite", Needs::Disk, async |world| sqlite(&world, true).await),
        world.trial("disk_full::postgres", Needs::DiskAndPostgres, async |world| postgres(&world).await),
        world.trial("disk_full::redis", Needs::DiskAndRedis, async |world| redis(&world).await),
        world.trial("disk_full::planted", Needs::Disk, async |world| {
            noticed("a disk with room", &sqlite(&world, false).await)
        }),
    ]
}

async fn sqlite(world: &World, fill: bool) -> Checked {
    let disk = SmallDisk::new(8);
    let instance = Instance::start_on(&world.programs, &World::instance(), &disk);
    let mut service = Service::new(instance);
    service.before().await?;
    if fill {
        disk.fill(service.instance.process());
    }
    service.full().await?;
    disk.free(service.instance.process());
    service.after().await
}

async fn postgres(world: &World) -> Checked {
    let mut server = Postgres::start_on(&world.postgres, SmallDisk::new(8)).await;
    stores::create(&server.url()).await?;
    let mut service = Service::new(Instance::start(&world.programs, &World::instance(), &server.url(), &[]));
    service.before().await?;
    let (disk, process) = server.disk();
    disk.fill(process);
    service.full().await?;
    let (disk, process) = server.disk();
    disk.free(process);
    service.after().await
}

async fn redis(world: &World) -> Checked {
    let mut server = Redis::start_on(&world.programs, SmallDisk::new(8)).await;
    stores::create(&server.url()).await?;
    let mut service = Service::new(Instance::start(&world.programs, &World::instance(), &server.url(), &[]));
    service.before().await?;
    let (disk, process) = server.disk();
    disk.fill(process);
    service.full().await?;
    let (disk, process) = server.disk();
    disk.free(process);
    service.after().await
}

/// A service over a store whose disk fills up, and what it was promised.
struct Service {
    instance: Instance,
    /// Tokens by their ids, and whether they are good.
    tokens: BTreeMap<String, (String, bool)>,
    nonces: usize,
    /// A request of which nobody knows whether its nonce is spent.
    undecided: Vec<String>,
    admitted: [usize; 3],
}

impl Service {
    fn new(instance: Instance) -> Self {
        Self { instance, tokens: BTreeMap::new(), nonces: 0, undecided: Vec::new(), admitted: [0; 3] }
    }

    async fn before(&mut self) -> Checked {
        for _ in 0..5 {
            if !self.issues().await? {
                return Err("there is room, and it issues nothing".into());
            }
        }
        if !self.revokes().await? || !self.claims().await? {
            return Err("there is room, and it does not revoke or claim".into());
        }
        self.remembers().await
    }

    /// Goes on until nothing can be written any more. What is answered is done, or 503; who only reads does not notice.
    async fn full(&mut self) -> Checked {
        let mut failed = 0;
        for _ in 0..MANY {
            failed = if self.issues().await? { 0 } else { failed + 1 };
            if failed == 3 {
                break;
            }
        }
        let mut claimed = true;
        for _ in 0..MANY {
            claimed = self.claims().await?;
            if !claimed {
                break;
            }
        }
        if failed < 3 || claimed {
            return Err("the disk is never full".into());
        }
        self.revokes().await?;
        self.remembers().await
    }

    async fn after(&mut self) -> Checked {
        eventually_async("it goes on", async || match self.issues().await {
            Ok(false) => None,
            Ok(true) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        })
        .await?;
        for path in std::mem::take(&mut self.undecided) {
            let statuses = [self.sign(&path).await?.status().as_u16(), self.sign(&path).await?.status().as_u16()];
            self.admitted[Contract::Nonces as usize] += usize::from(statuses[0] == 200);
            if statuses != [200, 401] && statuses != [401, 401] {
                return Err(format!("a request that was answered with 503 came to {statuses:?} afterwards"));
            }
        }
        if !self.revokes().await? || !self.claims().await? {
            return Err("there is room again, and it does not revoke or claim".into());
        }
        self.remembers().await?;
        // All good ones were used by that, and what could not be written meanwhile is not given up.
        for id in self.tokens.iter().filter(|(_, (_, good))| *good).map(|(id, _)| id) {
            eventually_async("a use is recorded", async || {
                let reply = self.instance.client().get(&format!("/used/{id}")).await;
                reply.is_ok_and(|reply| reply.body() == "yes").then_some(())
            })
            .await;
        }
        Ok(())
    }

    async fn issues(&mut self) -> Result<bool, String> {
        match self.instance.issue().await {
            Ok((id, token)) => {
                self.tokens.insert(id, (token, true));
                Ok(true)
            }
            Err(503) => Ok(false),
            Err(status) => Err(format!("issuing came to {status}")),
        }
    }

    /// Revokes a good one; whether that was acknowledged. Either way the very next request shows it.
    async fn revokes(&mut self) -> Result<bool, String> {
        let (id, (token, good)) = self.tokens.iter_mut().find(|(_, (_, good))| *good).expect("there is a good one");
        match self.instance.revoke(id).await {
            204 => *good = false,
            503 => {}
            status => return Err(format!("revoking came to {status}")),
        }
        let (status, revoked) = (self.instance.present(token).await, !*good);
        self.admitted[Contract::Tokens as usize] += usize::from(status == 200);
        let expected = if revoked { 401 } else { 200 };
        if status == expected { Ok(revoked) } else { Err(format!("revoked: {revoked}, and it came to {status}")) }
    }

    /// Claims a nonce; whether that was acknowledged. If it was, it is spent.
    async fn claims(&mut self) -> Result<bool, String> {
        self.nonces += 1;
        let path = format!("{}?n={}", Contract::Nonces.path(), self.nonces);
        let reply = self.sign(&path).await?;
        if reply.status() != 200 {
            self.undecided.push(path);
            return expect_unavailable("a new request", &reply).map(|()| false);
        }
        self.admitted[Contract::Nonces as usize] += 1;
        let again = self.sign(&path).await?;
        if again.status() != 503 {
            expect_status("the same again", &again, 401)?;
        }
        Ok(true)
    }

    /// Every token is what it was said to be, also those that were acknowledged last; and nobody else was let in.
    async fn remembers(&mut self) -> Checked {
        for (token, good) in self.tokens.values() {
            let status = self.instance.present(token).await;
            self.admitted[Contract::Tokens as usize] += usize::from(*good);
            if status != if *good { 200 } else { 401 } {
                return Err(format!("a token that is good: {good}, came to {status}"));
            }
        }
        let inner = self.instance.inner().await;
        if inner == self.admitted { Ok(()) } else { Err(format!("inner calls {inner:?}, not {:?}", self.admitted)) }
    }

    async fn sign(&self, path: &str) -> Result<Reply, String> {
        let key = KeyId::new("partner").expect("it is a key id");
        self.instance.client().sign(path, &key, &Guards::secret_in_memory()).await
    }
}

/// More than have room in what is left of pages that were there before.
const MANY: usize = 3000;
