//! The client's side: the same schemes that verify also sign.

mod request;

pub use request::{SignError, sign_request};
