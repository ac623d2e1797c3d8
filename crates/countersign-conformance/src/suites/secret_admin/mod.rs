//! What every `SecretAdmin` must do; it is a `SecretStore` too, so that one sees what it did.

mod cases;
mod changing;
mod failing;
mod listing;
mod matching;
mod replacing;
mod support;

pub use cases::{breakable_cases, cases, durable_cases};
pub use changing::*;
pub use failing::*;
pub use listing::*;
pub use matching::*;
pub use replacing::*;
