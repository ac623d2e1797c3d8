//! Applications and grants, written once for both databases.

mod applications;
mod codes;
mod columns;
mod consents;
mod database;
mod ending;
mod granting;
mod statements;
mod stores;

pub(crate) use columns::Columns;
pub(crate) use database::{Bound, Database, Extent, Lock, Session, Transaction};
#[cfg(feature = "postgres")]
pub(crate) use statements::all;
pub(crate) use stores::stores;

/// What [`stores`] calls.
pub(crate) mod flows {
    pub(crate) use super::applications::*;
    pub(crate) use super::codes::*;
    pub(crate) use super::consents::*;
    pub(crate) use super::database::change;
    pub(crate) use super::ending::*;
    pub(crate) use super::granting::*;
}
