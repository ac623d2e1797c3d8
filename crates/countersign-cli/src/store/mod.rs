//! Stores: which one is meant, and opening it.

mod address;
mod open;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(crate) use address::Address;
pub(crate) use open::{Migrated, Migration, Store};
pub(crate) use options::{InsecureWays, StoreOptions};
