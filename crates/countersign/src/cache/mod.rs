//! Keeping what a store said, for a while, and forgetting it in time.
//!
//! Off unless a layer is told `with_cache`. [`BearerTokenLayer`](crate::BearerTokenLayer) keeps what is known of tokens,
//! [`HmacAuthLayer`](crate::HmacAuthLayer) and [`SentrySignatureLayer`](crate::SentrySignatureLayer) keep keys made ready
//! to verify with.
//!
//! # What is promised
//!
//! When a token is revoked or a secret is retired, what is admitted until then is refused:
//!
//! | | on the instance where it was revoked | on every other instance |
//! |---|---|---|
//! | `with_cache` alone | when the entry's lifetime is over: 60 s at most, unless told otherwise | the same |
//! | and `with_invalidations(store)` | the very next request that arrives | as soon as the stream of invalidations delivers |
//! | … while the stream is known to be broken | the very next request: the cache is out of use | the very next request |
//! | … while it is silently down | the very next request | when that is noticed, after 3 s; when the lifetime is over at the latest |
//!
//! On an instance whose store is not the one that revokes, a different clone of the database client say, read "on every
//! other instance". A request that asked the store before the revocation may still be let through.
//!
//! The same holds for what is added: a token that did not exist a moment ago is known to the very next request, or when
//! [`with_absent_lifetime`](CacheConfig::with_absent_lifetime), 5 s, is over.
//!
//! # What is kept
//!
//! | answer | tokens | keys | for how long |
//! |---|---|---|---|
//! | admitted | what the store knows of the token | the key's secrets, made ready, once a signature was verified with them | 60 s, and never past the token's `expires_at` |
//! | known and refused | what the store knows of the token | nothing | 5 s |
//! | unknown | that there is no such token | that there is no such key | 5 s |
//! | the store failed, was slow, panicked | nothing | nothing | – |
//!
//! Lifetimes begin when the store is asked, by the layer's [`Clock`](crate::Clock). An entry counts from then until its end
//! and at no other time, so that a clock that is set back does not prolong it. Nothing is final: whether a token is
//! revoked, expired, not yet valid or has the scopes that are wanted is judged again each time.
//!
//! Each kind has [room for so many](CacheConfig::with_capacity), 10,000 unless told otherwise: three times that is what a
//! layer and its clones keep together. What is least used makes room, and one kind never for another: whoever tries
//! unknown tokens by the million displaces nobody who has a good one. Entries are found by the whole SHA-256 of a token or
//! by the whole key id; tokens themselves are not kept. Secrets are, as the store gave them, and are wiped with their
//! last owner.
//!
//! # Asking once
//!
//! Requests that want to know the same at the same time ask the store once. Each waits no longer than its own store
//! timeout; an error is the answer to all of them and is not kept. When the one who asks is gone, somebody else asks anew.
//! What was asked before an invalidation is not shared with whoever comes after it, and not kept.
//!
//! # Invalidations
//!
//! `with_invalidations` takes a source, the store itself mostly. The first request starts a task on its tokio runtime, which
//! subscribes there, and ends with the last clone of the layer and its services. The cache is used only while the
//! subscription stands: it is emptied when that begins and when it ends. It ends when the source says so, when it panics,
//! and when a [remote](crate::Link::Remote) one has not been heard for 3 seconds; then the task subscribes anew, after 250 ms
//! at first and 5 s at last. Meanwhile each request asks the store. Log target `countersign::store` tells of both.
//!
//! Keep the runtime of the first request going for as long as the layer is used. When it ends, the cache is out of use until
//! a request on another one starts the task there.
//!
//! ```
//! use countersign::cache::CacheConfig;
//! use countersign::{BearerTokenLayer, MemoryStore};
//!
//! let store = MemoryStore::new();
//! let layer = BearerTokenLayer::new(store.clone()).with_cache(CacheConfig::new()).with_invalidations(store);
//! # let _ = layer;
//! ```

mod config;
mod engine;
mod entries;
mod flight;
mod gate;
mod handle;
mod hasher;
#[cfg(test)]
mod interleaved;
mod seat;
mod sink;
mod stamp;
mod supervisor;
mod sync;
mod together;

pub use config::CacheConfig;
pub(crate) use engine::{Engine, Joined};
pub(crate) use entries::Known;
pub(crate) use handle::Cache;
pub(crate) use stamp::Stamp;
pub(crate) use together::ask_together;
