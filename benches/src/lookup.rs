//! What looking a token up among ten thousand costs in each cache that ours could be built on.
//!
//! All hash with a random seed, since strangers choose what is looked up, and clone what they find.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use countersign::{TokenDigest, TokenInfo};
use http::{HeaderValue, header};
use quick_cache::UnitWeighter;
use quick_cache::sync::DefaultLifecycle;

use crate::bearer::token;
use crate::case::{Case, Group, Row};
use crate::template::Template;

/// The request.
#[must_use]
pub fn case() -> Case {
    Case::new("lookup among 10,000", false, group)
}

fn group() -> Group {
    let mut template = Template::get("/");
    template.head_mut().headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer 0"));
    Group::new(template, vec![nothing(), quick_cache(), moka(), sharded(), one_map()])
}

fn nothing() -> Row {
    let mut digests = Digests::new();
    Row::alone("the keys in turn", move || digests.next())
}

fn quick_cache() -> Row {
    let cache = quick_cache::sync::Cache::with(
        2 * KNOWN,
        2 * KNOWN as u64,
        UnitWeighter,
        RandomState::new(),
        DefaultLifecycle::default(),
    );
    entries().for_each(|(digest, entry)| cache.insert(digest, entry));
    let mut digests = Digests::new();
    Row::alone("quick_cache", move || cache.get(&digests.next()))
}

fn moka() -> Row {
    let cache = moka::sync::Cache::builder()
        .max_capacity(2 * KNOWN as u64)
        .time_to_live(Duration::from_secs(3600))
        .build_with_hasher(RandomState::new());
    entries().for_each(|(digest, entry)| cache.insert(digest, entry));
    let mut digests = Digests::new();
    Row::alone("moka, with its lifetimes", move || cache.get(&digests.next()))
}

/// What of our own would have to beat: 64 maps behind locks, which evict nothing.
fn sharded() -> Row {
    let shards: [RwLock<HashMap<TokenDigest, Entry>>; 64] = std::array::from_fn(|_| RwLock::default());
    let hasher = RandomState::new();
    let shard = move |digest: &TokenDigest| hasher.hash_one(digest) as usize % 64;
    for (digest, entry) in entries() {
        let shard = shards.get(shard(&digest)).expect("there are 64");
        shard.write().unwrap_or_else(PoisonError::into_inner).insert(digest, entry);
    }
    let mut digests = Digests::new();
    Row::alone("64 HashMaps behind locks", move || {
        let digest = digests.next();
        let shard = shards.get(shard(&digest)).expect("there are 64");
        shard.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned()
    })
}

fn one_map() -> Row {
    let map: HashMap<_, _> = entries().collect();
    let mut digests = Digests::new();
    Row::alone("HashMap of one thread", move || map.get(&digests.next()).cloned())
}

type Entry = (TokenInfo, SystemTime, SystemTime);

fn entries() -> impl Iterator<Item = (TokenDigest, Entry)> {
    let now = SystemTime::UNIX_EPOCH;
    (0..KNOWN as u32).map(move |number| (TokenDigest::of(token(number)), (TokenInfo::new("user"), now, now)))
}

/// All digests, again and again, in an order that no cache of the processor foresees.
struct Digests {
    digests: Vec<TokenDigest>,
    at: usize,
}

impl Digests {
    fn new() -> Self {
        Self { digests: entries().map(|(digest, _)| digest).collect(), at: 0 }
    }

    fn next(&mut self) -> TokenDigest {
        self.at = (self.at + STEP) % KNOWN;
        *self.digests.get(self.at).expect("the remainder is smaller")
    }
}

const KNOWN: usize = 10_000;
/// Prime to the number of tokens.
const STEP: usize = 3_571;
