//! What every `TokenAdmin` must do; it is a `TokenStore` too, so that one sees what it did.

mod adding;
mod cases;
mod changing;
mod failing;
mod filtering;
mod forgetting;
mod listing;
mod racing;
mod replacing;
mod revoking;
mod support;
mod using;

pub use adding::*;
pub use cases::{breakable_cases, cases, durable_cases};
pub use changing::*;
pub use failing::*;
pub use filtering::*;
pub use forgetting::*;
pub use listing::*;
pub use racing::*;
pub use replacing::*;
pub use revoking::*;
pub use using::*;
