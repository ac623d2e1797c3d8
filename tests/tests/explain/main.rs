//! The doctor: names what was planted, nothing else, within its budget, and gives nothing away.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "a test fails by panicking")]

mod bodies;
mod bounds;
mod credentials;
#[path = "../schemes/harness.rs"]
#[allow(dead_code, reason = "vectors are read here, and verdicts are not")]
mod harness;
mod nothing;
mod plain;
mod plant;
mod targets;
