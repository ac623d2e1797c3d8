//! Everything that the server keeps, in one store.

use countersign::{TokenAdmin, TokenStore};
use countersign_core::oauth::{ApplicationStore, GrantStore};

/// A store of applications, of grants and of the tokens that they give: [`MemoryStore`](countersign::MemoryStore) is one, and so
/// is whatever else implements the four contracts.
pub trait AuthorizationStore: ApplicationStore + GrantStore + TokenAdmin + TokenStore {}

impl<S: ApplicationStore + GrantStore + TokenAdmin + TokenStore + ?Sized> AuthorizationStore for S {}
