//! The authorization server from outside: what Sentry's applications may do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops a test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod sections;
mod sentry_rows;
