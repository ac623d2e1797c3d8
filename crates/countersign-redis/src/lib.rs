//! A store of countersign in Redis or Valkey: secrets, tokens, spent nonces that all instances share, and changes pushed to
//! every instance's cache.
//!
//! [`RedisStore`] implements [`SecretStore`], [`TokenStore`], [`NonceStore`], [`SecretAdmin`], [`TokenAdmin`] and
//! [`Invalidations`]. [`RedisOptions`] says which Redis is used, and how.
//!
//! # What is in Redis
//! All keys begin with `{countersign}:`, or another [prefix](RedisOptions::with_key_prefix); none has an end (`TTL`) of its
//! own. Texts are kept byte by byte, times as microseconds since 1970, cut off and never rounded up.
//!
//! | key | what |
//! |---|---|
//! | `token:` and a SHA-256 | a token's facts, each in a field; what is absent has no field |
//! | `ids` | the SHA-256 of each token by its id |
//! | `tokens`, `subject:…`, `organisation:…`, `client:…` | the ids of all tokens in order, and of those of each subject, organisation and application |
//! | `ends` | the ids by when tokens expire or were revoked, for pruning |
//! | `secret:` and a key id | the secrets of a key, with labels, bounds and when they last matched |
//! | `secrets` | the key ids in order |
//! | `nonces:` and a key id | the fingerprints of its spent nonces, by when they are over |
//! | `nonce-keys` | the key ids by when the first nonce of each is over |
//! | `state` | the layout, the newest time told, how many nonces there are, and what is known of the server |
//!
//! Tokens are in it by their SHA-256 alone: whoever reads it cannot use them. **Secrets are in it as they are**, since
//! whoever verifies an HMAC needs the key itself, and they pass through it as arguments of commands. So guard Redis, its
//! files, its replicas and its backups as you guard the secrets: a user of its own with no more [rights] than it needs, TLS
//! where the network is not yours, an encrypted disk. `MONITOR` shows secrets that are added, and `SLOWLOG` may.
//!
//! [rights]: https://crates.io/crates/countersign-redis#rights
//!
//! # Opening
//! [`RedisStore::create`] begins a store, once; [`RedisStore::connect`] is what a service uses. Both look at the Redis first,
//! and refuse one that evicts keys, writes no append-only file, is a replica, is too old, or does not say; each refusal is an
//! [`OpenError`] that says what to do, and leaves everything as it was. The same is looked at again every second, and at each
//! new connection: a Redis that turned bad is an error from then on.
//!
//! # Durability
//! What an acknowledged change (a token or secret added, changed, revoked, retired) and a nonce that was answered
//! [`Fresh`](countersign_core::Claim::Fresh) survive:
//!
//! | setting of Redis | its process ends (`kill -9`) | loss of power | costs |
//! |---|---|---|---|
//! | `appendonly yes`, `appendfsync everysec` | yes | up to two seconds are lost | a wait while a sync is under way |
//! | the same, [`with_wait_for_disk`](RedisOptions::with_wait_for_disk) (7.2, Valkey) | yes | changes yes, nonces as above | up to two seconds for each change |
//! | `appendonly yes`, `appendfsync always` | yes | yes | a wait for the disk at each change and nonce |
//! | `appendonly yes`, `appendfsync no` | yes | up to half a minute is lost | |
//! | `appendonly no`, snapshots: refused unless by name | what came after the last snapshot is lost | likewise | |
//!
//! With `everysec` alone, Redis acknowledges writes that it holds back in its memory while a sync is under way, for up to two
//! seconds. This store does not: it asks until they were handed over to the system. Where a disk's syncs take longer than
//! [the response timeout](RedisOptions::with_response_timeout), that is an error, and the change may be made.
//!
//! Replication is asynchronous: a replica that is promoted may lack the newest changes, and acknowledged revocations with
//! them. [`with_wait_for_replicas`](RedisOptions::with_wait_for_replicas) acknowledges only what they have.
//!
//! An error to a change means that nobody knows whether it was made. It is never half made: each is one script.
//!
//! # Lost nonces
//! A nonce that is forgotten too early is a signature that is accepted twice. So Redis keeps beside them since when it
//! remembers all of them, and which of its processes that was. Whenever they may have been lost, the store accepts **none at
//! all** ([`claim`](countersign_core::NonceStore::claim) is an error, and the layers answer 503) until whatever was spent
//! before is over: as long as the nonce at hand is asked to be remembered, and at least the [longest
//! window](RedisOptions::with_longest_window). By the clocks of those who ask, as everything here: Redis' own clock decides
//! nothing. They count as lost when
//!
//! * the note is gone: Redis was emptied, or lost everything, or is another one, or is new and was not
//!   [created](RedisStore::create);
//! * another process of Redis has the data, and is not known to have all of it. It is known to where the one before wrote an
//!   append-only file all along, no replica was ever seen there, and this one writes such a file too. So a Redis that is
//!   restarted goes on where it was; one that came back with an old snapshot does not, nor a replica that was promoted, nor
//!   any Redis that has replicas after a restart.
//!
//! That is what a loss costs: signed requests are refused for up to an hour, or for [the leeway of your
//! layers](RedisOptions::with_longest_window) if you say so. An operator who knows better may end it:
//! [`insecure_end_nonce_guard`](RedisStore::insecure_end_nonce_guard).
//!
//! What it does not see: single keys that somebody deletes or restores, nonces within the two seconds that `everysec` loses
//! with the power, and a restart after the append-only file was cut short by hand. Two masters after a split network each
//! accept a nonce once.
//!
//! # Invalidations
//! Each script announces what it changed on the channel `invalidations`, to every instance's
//! [`deliver`](countersign_core::Invalidations::deliver), over a connection of its own that is asked every 0.8 s whether it
//! stands. After three seconds of silence it ends. Within the process a change is told before the changing call returns, also
//! when nobody waits for that any more. A revocation of more than 1,000 tokens in one step says that everything changed.
//!
//! An instance that is subscribed at another Redis than the one that takes the changes, in a split network, hears nothing of
//! them and does not know; the lifetime of its cache bounds that.
//!
//! # Deployment
//! * One Redis, or one with replicas behind an address that follows the master. All keys of a store are in one slot: in a
//!   cluster it is on one node, and is not spread. Redirections are not followed, and sentinels not asked.
//! * Each instance has two connections, and one for invalidations. A call takes the
//!   [response timeout](RedisOptions::with_response_timeout) at most; a connection that broke is made anew at once, with
//!   pauses of 0.1 s where that fails.
//! * [`revoke_tokens`](countersign_core::TokenAdmin::revoke_tokens) is one step, in which Redis does nothing else: some
//!   0.1 s for 10,000 tokens. It looks at 20,000 at most, those of the subject, organisation or application asked for, and is
//!   an error where there are more. Lists and pruning take turns with others.
//! * A nonce takes some 150 bytes until it is over.
//! * The newest time told is kept. After a clock that was far ahead has been put right, every nonce counts as seen until that
//!   time comes. With the services stopped, and once the signatures of that time are stale, an operator may set it right:
//!   `HDEL {countersign}:state newest`.
//!
//! # Example
//! ```no_run
//! use countersign_core::{PresentedToken, TokenFormat, TokenInfo, TokenStore, issue_token};
//! use countersign_redis::RedisStore;
//! # use countersign_core::{Clock, SystemClock};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = SystemClock::new().now();
//! let store = RedisStore::create("redis://127.0.0.1:6379").await?; // once
//! let issued = issue_token(&store, &TokenFormat::new("acme")?, TokenInfo::new("user-7"), now).await?;
//!
//! let store = RedisStore::connect("redis://127.0.0.1:6379").await?; // in each instance
//! assert_eq!(store.token(&issued.token).await?.ok_or("known")?.subject(), "user-7");
//! # Ok(())
//! # }
//! ```
//!
//! [`SecretStore`]: countersign_core::SecretStore
//! [`TokenStore`]: countersign_core::TokenStore
//! [`NonceStore`]: countersign_core::NonceStore
//! [`SecretAdmin`]: countersign_core::SecretAdmin
//! [`TokenAdmin`]: countersign_core::TokenAdmin
//! [`Invalidations`]: countersign_core::Invalidations

mod facts;
mod invalidations;
mod link;
mod nonces;
mod open_error;
mod options;
mod scores;
mod script;
mod secrets;
mod server;
mod store;
mod target;
mod tokens;
mod written;

pub use open_error::{OpenError, OpenErrorKind};
pub use options::RedisOptions;
pub use store::RedisStore;
