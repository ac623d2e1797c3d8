//! Uploads that are longer than the memory they may take, over a real socket.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "a test fails by panicking")]

mod bounded;
mod exchange;
mod upload;

use std::env;

const MIB: usize = 1 << 20;

/// How many bytes the long uploads have: `COUNTERSIGN_UPLOAD_MIB` times 2^20. Unoptimised, hashing is slow; before a release it
/// is a whole gibibyte.
fn long() -> usize {
    let mib = env::var("COUNTERSIGN_UPLOAD_MIB").map_or(64, |mib| mib.parse().expect("a number of mebibytes"));
    mib * MIB
}
