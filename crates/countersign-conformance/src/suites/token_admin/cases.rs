//! The lists.

use countersign_core::{TokenAdmin, TokenStore};

use crate::{Breakable, Case, Durable, Harness};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin breakable __list {})
}

/// The cases for stores whose contents outlive them.
#[must_use]
pub fn durable_cases<H: Durable<Store: TokenAdmin + TokenStore>>() -> Vec<Case<H>> {
    crate::__cases!(token_admin durable __list {})
}
