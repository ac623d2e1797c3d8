//! What the end-to-end tests have in common: a server on a real socket, a client that sends bytes as they are, bodies that
//! do what they are told, an inner service that remembers, and formats made for tests.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "for tests alone: whatever is unexpected stops them"
)]

pub mod attack;
mod body;
mod inner;
mod logs;
mod schemes;
mod server;
mod signing;
mod wire;

pub use body::{BodyFailure, Poller, Script, Step, collect};
pub use inner::{Inner, Seen};
pub use logs::Logs;
pub use schemes::{BodyMac, Timed};
pub use server::Server;
pub use signing::{KEY, SECRET, again, bearer, secret, signed, signed_at, signed_by, store, ustudio_credentials};
pub use wire::{Answer, Wire};

/// The README's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
