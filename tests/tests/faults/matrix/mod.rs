//! Every fault that a store can suffer, in front of guards on a real socket.

mod hammer;
mod network;
mod postgres;
mod redis;
mod scene;
mod sqlite;

use libtest_mimic::Trial;
pub(crate) use scene::{Backend, Kind};

use crate::world::World;

pub(crate) fn trials(world: &World) -> Vec<Trial> {
    let trials = [network::trials(world), postgres::trials(world), redis::trials(world), sqlite::trials(world)];
    trials.into_iter().flatten().collect()
}
