//! The command as people and scripts run it: a real program on a real SQLite file.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod check;
mod explain;
mod help;
mod import;
mod leaks;
mod migrate;
mod output;
mod readme;
mod rotation;
mod secrets;
mod sign;
mod support;
mod terminal;
mod tokens;
mod vectors;
