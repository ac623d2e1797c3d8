//! What every store of secrets, tokens and nonces must do, as named cases that anyone who writes a store can run.
//!
//! Each numbered rule in the docs of [`SecretStore`], [`TokenStore`], [`NonceStore`], [`TokenAdmin`], [`SecretAdmin`],
//! [`Invalidations`], [`ApplicationStore`] and [`GrantStore`] is one case or several. A case fails by panicking, and its name is the rule that was broken.
//!
//! # Testing a store
//!
//! Say how an empty store is opened and, for the contracts that only read, how it is filled. Then name the suites. This
//! is a whole `tests/conformance.rs`; the suites bring their own runtime.
//!
//! ```
//! use countersign_conformance::{Harness, SecretHarness, secret_store_suite};
//! use countersign_core::{KeyId, SecretAdmin, SecretVersion};
//! # use countersign_core::MemoryStore as MyStore;
//!
//! struct Mine;
//!
//! impl Harness for Mine {
//!     type Store = MyStore; // must be `Clone`; wrap it in an `Arc` if it is not
//!     type Guard = (); // what must live as long as the store: a temporary folder, say
//!
//!     async fn open(&self) -> (MyStore, ()) {
//!         (MyStore::new(), ())
//!     }
//! }
//!
//! impl SecretHarness for Mine {
//!     async fn add_secret(&self, store: &MyStore, key_id: &KeyId, version: &SecretVersion) {
//!         store.add_secret(key_id, version).await.expect("added"); // or an INSERT of your own
//!     }
//!
//!     async fn retire_secret(&self, store: &MyStore, key_id: &KeyId, label: &str) {
//!         store.retire_secret(key_id, label).await.expect("retired");
//!     }
//! }
//!
//! secret_store_suite!(Mine);
//! # for case in countersign_conformance::secrets::cases() { case.check(&Mine).unwrap(); }
//! ```
//!
//! The macro makes a module `secrets` with one `#[test]` per case. A store that can be managed fills itself, and the file is
//! shorter still:
//!
//! ```
//! use countersign_conformance::{Harness, invalidation_suite, nonce_store_suite, secret_admin_suite, token_admin_suite};
//! # use countersign_core::MemoryStore as MyStore;
//!
//! struct Mine;
//!
//! impl Harness for Mine {
//!     type Store = MyStore;
//!     type Guard = ();
//!
//!     async fn open(&self) -> (MyStore, ()) {
//!         (MyStore::new(), ())
//!     }
//! }
//!
//! nonce_store_suite!(Mine);
//! token_admin_suite!(Mine);
//! secret_admin_suite!(Mine);
//! invalidation_suite!(Mine);
//! # for case in countersign_conformance::nonces::cases() { case.check(&Mine).unwrap(); }
//! # for case in countersign_conformance::token_admin::cases() { case.check(&Mine).unwrap(); }
//! # for case in countersign_conformance::secret_admin::cases() { case.check(&Mine).unwrap(); }
//! # for case in countersign_conformance::invalidations::cases() { case.check(&Mine).unwrap(); }
//! ```
//!
//! There is [`token_store_suite!`] too, and [`oauth_suite!`] for stores of applications and their grants. Two suites of the same kind in one file go into modules of their own.
//!
//! # Abilities
//!
//! Some rules can be shown only of a store that can be broken, reopened, filled or opened twice. Whoever can do that says how,
//! and names the ability after the harness, so that nothing passes that was not tried:
//!
//! | ability | trait | suites |
//! |---|---|---|
//! | `breakable` | [`Breakable`]: takes the database away under the store | all; of invalidations those of a remote link |
//! | `durable` | [`Durable`]: opens the same contents anew | nonces, token and secret administration, applications and grants |
//! | `bounded` | [`Bounded`]: opens a store with little room | nonces |
//! | `shared` | [`Shared`]: opens the contents a second time, as another process does | invalidations |
//!
//! ```
//! # use countersign_conformance::{Bounded, Harness, nonce_store_suite};
//! # use countersign_core::MemoryStore;
//! # struct Mine;
//! # impl Harness for Mine {
//! #     type Store = MemoryStore;
//! #     type Guard = ();
//! #     async fn open(&self) -> (MemoryStore, ()) { (MemoryStore::new(), ()) }
//! # }
//! impl Bounded for Mine {
//!     async fn open_bounded(&self, capacity: usize) -> (MemoryStore, ()) {
//!         (MemoryStore::with_capacity(capacity), ())
//!     }
//! }
//!
//! nonce_store_suite!(Mine, bounded);
//! # for case in countersign_conformance::nonces::bounded_cases() { case.check(&Mine).unwrap(); }
//! ```
//!
//! A case that waits for something, a word from another process say, gives up after ten seconds, and any case after a minute.
//!
//! # Erased stores
//!
//! Layers hold a store behind a pointer. [`Boxed`] and [`InArc`] turn a harness into one whose store answers through
//! `Box<dyn …>` and `Arc<dyn …>`; both run every suite that the harness itself runs.
//!
//! # Stores that need a server
//!
//! Attributes before the harness are put on every test: `secret_store_suite!(#[ignore = "needs REDIS_URL"] Mine)`. With the
//! feature `server-harness`, `server::ServerSuite` finds out at run time whether the server is there, and shows the cases as
//! ignored, never as passed, if it is not.
//!
//! # Versions
//!
//! A new case is a minor release: it may fail a store that was wrong all along.
//!
//! [`SecretStore`]: countersign_core::SecretStore
//! [`TokenStore`]: countersign_core::TokenStore
//! [`NonceStore`]: countersign_core::NonceStore
//! [`TokenAdmin`]: countersign_core::TokenAdmin
//! [`SecretAdmin`]: countersign_core::SecretAdmin
//! [`Invalidations`]: countersign_core::Invalidations
//! [`ApplicationStore`]: countersign_core::oauth::ApplicationStore
//! [`GrantStore`]: countersign_core::oauth::GrantStore
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a case fails by panicking")]

mod case;
mod concurrency;
mod erased;
mod harness;
mod list;
mod macros;
mod sample;
#[cfg(feature = "server-harness")]
pub mod server;
mod suites;

pub use case::{Case, CaseFailed, run};
pub use erased::{Boxed, BoxedStore, InArc, InArcStore};
pub use harness::{Bounded, Breakable, Durable, Harness, SecretHarness, Shared, TokenHarness};
pub use suites::{invalidations, nonces, oauth, secret_admin, secrets, token_admin, tokens};

/// Whether what CONTRIBUTING shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../CONTRIBUTING.md")]
struct Contributing;
