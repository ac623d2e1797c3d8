//! What a refused caller is told, and what the operator learns: kind by kind, in every style.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod originals;
mod refusal;
mod styles;
mod wire;
