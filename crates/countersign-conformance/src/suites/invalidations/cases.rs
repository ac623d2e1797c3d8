//! The lists.

use countersign_core::{Invalidations, SecretAdmin, TokenAdmin};

use crate::{Breakable, Case, Harness, Shared};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: TokenAdmin + SecretAdmin + Invalidations>>() -> Vec<Case<H>> {
    crate::__cases!(invalidations every __list {})
}

/// The cases for stores whose link to the listener can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: TokenAdmin + SecretAdmin + Invalidations>>() -> Vec<Case<H>> {
    crate::__cases!(invalidations breakable __list {})
}

/// The cases for stores that several processes use at once.
#[must_use]
pub fn shared_cases<H: Shared<Store: TokenAdmin + SecretAdmin + Invalidations>>() -> Vec<Case<H>> {
    crate::__cases!(invalidations shared __list {})
}
