//! Kills, and what is left of what was promised.

mod app;
mod replayed;
mod server;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use libtest_mimic::Trial;

use crate::world::World;

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    [app::trials(world), replayed::trials(world), server::trials(world)].into_iter().flatten().collect()
}

/// After how many promises the next kill comes.
fn some() -> usize {
    let random = RandomState::new().build_hasher().finish();
    20 + usize::try_from(random % 180).expect("below 180")
}
