//! Bearer tokens: the decision table of the module, its options, and what stores may do to it.
#![cfg(feature = "bearer")]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

mod decisions;
mod formats;
mod leaks;
mod options;
mod places;
mod stores;
mod support;
mod usage;
