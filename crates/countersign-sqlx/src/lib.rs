//! Stores of countersign in SQL databases.
//!
//! | feature | store | for |
//! |---|---|---|
//! | `sqlite`, on by default | `SqliteStore` | one file, without a server; SQLite itself is compiled in |
//! | `postgres` | `PostgresStore` | a database that all instances of a service share |
//! | `tls` | | TLS to PostgreSQL, by rustls, with the system's certificates |
//!
//! Both keep secrets, tokens, spent nonces, applications and grants, and implement all contracts: [`SecretStore`],
//! [`TokenStore`], [`NonceStore`], [`SecretAdmin`], [`TokenAdmin`], [`Invalidations`], [`ApplicationStore`] and [`GrantStore`]. Which tables there are, who may read them and what
//! survives a crash is in the docs of the modules `sqlite` and `postgres`.
//!
//! [`SecretStore`]: countersign_core::SecretStore
//! [`TokenStore`]: countersign_core::TokenStore
//! [`NonceStore`]: countersign_core::NonceStore
//! [`SecretAdmin`]: countersign_core::SecretAdmin
//! [`TokenAdmin`]: countersign_core::TokenAdmin
//! [`Invalidations`]: countersign_core::Invalidations
//! [`ApplicationStore`]: countersign_core::oauth::ApplicationStore
//! [`GrantStore`]: countersign_core::oauth::GrantStore

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod changed;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod conditions;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod oauth;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod record;
mod schema_change;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod summaries;

#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use schema_change::SchemaChange;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
