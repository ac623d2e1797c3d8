//! Request authentication for [tower](https://docs.rs/tower): put one layer on an axum, hyper or tonic service, and only
//! requests that prove who sent them get through.
//!
//! *A countersign is the reply a sentry demands before letting you pass.*
//!
//! # Which layer do I want?
//!
//! | callers prove themselves by | layer |
//! |---|---|
//! | signing each request with a shared secret: partners, webhooks, machines | [`HmacAuthLayer`] with a format of [`hmac::schemes`] |
//! | an opaque token that you issued: users' scripts, third-party applications | [`BearerTokenLayer`] |
//! | Sentry's signed messages | [`SentrySignatureLayer`] |
//! | either, on the same route | [`BearerTokenLayer::or`] |
//!
//! What an authenticated caller may reach is then a matter of [`gate`]: scopes, organisations, origins. Secrets and tokens come
//! from a [`SecretStore`] or a [`TokenStore`]: one async method each, over whatever you have. Clients sign with the same
//! schemes: [`sign_request`].
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use countersign::{Authenticated, BearerTokenLayer, MemoryStore, TokenInfo};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = MemoryStore::new().with_token("tk_of_ada", TokenInfo::new("ada"));
//! let service = BearerTokenLayer::new(tokens).layer(tower::service_fn(async |request: Request<Full<Bytes>>| {
//!     let caller = Authenticated::of(request.extensions()).map_or("nobody", Authenticated::subject);
//!     Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(format!("hello, {caller}")))))
//! }));
//!
//! let ask = |token| Request::get("/").header("authorization", format!("Bearer {token}")).body(Full::default());
//! assert_eq!(service.clone().oneshot(ask("tk_of_ada")?).await?.status(), 200);
//! assert_eq!(service.oneshot(ask("tk_of_eve")?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! # Order of layers
//!
//! From the outside in: tracing, CORS, rate and concurrency limits, **authentication**, gates, then whatever changes the
//! body, then your service. In axum, the layer added last is outermost.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `bearer` | ✓ | [`bearer`] |
//! | `gate` | ✓ | [`gate`] |
//! | `hmac` | ✓ | [`hmac`] |
//! | `rfc9421` | ✓ | [`Rfc9421`](hmac::schemes::Rfc9421), with a parser of structured fields |
//! | `sentry` | ✓ | [`sentry`] |
//! | `sign` | ✓ | [`sign`], the client's side |
//! | `explain` | | [`explain`]: why a signature does not match, for operators |
//! | `json` | | [`Adyen`](hmac::schemes::Adyen), [`Linear`](hmac::schemes::Linear) and [`Mailgun`](hmac::schemes::Mailgun), whose credentials stand in a JSON body |
//! | `cors` | | `gate::cors_layer`: CORS for the pages of registered applications, by tower-http |
//! | `axum` | | [`axum`]: extractors, and the original path inside `nest` |
//! | `sentry-events` | | [`sentry::SentryEnvelope`]: the JSON that Sentry's messages carry, out of base64 and compression |
//! | `testing` | | [`testing`]: for your own tests |

pub mod auth;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "bearer")]
pub mod bearer;
pub mod body;
#[cfg(any(feature = "bearer", feature = "hmac"))]
pub mod cache;
#[cfg(feature = "explain")]
pub mod explain;
#[cfg(feature = "gate")]
pub mod gate;
#[cfg(feature = "hmac")]
pub mod hmac;
#[cfg(feature = "sentry")]
pub mod sentry;
#[cfg(feature = "sign")]
pub mod sign;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "bearer", feature = "hmac"))]
mod usage;

pub use auth::{
    AuthError, AuthErrorKind, AuthLayer, Authenticated, Caller, Challenge, ChallengeText, InvalidChallengeText,
};
#[cfg(feature = "bearer")]
pub use bearer::BearerTokenLayer;
pub use countersign_core::*;
#[cfg(feature = "gate")]
pub use gate::{OrganisationLayer, OriginLayer, RequireScopeLayer, RequiredScopes};
#[cfg(feature = "hmac")]
pub use hmac::HmacAuthLayer;
#[cfg(feature = "sentry")]
pub use sentry::SentrySignatureLayer;
#[cfg(feature = "sign")]
pub use sign::{BearerLayer, SignError, SignLayer, sign_request};
