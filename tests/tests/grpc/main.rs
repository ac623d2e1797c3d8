//! gRPC through the layers: tonic's own server and client, over real sockets.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

mod admitted;
mod refused;
mod service;
mod signed;
mod wire;
