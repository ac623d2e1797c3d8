//! `countersign token`: one file for each command.

mod check;
mod command;
mod import;
mod issue;
mod list;
mod prune;
mod revoke;
mod rotate;
mod selection;
mod show;
mod view;

pub(crate) use command::TokenCommand;
