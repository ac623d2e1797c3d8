//! Secrets that come and go.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops the test")]

mod in_use;
mod providers;
mod versions;
