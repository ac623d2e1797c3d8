//! Tokens, against what Djblets, Kallithea and Sentry's web API made of them; see `vectors/README.md`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops a test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod asking;
mod djblets;
mod kallithea;
mod query;
mod sentry_api;
mod sockets;
