//! A server, a proxy before it, a store that uses both, and guards over the store.

use std::sync::Arc;
use std::time::Duration;

use countersign_tests::chaos::{Chaos, Mode};
use countersign_tests::guards::{Checked, Contract, Guards, Seed, Site};
use countersign_tests::servers::{Persistence, Postgres, Process, Redis};
use countersign_tests::stores::{self, Answers, Store};

use crate::world::{Needs, World};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Redis,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Postgres, Self::Redis];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }

    pub(crate) const fn needs(self) -> Needs {
        match self {
            Self::Postgres => Needs::Postgres,
            Self::Redis => Needs::Redis,
        }
    }
}

/// A running server of either kind.
pub(crate) enum Backend {
    Postgres(Postgres),
    Redis(Redis),
}

impl Backend {
    pub(crate) async fn start(world: &World, kind: Kind) -> Self {
        match kind {
            Kind::Postgres => Self::Postgres(Postgres::start(&world.postgres).await),
            Kind::Redis => Self::Redis(Redis::start(&world.programs, Persistence::Aof).await),
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        match self {
            Self::Postgres(server) => server.port(),
            Self::Redis(server) => server.port(),
        }
    }

    pub(crate) fn url_through(&self, port: u16) -> String {
        match self {
            Self::Postgres(server) => server.url_through(port),
            Self::Redis(server) => server.url_through(port),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url_through(self.port())
    }

    pub(crate) fn process(&mut self) -> &mut Process {
        match self {
            Self::Postgres(server) => server.process(),
            Self::Redis(server) => server.process(),
        }
    }

    pub(crate) fn kill(&mut self) {
        match self {
            Self::Postgres(server) => server.kill(),
            Self::Redis(server) => server.kill(),
        }
    }

    pub(crate) async fn start_again(&mut self) {
        match self {
            Self::Postgres(server) => server.start_again().await,
            Self::Redis(server) => server.start_again().await,
        }
    }
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A fault that is none: planted.
    Nothing,
    Refused,
    ResetMidAnswer,
    Slow,
    Blackhole,
    /// The server's processes are stopped in their tracks.
    Stopped,
    /// They are killed, and started again after.
    Killed,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] =
        [Self::Refused, Self::ResetMidAnswer, Self::Slow, Self::Blackhole, Self::Stopped, Self::Killed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::ResetMidAnswer => "reset_mid_answer",
            Self::Slow => "slow",
            Self::Blackhole => "blackhole",
            Self::Stopped => "stopped",
            Self::Killed => "killed",
        }
    }
}

/// All of it together.
pub(crate) struct Scene {
    pub backend: Backend,
    pub chaos: Chaos,
    pub store: Arc<dyn Store>,
    pub seed: Seed,
}

impl Scene {
    pub(crate) async fn set(world: &World, kind: Kind) -> Result<Self, String> {
        let backend = Backend::start(world, kind).await;
        let chaos = Chaos::start(backend.port()).await;
        stores::create(&backend.url()).await?;
        let store = stores::open(&backend.url_through(chaos.port())).await?;
        let seed = Seed::sow(&*store).await;
        Ok(Self { backend, chaos, store, seed })
    }

    /// Guards over the store as it is.
    pub(crate) async fn site(&self) -> Site {
        self.site_over(self.store.clone()).await
    }

    pub(crate) async fn site_over(&self, store: Arc<dyn Answers>) -> Site {
        Site::start(&Guards::new(store), &self.seed).await
    }

    pub(crate) async fn begin(&mut self, fault: Fault) {
        match fault {
            Fault::Nothing => {}
            Fault::Refused => self.chaos.set(Mode::Refuse).await,
            Fault::ResetMidAnswer => self.chaos.set(Mode::ResetMidAnswer).await,
            Fault::Slow => self.chaos.set(Mode::Delay(SLOW)).await,
            Fault::Blackhole => self.chaos.set(Mode::Blackhole).await,
            Fault::Stopped => self.backend.process().pause(),
            Fault::Killed => self.backend.kill(),
        }
    }

    pub(crate) async fn end(&mut self, fault: Fault) {
        match fault {
            Fault::Nothing => {}
            Fault::Refused | Fault::ResetMidAnswer | Fault::Slow | Fault::Blackhole => self.chaos.set(Mode::Pass).await,
            Fault::Stopped => self.backend.process().resume(),
            Fault::Killed => self.backend.start_again().await,
        }
    }

    /// Before, during and after: right, 503, right again.
    pub(crate) async fn suffer(&mut self, fault: Fault, site: &Site) -> Checked {
        site.is_sound(&Contract::ALL).await?;
        self.begin(fault).await;
        let unavailable = site.is_unavailable(&Contract::ALL).await;
        self.end(fault).await;
        unavailable?;
        site.recovers(&Contract::ALL).await
    }
}

/// Longer than any guard waits, shorter than a client does.
const SLOW: Duration = Duration::from_secs(20);
