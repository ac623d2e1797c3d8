//! A store with one planted fault.

mod changes;
mod fault;
mod harness;
mod lists;
mod matches;
mod nonces;
mod records;
mod secrets;
mod store;
mod telling;
mod tokens;

pub(crate) use fault::Fault;
pub(crate) use harness::Faulty;
pub(crate) use store::{FaultyStore, dawdle};
