//! The words and the contracts of countersign: what a secret, a token and a nonce are, and what a store of them promises.
//!
//! This crate knows neither HTTP nor tower nor any runtime. Write a store against it; put a layer of the
//! `countersign` crate (which re-exports everything here) in front of a service with it.
//!
//! * A **custom secret lookup** implements [`SecretStore`] (one method), or wraps a closure with [`store_fn`].
//! * A **custom token lookup** implements [`TokenStore`] (one method), or wraps a closure with [`store_fn`].
//! * [`MemoryStore`] is the reference: bounded, in one process, all contracts.
//!
//! With the feature `oauth` there are the records and the contracts of applications that get tokens of one organisation for
//! their users, in the module `oauth`.
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

mod clock;
mod error;
mod invalidation;
mod issue;
mod key_id;
mod memory;
pub mod micros;
mod nonce;
#[cfg(feature = "oauth")]
pub mod oauth;
mod retire;
mod scope;
mod secret;
mod secret_admin;
mod secrets;
mod store;
mod store_fn;
mod sync;
mod token;
mod token_admin;
mod token_filter;
mod token_format;
mod token_info;
mod token_state;

pub use async_trait::async_trait;
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::StoreError;
pub use invalidation::{Invalidation, InvalidationSink, Invalidations, Link, Subscribers, Subscription};
pub use issue::{IssuedToken, issue_secret, issue_token, new_token_id, rotate_secret, rotate_token};
pub use key_id::{InvalidKeyId, KeyId};
pub use memory::MemoryStore;
pub use nonce::{Claim, Nonce};
pub use retire::{Retirement, retire_unused_secret};
pub use scope::{InvalidScope, Scope};
pub use secret::{EmptySecret, Secret};
pub use secret_admin::{KeySummary, SecretAdmin, SecretMatch, SecretSummary};
pub use secrets::{SecretVersion, Secrets};
pub use store::{NonceStore, SecretStore, TokenStore};
pub use store_fn::{StoreFn, store_fn};
pub use token::{PresentedToken, TokenDigest};
pub use token_admin::TokenAdmin;
pub use token_filter::{TokenChange, TokenFilter, TokenUse};
pub use token_format::{FormatRegistry, InvalidTokenFormat, Recognised, TokenFormat};
pub use token_info::TokenInfo;
pub use token_state::{InvalidTokenState, TokenState};
