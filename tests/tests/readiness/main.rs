//! Readiness: a layer that waits on strangers calls only what is ready, holds nothing while it waits, and passes on what the
//! inner service says of itself. tower's own layers stand behind every layer of the library, and behind faulty ones that
//! the same checks have to catch.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod checks;
mod dropped;
mod faulty;
mod guard;
mod passing;
mod probe;
