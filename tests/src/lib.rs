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

mod at_once;
pub mod attack;
pub mod authorizing;
mod body;
#[cfg(unix)]
pub mod chaos;
mod compared;
#[cfg(unix)]
pub mod guards;
mod inner;
#[cfg(unix)]
pub mod instance;
mod logs;
mod open_files;
mod schemes;
mod server;
#[cfg(unix)]
pub mod servers;
mod set_nx;
mod signing;
#[cfg(unix)]
pub mod stores;
#[cfg(unix)]
pub mod victim;
mod wire;

pub use at_once::{Racy, admitted_of_a_thousand};
pub use body::{BodyFailure, Poller, Script, Step, collect};
pub use compared::{Compared, Deviation};
pub use inner::{Inner, Seen};
pub use logs::Logs;
pub use open_files::allow_open_files;
pub use schemes::{BodyMac, GivenDigest, Timed};
pub use server::Server;
pub use set_nx::SetNx;
pub use signing::{KEY, SECRET, again, bearer, secret, signed, signed_at, signed_by, store, ustudio_credentials};
pub use wire::{Answer, Wire};

/// The README's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
