//! The trait `HmacScheme` under strain: formats of others, written against the public API alone and held against vectors
//! that the formats' own libraries made.
//!
//! The parsers here read what the vectors have and no more. They show that a format fits the trait; they are not meant to
//! be used.
#![cfg(feature = "sign")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, unreachable_pub, reason = "a test fails by panicking")]

mod aws;
mod body_mac;
mod careless;
mod harness;
mod hawk;
mod hubspot;
mod kong;
mod rfc9421;
mod sentry;
mod stripe;
mod text;
mod twilio;
