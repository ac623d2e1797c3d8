//! Strangers with tokens by the thousand: what they cost the store, and whom they displace.

use std::sync::Arc;
use std::time::Duration;

use countersign::cache::CacheConfig;
use countersign::{Clock, SystemClock, TokenInfo, issue_token};
use countersign_tests::guards::{Checked, Client, Contract, Guards, Seed, Site, expect_status};
use countersign_tests::stores::{self, Store};
use libtest_mimic::Trial;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::world::{Needs, World, noticed};

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    vec![
        world.trial("floods::malformed", Needs::Nothing, async |_| malformed(true).await),
        world.trial("floods::unknown", Needs::Nothing, async |_| unknown(CAPACITY).await),
        world.trial("floods::planted", Needs::Nothing, async |_| {
            noticed("tokens whose shape nobody judges", &malformed(false).await)?;
            noticed("a cache without room for the good ones", &unknown(GOOD / 2).await)
        }),
    ]
}

/// Tokens that no format makes: not one question to the store, nor with the cache.
async fn malformed(judged: bool) -> Checked {
    let (store, _folder) = store().await;
    let seed = Seed::sow(&*store).await;
    let mut guards = Guards::new(store).with_store_timeout(PATIENCE).with_cache(kept(CAPACITY));
    if judged {
        guards = guards.with_formats();
    }
    let site = Site::start(&guards, &seed).await;
    // One character is another, and the checksum does not hold.
    let typo = |at: usize| {
        let (start, end) = seed.good.split_at(2 + at % 36);
        let character = end.as_bytes()[0];
        let other = char::from(if character == b'z' { b'a' } else { character + 1 });
        let other = if other.is_ascii_alphanumeric() { other } else { '7' };
        format!("{start}{other}{}", &end[1..])
    };
    let shapes =
        [|_| "a".to_owned(), |at| format!("t_{at:036}"), |at| format!("u_{at:036}"), |at| "t".repeat(1 + at % 8000)];
    let tokens = (0..FLOOD).map(|at| if at % 5 == 4 { typo(at / 5) } else { shapes[at % 5](at) });
    present(site.client(), tokens, 401).await?;
    let asked = site.asked();
    if asked != [0; 3] {
        return Err(format!("the store was asked {asked:?} times"));
    }
    site.is_sound(&Contract::ALL).await
}

/// Tokens as good as good ones but for nobody having issued them: each is asked for once, and displaces no good one.
async fn unknown(capacity: usize) -> Checked {
    let (store, _folder) = store().await;
    let seed = Seed::sow(&*store).await;
    let now = SystemClock::new().now();
    let mut good = Vec::new();
    for _ in 0..GOOD {
        let issued = issue_token(&*store, &Seed::format(), TokenInfo::new("ada"), now).await.unwrap();
        good.push(issued.token.expose_secret().to_owned());
    }
    let guards = Guards::new(store).with_store_timeout(PATIENCE).with_cache(kept(capacity)).with_formats();
    let site = Site::start(&guards, &seed).await;
    let asked = async |tokens: Vec<String>, status| {
        let before = site.asked()[0];
        present(site.client(), tokens, status).await.map(|()| site.asked()[0] - before)
    };
    let mint = || Seed::format().mint(now).expose_secret().to_owned();

    asked(good.clone(), 200).await?;
    let few: Vec<String> = (0..GOOD).map(|_| mint()).collect();
    let again = few.iter().cycle().take(FLOOD).cloned().collect();
    let (first, again) = (asked(few, 401).await?, asked(again, 401).await?);
    let flood = asked((0..FLOOD).map(|_| mint()).collect(), 401).await?;
    let after = asked(good, 200).await?;
    println!(
        "of {FLOOD} unknown tokens {flood} were asked for; of {GOOD} in turn {first} and {again}; of good ones {after}"
    );
    if (first, again, flood, after) == (GOOD, 0, FLOOD, 0) {
        Ok(())
    } else {
        Err(format!("asked for {first} and {again} in turn, {flood} in the flood, {after} good ones after it"))
    }
}

async fn store() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("auth.sqlite").display());
    (stores::create(&url).await.unwrap(), folder)
}

/// Presents each, several at once; all must come to this status.
async fn present(client: &Client, tokens: impl IntoIterator<Item = String>, status: u16) -> Checked {
    let mut tokens: Vec<String> = tokens.into_iter().collect();
    let share = tokens.len().div_ceil(8);
    let mut clients = JoinSet::new();
    while !tokens.is_empty() {
        let (client, tokens) = (client.clone(), tokens.split_off(tokens.len().saturating_sub(share)));
        clients.spawn(async move {
            for token in tokens {
                let reply = client.present(Contract::Tokens.path(), &token).await?;
                expect_status(&token, &reply, status)?;
            }
            Ok(())
        });
    }
    clients.join_all().await.into_iter().collect()
}

/// For longer than any test takes.
fn kept(capacity: usize) -> CacheConfig {
    let long = Duration::from_secs(3600);
    CacheConfig::new()
        .with_capacity(capacity)
        .with_lifetime(long)
        .with_refused_lifetime(long)
        .with_absent_lifetime(long)
}

const FLOOD: usize = 2000;
const GOOD: usize = 50;
/// Small beside the flood, large beside the good ones.
const CAPACITY: usize = 500;
/// This is not about stores that are slow.
const PATIENCE: Duration = Duration::from_secs(20);
