//! No secret, token, signature or `Authorization` value comes out: not in a log, not in `Debug` or `Display`, not in a
//! response, and no token in a store's file.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod debug;
mod logs;
mod search;
