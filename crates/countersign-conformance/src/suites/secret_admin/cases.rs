//! The lists.

use countersign_core::{SecretAdmin, SecretStore};

use crate::{Breakable, Case, Durable, Harness};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: SecretAdmin + SecretStore>>() -> Vec<Case<H>> {
    crate::__cases!(secret_admin every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: SecretAdmin + SecretStore>>() -> Vec<Case<H>> {
    crate::__cases!(secret_admin breakable __list {})
}

/// The cases for stores whose contents outlive them.
#[must_use]
pub fn durable_cases<H: Durable<Store: SecretAdmin + SecretStore>>() -> Vec<Case<H>> {
    crate::__cases!(secret_admin durable __list {})
}
