//! `countersign secret`: one file for each command.

mod add;
mod command;
mod create;
mod drain;
mod encoding;
mod list;
mod quiet;
mod retire;
mod rotate;
mod standing;
mod view;

pub(crate) use command::SecretCommand;
pub(crate) use encoding::Encoding;
