//! Secrets, tokens, spent nonces, applications and grants in one SQLite file.
//!
//! # What is in the file
//! Tokens, codes and refresh tokens are in it by their SHA-256 alone: whoever reads the file cannot use them. **Secrets are
//! in it as they are**, since whoever verifies an HMAC needs the key itself. So guard the file, its `-wal` and `-shm` beside
//! it, and every backup, as you guard the secrets:
//!
//! * On Unix it is created with mode 0600, and SQLite gives its side files the same. Keep it so, in a folder that only the
//!   service can enter; elsewhere set the folder's access list.
//! * Encrypt the disk and the backups.
//! * A retired secret is overwritten in the database file (`secure_delete`). Copies still have it, the write-ahead log for
//!   a while, and so may the disk itself: issue a new secret rather than trust that an old one is gone.
//!
//! # Opening
//! [`SqliteStore::open`] wants the file to be there and to be one of ours; that is what a service should use. It brings tables
//! of an older version up to date; [`SqliteStore::open_current`] refuses these, for whoever calls [`SqliteStore::migrate`] or
//! the command `countersign migrate` at a time of their own choosing. [`SqliteStore::create`] wants the file not to be there.
//! [`SqliteStore::open_or_create`] creates only where there is no file at all. Nothing is ever created over a file that is empty, damaged or somebody else's: an empty list of revocations would let
//! every revoked token in again. Each refusal is an [`OpenError`] that says what is wrong and what to do.
//!
//! # Durability
//! The journal is a write-ahead log with `synchronous=FULL`: what was acknowledged is on the disk, also after a loss of
//! power. Copy the file with `VACUUM INTO` or `sqlite3 … .backup`; a plain copy without its `-wal` lacks the newest changes,
//! the newest revocations among them. Network file systems do not keep SQLite's promises.
//!
//! # Concurrency
//! Lookups use a few connections that only read; all changes take turns on one that writes. Several processes may use the
//! same file on the same machine. Many uses are recorded in steps, and many tokens pruned likewise, so that others may write
//! in between.
//!
//! # Invalidations
//! Within this process: a change through one store is told to the caches on it and on its clones. Of what is changed through
//! another store over the same file, in another process (the command `countersign`, say) or in this one, nobody is told: a
//! cache learns it when its entries have reached their lifetime.
//!
//! # Deployment
//! * Each fresh nonce costs one wait for the disk, and they take turns. Where that is too slow, or several machines share
//!   the traffic, keep nonces elsewhere.
//! * The newest time by which nonces were forgotten is kept in the file. After a clock that was far ahead has been put
//!   right, every nonce counts as seen until that time comes, also after a restart: nothing is let in by mistake. With the
//!   services stopped, and once the signatures of that time are stale, an operator may set it right:
//!   `UPDATE nonce_state SET newest = unixepoch() * 1000000`.
//!
//! # Example
//! ```
//! use countersign_core::{PresentedToken, TokenFormat, TokenInfo, TokenStore, issue_token};
//! use countersign_sqlx::SqliteStore;
//! # use countersign_core::{Clock, SystemClock};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("auth.sqlite");
//! # let now = SystemClock::new().now();
//! let store = SqliteStore::create(&path).await?;
//! let issued = issue_token(&store, &TokenFormat::new("acme")?, TokenInfo::new("user-7"), now).await?;
//! store.close().await;
//!
//! let store = SqliteStore::open(&path).await?;
//! assert_eq!(store.token(&issued.token).await?.ok_or("known")?.subject(), "user-7");
//! assert!(SqliteStore::create(&path).await.is_err());
//! # store.close().await;
//! # Ok(())
//! # }
//! ```

mod changes;
mod create;
mod header;
mod invalidations;
mod nonces;
mod oauth;
mod open;
mod open_error;
mod secrets;
mod store;
mod token_admin;
mod tokens;

pub use open_error::{OpenError, OpenErrorKind};
pub use store::SqliteStore;
