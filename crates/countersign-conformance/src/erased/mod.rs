//! The same stores behind pointers to trait objects, as layers hold them.

mod harness;
mod store;

pub use harness::{Boxed, InArc};
pub use store::{BoxedStore, InArcStore};
