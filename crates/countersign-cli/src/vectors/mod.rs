//! `countersign vectors`: requests with what should become of them.

mod command;
mod file;
mod judge;
mod listed;
mod request;
mod row;
mod scheme;
mod secret;
mod signing;
mod terms;

pub(crate) use command::Vectors;
