//! A thousand clients with one code.

use std::sync::Arc;
use std::time::Duration;

use countersign::{Clock as _, ManualClock, PresentedToken, TokenState, TokenStore as _};
use countersign_sqlx::SqliteStore;
use tokio::task::JoinSet;

use crate::site::{CHALLENGE, Site, VERIFIER, told};

struct World {
    _folder: tempfile::TempDir,
    store: SqliteStore,
    clock: ManualClock,
    site: Arc<Site>,
}

/// Over a real store, in a file.
async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("auth.sqlite")).await.unwrap();
    let clock = ManualClock::at_unix(1_800_000_000);
    // That many have to wait for one another.
    let patience = Duration::from_secs(120);
    let site =
        Site::start(store.clone(), clock.clone(), "https://app.test/cb", |server| server.with_store_timeout(patience));
    World { site: Arc::new(site.await), store, clock, _folder: folder }
}

impl World {
    /// The request that redeems a new code.
    async fn redemption(&self) -> String {
        let back = self.site.code(CHALLENGE, "S256").await;
        self.site.redemption(told(&back, "code").unwrap(), VERIFIER)
    }

    /// The tokens that these get, all sent at once. Whoever gets none is told that the code is not good.
    async fn given(&self, redemptions: impl Iterator<Item = String>) -> Vec<String> {
        let mut answers = JoinSet::new();
        for redemption in redemptions {
            let site = Arc::clone(&self.site);
            answers.spawn(async move { site.redeem(&redemption).await });
        }
        let (given, refused): (Vec<_>, Vec<_>) =
            answers.join_all().await.into_iter().partition(|(status, _)| *status == 200);
        assert!(refused.iter().all(|(status, said)| *status == 400 && said == "invalid_grant"), "{refused:?}");
        given.into_iter().map(|(_, token)| token).collect()
    }
}

/// One at most: where a second request is quicker to end the grant than the first to have its token stored, it gets none. And
/// what was given is good no longer, as the code was presented again (RFC 6749 §4.1.2).
fn judge(given: &[String]) {
    assert!(given.len() <= 1, "{} tokens were given", given.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn get_one_token_at_most_which_is_good_no_longer() {
    const AT_ONCE: usize = 1000;
    countersign_tests::allow_open_files(AT_ONCE as u64 * 2 + 256).unwrap();
    let world = world().await;
    let redemption = world.redemption().await;
    let given = world.given(std::iter::repeat_n(redemption.clone(), AT_ONCE)).await;
    judge(&given);
    for token in given {
        let info = world.store.token(&PresentedToken::new(&token)).await.unwrap().unwrap();
        assert_eq!(TokenState::of(&info, world.clock.now()), TokenState::Revoked);
    }
}

/// A single request gets one: the code was good.
#[tokio::test]
async fn but_for_the_others_the_first_keeps_its_token() {
    let world = world().await;
    let given = world.given(std::iter::once(world.redemption().await)).await;
    assert_eq!((given.len(), world.site.call(&given[0]).await), (1, 200));
}

#[tokio::test]
#[should_panic(expected = "2 tokens were given")]
async fn a_second_token_is_noticed() {
    let world = world().await;
    let two = [world.redemption().await, world.redemption().await];
    judge(&world.given(two.into_iter()).await);
}
