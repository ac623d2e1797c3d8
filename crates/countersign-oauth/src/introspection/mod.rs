//! Asking another authorization server what a token is good for (RFC 7662).
//!
//! [`IntrospectionTokenStore`] is a [`TokenStore`](countersign::TokenStore) for resource servers that have no table of tokens:
//! put it into a [`BearerTokenLayer`](countersign::BearerTokenLayer), with a cache, so that not every request asks anew.
//!
//! | the server says | the store says |
//! |---|---|
//! | 200, `"active": true`, in the types of RFC 7662 §2.2 | a [`TokenInfo`](countersign::TokenInfo): `sub`, `client_id`, `organization`, `scope`, `exp`, `iat`, `nbf`, `jti` |
//! | 200, `"active": false` | there is no such token |
//! | … `true`, but for another audience, for no bearer, or bound to a key (`cnf`) | there is no such token |
//! | … `true`, but a field is of another type, or there is neither `sub` nor `client_id` | an error |
//! | another status, no JSON object, more than 64 KiB, nothing | an error |
//!
//! An error is 503, never "no", and never lets anybody through.
//!
//! # Example
//!
//! ```
//! use countersign::{BearerLayer, BearerTokenLayer, PresentedToken};
//! use countersign_oauth::IntrospectionTokenStore;
//! use hyper_util::client::legacy::Client;
//! use hyper_util::rt::TokioExecutor;
//! use tower::Layer as _;
//!
//! // Any client that is a tower service; this server's own token goes with each question.
//! let client = Client::builder(TokioExecutor::new()).build_http();
//! let client = BearerLayer::new(PresentedToken::new("token of this resource server")).layer(client);
//! let store = IntrospectionTokenStore::new("http://127.0.0.1:8080/oauth/introspect/", client)?;
//! let layer = BearerTokenLayer::new(store);
//! # Ok::<(), countersign_oauth::InvalidEndpoint>(())
//! ```

mod answer;
mod endpoint;
mod store;

pub use endpoint::InvalidEndpoint;
pub use store::IntrospectionTokenStore;
