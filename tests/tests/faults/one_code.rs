//! A thousand clients with one code, over one durable store after another.

use std::sync::Arc;
use std::time::Duration;

use countersign::{Clock as _, ManualClock, PresentedToken, TokenState};
use countersign_oauth::AuthorizationStore;
use countersign_sqlx::{PostgresStore, SqliteStore};
use countersign_tests::allow_open_files;
use countersign_tests::authorizing::{CHALLENGE, Site, VERIFIER, told};
use countersign_tests::guards::Checked;
use countersign_tests::servers::Postgres;
use libtest_mimic::Trial;
use tokio::task::JoinSet;

use crate::world::{Needs, World, noticed};

const AT_ONCE: usize = 1000;

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("one_code::sqlite", Needs::Nothing, async |_| {
            let folder = tempfile::tempdir().unwrap();
            give_one_at_most(SqliteStore::create(&folder.path().join("auth.sqlite")).await.unwrap()).await
        }),
        world.trial("one_code::postgres", Needs::Postgres, async |world| {
            let server = Postgres::start(&world.postgres).await;
            give_one_at_most(PostgresStore::connect_or_migrate(&server.url()).await.unwrap()).await
        }),
        world.trial("one_code::planted", Needs::Nothing, async |_| {
            let folder = tempfile::tempdir().unwrap();
            let store = SqliteStore::create(&folder.path().join("auth.sqlite")).await.unwrap();
            let clients = Clients::new(store).await;
            let two = [clients.redemption().await, clients.redemption().await];
            noticed("a second token", &is_one_at_most(&clients.given(two).await?))
        }),
    ]
}

/// A code that one client presents gives a token that is good. One that a thousand present gives one at most, as the second
/// may be quicker to end the grant than the first to have its token stored; and good it is no longer (RFC 6749 §4.1.2).
async fn give_one_at_most(store: impl AuthorizationStore + Clone) -> Checked {
    allow_open_files(AT_ONCE as u64 * 2 + 256)?;
    let clients = Clients::new(store.clone()).await;
    let alone = clients.given([clients.redemption().await]).await?;
    let [token] = alone.as_slice() else { return Err(format!("{} tokens for one client", alone.len())) };
    let status = clients.site.call(token).await;
    if status != 200 {
        return Err(format!("the token of one client gets {status}"));
    }
    let redemption = clients.redemption().await;
    let given = clients.given(vec![redemption; AT_ONCE]).await?;
    is_one_at_most(&given)?;
    for token in given {
        let info = store.token(&PresentedToken::new(&token)).await.map_err(|error| error.to_string())?;
        let state = info.map(|info| TokenState::of(&info, clients.clock.now()));
        if state != Some(TokenState::Revoked) {
            return Err(format!("after its code came again a token is {state:?}"));
        }
    }
    Ok(())
}

fn is_one_at_most(given: &[String]) -> Checked {
    if given.len() <= 1 { Ok(()) } else { Err(format!("{} tokens were given", given.len())) }
}

struct Clients {
    clock: ManualClock,
    site: Arc<Site>,
}

impl Clients {
    async fn new(store: impl AuthorizationStore + Clone) -> Self {
        let clock = ManualClock::at_unix(1_800_000_000);
        // That many have to wait for one another.
        let patience = Duration::from_secs(60);
        let site =
            Site::start(store, clock.clone(), "https://app.test/cb", |server| server.with_store_timeout(patience));
        Self { site: Arc::new(site.await), clock }
    }

    /// The request that redeems a new code.
    async fn redemption(&self) -> String {
        let back = self.site.code(CHALLENGE, "S256").await;
        self.site.redemption(told(&back, "code").unwrap(), VERIFIER)
    }

    /// The tokens that these get, all sent at once. Whoever gets none is told that the code is not good.
    async fn given(&self, redemptions: impl IntoIterator<Item = String>) -> Result<Vec<String>, String> {
        let mut answers = JoinSet::new();
        for redemption in redemptions {
            let site = Arc::clone(&self.site);
            answers.spawn(async move { site.redeem(&redemption).await });
        }
        let mut given = Vec::new();
        for (status, said) in answers.join_all().await {
            match (status, said.as_str()) {
                (200, _) => given.push(said),
                (400, "invalid_grant") => {}
                _ => return Err(format!("{status} {said}")),
            }
        }
        Ok(given)
    }
}
