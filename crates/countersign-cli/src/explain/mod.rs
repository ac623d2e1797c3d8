//! `countersign explain`: why a request does not verify.

mod ansi_c;
mod command;
mod curl;
mod har;
mod incoming;
mod options;
mod raw;
mod secrets;
mod view;

pub(crate) use command::Explain;
