//! The lists.

use super::OauthStore;
use crate::{Breakable, Case, Durable, Harness};

/// Every case.
#[must_use]
pub fn cases<H: Harness<Store: OauthStore>>() -> Vec<Case<H>> {
    crate::__cases!(oauth every __list {})
}

/// The cases for stores that can be broken.
#[must_use]
pub fn breakable_cases<H: Breakable<Store: OauthStore>>() -> Vec<Case<H>> {
    crate::__cases!(oauth breakable __list {})
}

/// The cases for stores whose contents outlive them.
#[must_use]
pub fn durable_cases<H: Durable<Store: OauthStore>>() -> Vec<Case<H>> {
    crate::__cases!(oauth durable __list {})
}
