//! `countersign sign`: a signed request, as a command that sends it.

mod body;
mod command;
mod curl;
mod request;
mod scheme;

pub(crate) use command::Sign;
