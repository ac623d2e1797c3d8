//! When a store was asked.

use std::time::SystemTime;

/// Taken before a store is asked: from when on the answer is kept, and as of which generation. If something was told since,
/// it is not kept at all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(super) at: SystemTime,
    pub(super) generation: u64,
}
