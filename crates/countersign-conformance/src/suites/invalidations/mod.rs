//! What every `Invalidations` must do; it is a `TokenAdmin` and a `SecretAdmin` too, so that there is something to tell.

mod cases;
mod connecting;
pub(super) mod ear;
mod elsewhere;
mod failing;
mod telling;

pub use cases::{breakable_cases, cases, shared_cases};
pub use connecting::*;
pub use elsewhere::*;
pub use failing::*;
pub use telling::*;
