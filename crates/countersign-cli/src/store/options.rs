//! How a store is used.

use std::str::FromStr;
use std::time::Duration;

/// How a store is used. Each kind of store refuses what it cannot heed.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "features decide which stores are left"))]
pub(crate) struct StoreOptions {
    /// What the names of tables or keys begin with.
    pub(crate) prefix: Option<String>,
    /// How long an answer may take.
    pub(crate) timeout: Duration,
    /// What is put up with in a Redis.
    pub(crate) insecure_redis: Vec<InsecureRedis>,
}

/// What a Redis must not do, unless it is allowed by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InsecureRedis {
    /// It throws keys away when its memory is full.
    Evicting,
    /// It does not say how it is set up.
    Hidden,
    /// It writes no append-only file.
    Volatile,
}

/// Several of them, separated by commas. An environment variable that is empty names none.
#[derive(Clone, Debug, Default)]
pub(crate) struct InsecureWays(pub(crate) Vec<InsecureRedis>);

impl FromStr for InsecureWays {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ways = text.split(',').map(str::trim).filter(|way| !way.is_empty()).map(|way| match way {
            "evicting" => Ok(InsecureRedis::Evicting),
            "hidden" => Ok(InsecureRedis::Hidden),
            "volatile" => Ok(InsecureRedis::Volatile),
            _ => Err("the ways are evicting, hidden and volatile, separated by commas"),
        });
        ways.collect::<Result<_, _>>().map(Self)
    }
}
