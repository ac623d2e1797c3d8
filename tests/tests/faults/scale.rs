//! How much is done: little by default, more where the environment says so.

use std::time::Duration;

/// `COUNTERSIGN_KILLS`: how often each durable store, and each process that uses one, is killed. 4 unless told otherwise.
pub(crate) fn kills() -> usize {
    number("COUNTERSIGN_KILLS", 4)
}

/// `COUNTERSIGN_FLAPS`: how often a server goes and comes, a tenth of a second each. 10 unless told otherwise.
pub(crate) fn flaps() -> usize {
    number("COUNTERSIGN_FLAPS", 10)
}

/// `COUNTERSIGN_ROUNDS`: how often a thousand identical requests are sent at once. Once unless told otherwise.
pub(crate) fn rounds() -> usize {
    number("COUNTERSIGN_ROUNDS", 1)
}

pub(crate) const FLAP: Duration = Duration::from_millis(100);

fn number(name: &str, default: usize) -> usize {
    let Ok(text) = std::env::var(name) else { return default };
    text.parse().unwrap_or_else(|_| panic!("{name}={text}: it is a number"))
}
