//! Stores of countersign in SQL databases.
//!
//! With the feature `sqlite` (on by default), `SqliteStore` keeps secrets, tokens and spent nonces in one SQLite file,
//! without a server. It implements all five contracts: [`SecretStore`], [`TokenStore`], [`NonceStore`], [`SecretAdmin`]
//! and [`TokenAdmin`].
//!
//! [`SecretStore`]: countersign_core::SecretStore
//! [`TokenStore`]: countersign_core::TokenStore
//! [`NonceStore`]: countersign_core::NonceStore
//! [`SecretAdmin`]: countersign_core::SecretAdmin
//! [`TokenAdmin`]: countersign_core::TokenAdmin

#[cfg(feature = "sqlite")]
mod micros;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
