//! What an authenticated caller may reach, over real sockets: from which pages, and in which organisation.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops a test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod asking;
mod cors;
mod logged;
mod organisations;
mod origins;
mod sentry_rows;
