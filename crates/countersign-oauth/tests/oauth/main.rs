//! The authorization server, through its routers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that cannot go on has failed its test")]

mod answer;
mod applications;
mod authorizations;
mod authorize;
mod consent;
mod faults;
mod faulty_store;
mod implicit;
mod introspect;
mod metadata;
mod origins;
mod properties;
mod refresh;
mod revoke;
mod somebody_elses_client;
mod support;
mod token;
