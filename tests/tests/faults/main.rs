//! Stores in trouble: what guards answer when a store is down, slow, silent, cut off, killed, full or damaged; what is left
//! of what a store promised, after it or its user was killed; a thousand identical requests at once, and a thousand clients
//! with one code; and revocations that reach every process.
//!
//! Servers are the tests' own. Where a program for one is missing, its trials are shown as ignored, never as passed. How
//! much is done is said by the environment, see `scale.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "whatever is unexpected stops a test"
)]

mod at_once;
mod disk;
mod floods;
mod kills;
mod matrix;
mod one_code;
mod revocation;
mod scale;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, run};
use world::World;

fn main() -> ExitCode {
    let world = World::new();
    let trials = [
        matrix::trials(&world),
        kills::trials(&world),
        at_once::trials(&world),
        one_code::trials(&world),
        disk::trials(&world),
        floods::trials(&world),
        revocation::trials(&world),
    ];
    run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
