//! Secrets, tokens, spent nonces, applications and grants in a PostgreSQL database, shared by all instances of a service.
//!
//! # What is in the tables
//! | table | holds |
//! |---|---|
//! | `countersign_token` | tokens, by their SHA-256 alone: whoever reads the table cannot use them |
//! | `countersign_secret` | shared secrets, **as they are**: whoever verifies an HMAC needs the key itself |
//! | `countersign_nonce`, `countersign_nonce_state`, `countersign_nonce_count` | spent nonces, by a hash, until they are over |
//! | `countersign_oauth_application`, `countersign_oauth_consent` | applications, and what users have consented to |
//! | `countersign_oauth_grant`, `countersign_oauth_granted_token`, `countersign_oauth_refresh_token` | codes, refresh tokens and which tokens they gave, by their SHA-256 alone |
//! | `countersign_schema` | which versions of the tables were made, and when |
//!
//! Texts are kept as bytes, so that neither a collation nor an encoding can make two of them equal; `convert_from(subject,
//! 'UTF8')` shows them. A subject, an organisation or an application's id of more than some 2,500 bytes may be refused, since it
//! does not fit into an index. So guard the database and its backups as you guard the secrets:
//!
//! * Let nobody read `countersign_secret` but the service. Encrypt the disks, the backups and the archive of the write-ahead
//!   log; a retired secret remains in those, and in the table's file until it is vacuumed. Issue a new secret rather than
//!   trust that an old one is gone.
//! * Encrypt the connection: with the feature `tls`, and `sslmode=verify-full` in the URL. The default, `prefer`, is content
//!   with a connection that anybody can read; without the feature, it is always one.
//! * This crate logs no statement and keeps what the server repeats of a row out of its errors. The server may log what is
//!   bound to statements, if it is told to log statements (`log_statement`, `log_min_duration_statement`, `auto_explain`):
//!   secrets would be among that. Set `log_parameter_max_length = 0` there.
//! * Whoever may connect to the database may listen to the channel `countersign_changes`, and hears digests of tokens and
//!   names of keys; and may write to it, which at worst empties caches.
//!
//! # Opening
//! [`PostgresStore::connect`] wants the tables to be there and of the version that this crate knows; that is what a service
//! should use. [`PostgresStore::migrate`] makes them or brings them up to date, in one transaction, and so does the command
//! `countersign migrate`; [`PostgresStore::connect_or_migrate`] does both. Tables of another program, of a newer version, or
//! of which something is missing are refused, and left as they were. Each refusal is an [`OpenError`] that says what is wrong
//! and what to do.
//!
//! [`PostgresOptions::with_table_prefix`] names another set of tables. They are made in the first schema of the `search_path`
//! that is there, and addressed with that schema ever after.
//!
//! The role that migrates owns the tables. For the service another one is better, with these rights and no more:
//!
//! ```sql
//! GRANT USAGE ON SCHEMA public TO service;
//! GRANT SELECT ON countersign_schema TO service;
//! GRANT SELECT, INSERT, UPDATE, DELETE ON countersign_token, countersign_secret,
//!     countersign_nonce, countersign_nonce_state, countersign_nonce_count,
//!     countersign_oauth_application, countersign_oauth_consent, countersign_oauth_grant,
//!     countersign_oauth_granted_token, countersign_oauth_refresh_token TO service;
//! ```
//!
//! # Durability
//! Whatever issues, changes or revokes, every claim of a nonce and every redemption of a code is committed with
//! `synchronous_commit = on`, whatever the default of the server, the database or the role is: what was acknowledged is on
//! the disk, and on the synchronous standby if there is one. The server itself must be honest (`fsync` and `full_page_writes` on). A standby without synchronous
//! replication that takes over lacks the newest revocations and nonces; and a backup that is restored has none of those made
//! after it: revoke these again, and wait until the signatures of that time are stale.
//!
//! # Concurrency
//! * A token, a secret and a nonce each cost one round trip, with a prepared statement.
//! * Claims are atomic over all processes: of any number at once one is fresh. A claim that is fresh costs one wait for the
//!   disk, which those at the same time share; one that was seen costs none.
//! * A code is redeemed once over all processes, and a refresh token rotated once. Whatever ends a grant, a consent or an
//!   application waits for tokens that are being added to it, and those wait for it.
//! * Nothing waits for ever: ten seconds for a connection, ten for a statement (a minute for one that changes many tokens),
//!   then it is an error. A connection on which no answer came is closed.
//! * `NOTIFY` lets the commits of a whole server that notify take turns. That holds for changes, not for lookups, claims and
//!   recorded uses, which notify nobody.
//!
//! # Invalidations
//! Each change is announced by `NOTIFY` in its own transaction: who is told finds the change made, and nothing that was made
//! remains untold. [`deliver`](countersign_core::Invalidations::deliver) holds one more connection, on which it asks twice a
//! second whether the server is there; three seconds of silence end it. A payload that cannot be read counts as
//! [`Everything`](countersign_core::Invalidation::Everything).
//!
//! # Deployment
//! * **Poolers.** Settings of the session, prepared statements and `LISTEN` need a session of their own on the server. Connect
//!   to the server itself, or to a pooler in session mode. Behind one that shares connections between transactions, the
//!   delivery ends with an error that says so.
//! * **Standbys.** Reads must go to the primary: on a standby a revoked token would be good for a while longer. A server in
//!   recovery is refused, at the beginning and with each new connection.
//! * **Long transactions** in the same database, backups by `pg_dump` among them, keep old versions of rows alive, of which
//!   claims make many: claims become slower until they end.
//! * **Clocks.** The newest time by which nonces were spent or forgotten is kept in the tables. After the clock of one instance
//!   was far ahead, every nonce counts as seen until that time comes: nothing is let in by mistake. With the services stopped,
//!   and once the signatures of that time are stale, an operator may set it right:
//!   `TRUNCATE countersign_nonce, countersign_nonce_count; UPDATE countersign_nonce_state SET newest = extract(epoch FROM
//!   now()) * 1000000`.
//! * PostgreSQL 13 and newer.
//!
//! # Example
//! ```no_run
//! use countersign_core::{TokenFormat, TokenInfo, TokenStore, issue_token};
//! use countersign_sqlx::PostgresStore;
//! # use countersign_core::{Clock, SystemClock};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = SystemClock::new().now();
//! let url = "postgres://service@db.example/acme?sslmode=verify-full";
//! PostgresStore::migrate(url).await?; // once, by somebody who may
//! let store = PostgresStore::connect(url).await?;
//! let issued = issue_token(&store, &TokenFormat::new("acme")?, TokenInfo::new("user-7"), now).await?;
//! assert_eq!(store.token(&issued.token).await?.ok_or("known")?.subject(), "user-7");
//! # Ok(())
//! # }
//! ```

mod changes;
mod invalidations;
mod names;
mod nonces;
mod oauth;
mod open_error;
mod options;
mod payload;
mod schema;
mod secrets;
mod server_error;
mod session;
mod statements;
mod store;
mod token_admin;
mod tokens;

pub use open_error::{OpenError, OpenErrorKind};
pub use options::PostgresOptions;
pub use store::PostgresStore;
