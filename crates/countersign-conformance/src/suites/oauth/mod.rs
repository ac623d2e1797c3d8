//! What every `ApplicationStore` and `GrantStore` must do. One value is both, and keeps the tokens too: so one sees what
//! they did.

mod applications;
mod cases;
mod codes;
mod consents;
mod failing;
mod granting;
mod pruning;
mod racing;
mod revoking;
mod rotating;
mod support;
mod telling;

use countersign_core::oauth::{ApplicationStore, GrantStore};
use countersign_core::{Invalidations, TokenAdmin, TokenStore};

pub use applications::*;
pub use cases::{breakable_cases, cases, durable_cases};
pub use codes::*;
pub use consents::*;
pub use failing::*;
pub use granting::*;
pub use pruning::*;
pub use racing::*;
pub use revoking::*;
pub use rotating::*;
pub use telling::*;

/// All contracts that a store of applications and grants implements.
pub trait OauthStore: ApplicationStore + GrantStore + TokenAdmin + TokenStore + Invalidations {}

impl<S: ApplicationStore + GrantStore + TokenAdmin + TokenStore + Invalidations> OauthStore for S {}
