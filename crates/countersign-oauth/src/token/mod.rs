//! The token endpoint (RFC 6749 §3.2): tokens for codes, and for refresh tokens.

mod code;
mod endpoint;
mod refresh;
mod response;

pub(crate) use endpoint::{client, issue, read_form};
