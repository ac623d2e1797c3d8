//! The authorization endpoint (RFC 6749 §3.1): a user lets an application act for them, or not.
//!
//! Nothing is ever sent to a place that is not registered: until client and redirect URI are known to be good, whatever is
//! wrong is a page. The user sees it; the client that sent them is not told.

mod approve;
mod endpoint;
mod form;
mod request;
mod return_to;

pub(crate) use endpoint::{ask, decide};

/// Where it is.
pub(crate) const PATH: &str = "/oauth/authorize/";
