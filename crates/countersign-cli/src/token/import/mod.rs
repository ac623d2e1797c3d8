//! `countersign token import`: tables of other programs, as CSV.

mod command;
mod djblets;
mod fields;
mod kallithea;
mod source;
mod summary;
mod times;

pub(crate) use command::Import;
