//! Sentry's signed messages, against what Sentry's own servers and clients did; see `vectors/README.md`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops a test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod any_rules;
mod asking;
mod client;
mod deviations;
mod envelope;
mod fields;
mod forms;
mod generated;
mod keys;
mod leaks;
mod legacy;
mod nonce;
mod one_answer;
mod order;
mod originals;
mod own_rules;
mod rendered;
mod replayed;
mod signed;
mod signer;
mod styles;
