//! The authorization server, through its routers.
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

mod applications;
mod authorizations;
mod authorize;
mod consent;
mod implicit;
mod introspect;
mod metadata;
mod refresh;
mod revoke;
mod support;
mod token;
