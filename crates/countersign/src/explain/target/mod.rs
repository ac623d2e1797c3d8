//! The heads that may have been signed.

mod method;
mod origin;
mod path;
mod query;
mod variants;

pub(super) use self::variants::{Candidates, heads};
