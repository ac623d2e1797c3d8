//! What layers keep of a store's answers: for how long, who asks, and how it is forgotten.
#![cfg(all(feature = "bearer", feature = "hmac", feature = "sign"))]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

mod errors;
mod floods;
mod invalidations;
mod keys;
mod lifetimes;
mod link;
mod logs;
mod source;
mod support;
mod together;
mod warm;
