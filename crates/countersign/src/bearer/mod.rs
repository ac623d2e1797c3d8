//! Lets requests through that present an opaque bearer token which a store knows and which is good now.
//!
//! A request passes when all of these hold:
//!
//! 1. It has exactly one `Authorization` field.
//! 2. The field is at most 8 KiB long.
//! 3. Its auth-scheme is `Bearer`, in upper or lower case (RFC 9110 §11.1), or the word
//!    [chosen instead](BearerTokenLayer::with_scheme_word).
//! 4. After it come blanks and one token68, and nothing else (RFC 9110 §11.2, RFC 6750 §2.1).
//! 5. The token has the shape and the checksum of one of the [known formats](BearerTokenLayer::with_token_formats), if
//!    these were named.
//! 6. The store answers in time, or the [cache](BearerTokenLayer::with_cache) does, and knows the token.
//! 7. The token is not revoked.
//! 8. The token has not expired: its `expires_at` lies in the future.
//! 9. The token is valid already: its `not_before` does not lie in the future.
//! 10. The token has the [required scopes](BearerTokenLayer::with_scopes), if some are.
//!
//! They are judged in this order, the times when the store has answered. The request that passes has an
//! [`Authenticated`](crate::Authenticated) in its extensions, and its `Authorization` field is marked as sensitive or
//! [taken off](BearerTokenLayer::with_credentials_stripped). [When it was used](BearerTokenLayer::with_usage) is recorded, if
//! that is wanted, and whoever has a token of a deprecated format is told so in the response.
//!
//! # Tokens in other places
//!
//! Where a place is named, a [parameter of the query](BearerTokenLayer::with_insecure_query_parameter),
//! [another field](BearerTokenLayer::with_header) or a [cookie](BearerTokenLayer::with_cookie), conditions 1 to 4 read: the token
//! stands in exactly one of the places, and once; it is at most 8 KiB long; and it is one token68, in the query once its escapes
//! are decoded. Credentials of another auth-scheme in `Authorization` do not count. No other place is looked at.
//!
//! # Rejections
//!
//! The four answers of RFC 6750 §3.1, and two more. Every challenge also has the `realm` and the `resource_metadata`
//! (RFC 9728 §5.1), if they are set.
//!
//! | situation | kind | status | challenge |
//! |---|---|---|---|
//! | no `Authorization`, or another auth-scheme's, and nothing in a place that was named; an [exact word](BearerTokenLayer::with_exact_scheme_word) that is spelled otherwise | [`MissingCredentials`] | 401 | `Bearer` |
//! | several `Authorization` fields, a token in more than one place or twice in one | [`SeveralCredentials`] | 400 | `Bearer error="invalid_request"` |
//! | no auth-scheme, no token, more than a token, other characters; an escape in a parameter's name, a `+` in its value | [`MalformedCredentials`] | 400 | `Bearer error="invalid_request"` |
//! | longer than 8 KiB; not hashed, no store asked | [`CredentialsTooLong`] | 431 | – |
//! | a token of no known shape, or with a wrong checksum; not hashed, no store asked | [`UnknownToken`] | 401 | `Bearer error="invalid_token"` |
//! | unknown token | [`UnknownToken`] | 401 | the same, byte for byte |
//! | revoked, expired, not yet valid | [`TokenRevoked`], [`TokenExpired`], [`TokenNotYetValid`] | 401 | the same, byte for byte |
//! | a required scope is lacking | [`InsufficientScope`] | 403 | `Bearer error="insufficient_scope", scope="…"` |
//! | the store fails or panics | [`StoreFailed`] | 503 | – |
//! | the store does not answer in time (1 s) | [`StoreTimedOut`] | 503 | – |
//!
//! [With optional credentials](BearerTokenLayer::with_optional) a request passes as anonymous in the first situation alone, and
//! not if an exact word is spelled otherwise.
//!
//! The [`AuthError`](crate::AuthError) has the [token's record](crate::AuthError::token), where the store knew it, and its id is
//! in the log.
//!
//! Clients of other systems find the answers they know with [`DjbletsRejection`], [`KallitheaRejection`] and
//! [`SentryApiRejection`], given to [`with_rejection`](BearerTokenLayer::with_rejection). Some of them tell more than the table
//! does.
//!
//! # What this does not do
//!
//! * Read JWTs: a token means nothing until a store says what it means.
//! * Take tokens from places that were not named, or from a form at all: a body is for the inner service. They are ignored
//!   there (RFC 9700 §4.3.2).
//! * Bind the token to whoever sends it: a bearer token is good for whoever has it. Use TLS.
//! * Limit how often somebody may guess. 178 random bits, as [`TokenFormat`](countersign_core::TokenFormat) mints them,
//!   need no limit.
//!
//! # Cache
//!
//! Each request asks the store, unless [`with_cache`](BearerTokenLayer::with_cache) lets the layer keep what it said. With
//! [`with_invalidations`](BearerTokenLayer::with_invalidations), a revoked token is refused at the very next request
//! nevertheless. What exactly is promised stands in [`cache`](crate::cache).
//!
//! # Order of layers
//!
//! Inside tracing, CORS and request ids, outside everything that costs much or reads the body. A layer around the whole
//! `Router` costs least; `Router::layer`, `Router::route_layer` and routers inside a `nest` work alike.
//! [Gates](crate::gate) come further inside.
//!
//! # Deployment
//!
//! A proxy that authenticates by itself and leaves its own `Authorization` field takes the place of the token; have it put
//! the caller's field through unchanged. Tokens in logs of proxies are tokens in the wrong hands: the best reason against
//! tokens in the query, which this layer takes out of the target only for what stands inside.
//!
//! On shutdown, when no more requests come in, [flush](UsageRecorder::flush) what was recorded of last uses.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use countersign::{Authenticated, BearerTokenLayer, MemoryStore, TokenInfo};
//! use http::{Request, Response, StatusCode};
//! use http_body_util::Empty;
//! use tower::{Layer as _, ServiceExt as _, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new().with_token("mF_9.B5f-4.1JqM", TokenInfo::new("user-7"));
//! let service = BearerTokenLayer::new(store).layer(service_fn(async |request: Request<Empty<Bytes>>| {
//!     let caller = Authenticated::of(request.extensions()).expect("the layer lets nobody else through");
//!     assert_eq!(caller.subject(), "user-7");
//!     Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
//! }));
//!
//! let accepted = Request::get("/").header("authorization", "Bearer mF_9.B5f-4.1JqM").body(Empty::new())?;
//! assert_eq!(service.clone().oneshot(accepted).await?.status(), StatusCode::OK);
//!
//! let refused = Request::get("/").header("authorization", "Bearer something-else").body(Empty::new())?;
//! let response = service.oneshot(refused).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(response.headers()["www-authenticate"], r#"Bearer error="invalid_token""#);
//! # Ok(())
//! # }
//! ```
//!
//! [`MissingCredentials`]: crate::AuthErrorKind::MissingCredentials
//! [`SeveralCredentials`]: crate::AuthErrorKind::SeveralCredentials
//! [`MalformedCredentials`]: crate::AuthErrorKind::MalformedCredentials
//! [`CredentialsTooLong`]: crate::AuthErrorKind::CredentialsTooLong
//! [`UnknownToken`]: crate::AuthErrorKind::UnknownToken
//! [`TokenRevoked`]: crate::AuthErrorKind::TokenRevoked
//! [`TokenExpired`]: crate::AuthErrorKind::TokenExpired
//! [`TokenNotYetValid`]: crate::AuthErrorKind::TokenNotYetValid
//! [`InsufficientScope`]: crate::AuthErrorKind::InsufficientScope
//! [`StoreFailed`]: crate::AuthErrorKind::StoreFailed
//! [`StoreTimedOut`]: crate::AuthErrorKind::StoreTimedOut

mod authenticator;
mod credentials;
mod formats;
mod layer;
mod lookup;
mod place;
mod style;
mod usage;

pub use authenticator::BearerAuthenticator;
pub use layer::BearerTokenLayer;
pub use style::{DjbletsRejection, KallitheaRejection, SentryApiRejection};
pub use usage::UsageRecorder;
