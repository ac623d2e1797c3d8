//! The words and the contracts of countersign: what a secret, a token and a nonce are, and what a store of them promises.
//!
//! This crate knows neither HTTP nor tower nor any runtime. Write a store against it; put a layer of the
//! `countersign` crate (which re-exports everything here) in front of a service with it.
//!
//! * A **custom secret lookup** implements [`SecretStore`] (one method), or wraps a closure with [`store_fn`].
//! * A **custom token lookup** implements [`TokenStore`] (one method), or wraps a closure with [`store_fn`].
//! * [`MemoryStore`] is the reference: bounded, in one process, all three contracts.
//!
//! # Example
//!
//! ```
//! use countersign_core::{KeyId, SecretStore, Secrets, StoreError, async_trait};
//!
//! struct Partners(std::collections::HashMap<String, String>);
//!
//! #[async_trait]
//! impl SecretStore for Partners {
//!     async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
//!         Ok(Secrets::from_raw(self.0.get(key_id.as_str()).cloned()))
//!     }
//! }
//! ```

mod admin;
mod clock;
mod error;
mod key_id;
mod memory;
mod nonce;
mod scope;
mod secret;
mod secrets;
mod store;
mod store_fn;
mod token;
mod token_format;
mod token_info;

pub use admin::{IssuedToken, SecretAdmin, TokenAdmin, issue_token};
pub use async_trait::async_trait;
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::StoreError;
pub use key_id::{InvalidKeyId, KeyId};
pub use memory::MemoryStore;
pub use nonce::{Claim, Nonce};
pub use scope::{InvalidScope, Scope};
pub use secret::{EmptySecret, Secret};
pub use secrets::{SecretVersion, Secrets};
pub use store::{NonceStore, SecretStore, TokenStore};
pub use store_fn::{StoreFn, store_fn};
pub use token::{PresentedToken, TokenDigest};
pub use token_format::{InvalidTokenPrefix, TokenFormat};
pub use token_info::TokenInfo;
