//! A format of one's own: a description of it, which is refused when it would not be safe.
//!
//! A description says where in a request the credentials stand and what is signed, in order. From it come the verifier and
//! the signer. [`build`](CustomSchemeBuilder::build) refuses, and says what to change, when
//! 1. bytes could be moved from one component to the next, so that two requests are signed alike;
//! 2. the time or the nonce is read and not signed, so that a replay could come with another;
//! 3. there is no time, or nothing but the body is signed, so that a request could be sent again for ever;
//! 4. the body is not signed;
//! 5. something is signed that is not in the request, or a field is named for two purposes.
//!
//! # Example
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use bytes::Bytes;
//! use countersign::hmac::schemes::CustomScheme;
//! use countersign::hmac::schemes::custom::{Component, TimeUnit};
//! use countersign::{HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret, sign_request};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let acme = CustomScheme::builder("Acme")
//!     .with_signature_field("x-acme-signature")
//!     .with_signature_prefix("v1=")
//!     .with_timestamp_field("x-acme-timestamp", TimeUnit::Seconds)
//!     .with_key_id_field("x-acme-key")
//!     .with_separator("\n")
//!     .with_component(Component::Literal("acme-v1"))
//!     .with_component(Component::Timestamp)
//!     .with_component(Component::Method)
//!     .with_component(Component::PathAndQuery)
//!     .with_component(Component::Body)
//!     .build()?;
//!
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
//! let store = MemoryStore::new().with_secret("partner", Secret::new("the secret of a partner")?);
//! let service = HmacAuthLayer::new(acme.clone(), store)
//!     .with_clock(ManualClock::new(now))
//!     .layer(tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))));
//!
//! let (mut head, body) = Request::post("/orders?dry=1").body("{\"item\":1}")?.into_parts();
//! let (partner, secret) = (KeyId::new("partner")?, Secret::new("the secret of a partner")?);
//! sign_request(&mut head, body.as_bytes(), &acme, &partner, &secret, now)?;
//! assert_eq!(head.headers["x-acme-timestamp"], "1700000000");
//! assert_eq!(
//!     head.headers["x-acme-signature"],
//!     "v1=a267089d4c0100bfcb1c3b956150c6a0aefedf8bc202904600f541cd6ee2589b",
//! );
//!
//! let send = |body: &'static str| {
//!     service.clone().oneshot(Request::from_parts(head.clone(), Full::new(Bytes::from_static(body.as_bytes()))))
//! };
//! assert_eq!(send("{\"item\":2}").await?.status(), 401);
//! assert_eq!(send("{\"item\":1}").await?.status(), 200);
//! assert_eq!(send("{\"item\":1}").await?.status(), 401, "seen before");
//! # Ok(())
//! # }
//! ```
//!
//! Without the separator, a digit could be moved from the path to the body, and the description is refused:
//!
//! ```
//! # use countersign::hmac::schemes::CustomScheme;
//! # use countersign::hmac::schemes::custom::{Component, InvalidScheme, TimeUnit};
//! let refused = CustomScheme::builder("Acme")
//!     .with_signature_field("x-acme-signature")
//!     .with_timestamp_field("x-acme-timestamp", TimeUnit::Seconds)
//!     .with_component(Component::Timestamp)
//!     .with_component(Component::PathAndQuery)
//!     .with_component(Component::Body)
//!     .build();
//! assert!(matches!(refused, Err(InvalidScheme::Undelimited(..))));
//! ```
//!
//! # A format without separators: Coinbase Exchange
//!
//! `CB-ACCESS-SIGN` is base64 of HMAC-SHA-256 of time, method, target and body, with nothing between, keyed with the decoded
//! secret (source: Coinbase's documentation "Exchange REST API authentication"; many exchanges do the same). What keeps the
//! parts apart is which bytes they may have: digits, then capitals, then `/`, then `{`.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use countersign::hmac::schemes::CustomScheme;
//! use countersign::hmac::schemes::custom::{Component, TimeUnit};
//! use countersign::hmac::{Encoding, KeyDecoding};
//! use countersign::{KeyId, Secret, sign_request};
//!
//! let coinbase = CustomScheme::builder("Coinbase")
//!     .with_signature_field("cb-access-sign")
//!     .with_encoding(Encoding::Base64)
//!     .with_key_decoding(KeyDecoding::Base64 { prefix: "" })
//!     .with_key_id_field("cb-access-key")
//!     .with_timestamp_field("cb-access-timestamp", TimeUnit::Seconds)
//!     .with_leeway(Duration::from_secs(30), Duration::from_secs(30))
//!     .with_component(Component::Timestamp)
//!     .with_component(Component::Method)
//!     .with_component(Component::PathAndQuery)
//!     .with_component(Component::JsonObject)
//!     .build()?;
//!
//! let (mut head, body) = http::Request::post("/orders").body("{\"price\":\"1.0\"}")?.into_parts();
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
//! sign_request(&mut head, body.as_bytes(), &coinbase, &KeyId::new("key")?, &Secret::new("c2VjcmV0")?, now)?;
//! assert_eq!(head.headers["cb-access-sign"], "cZYpToH9uuiHNKz7sPIx3v7EBM12ntwkLA0TJeQbKrQ=");
//! // What could be taken for the end of a target is no body.
//! assert!(sign_request(&mut head, b"/1", &coinbase, &KeyId::new("key")?, &Secret::new("c2VjcmV0")?, now).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What this cannot describe
//!
//! Components that the sender chooses, credentials that stand in the body or the query, keys that are made in steps, queries
//! and forms that are sorted first, several values in the field of the signature. Such a format is an
//! [`HmacScheme`](crate::hmac::HmacScheme) of its own, as [`EdgeGrid`](super::EdgeGrid) and [`Duo`](super::Duo) are.

mod builder;
mod component;
mod error;
mod piece;
mod render;
mod review;
mod scheme;

pub use self::builder::CustomSchemeBuilder;
pub use self::component::{Component, TimeUnit};
pub use self::error::InvalidScheme;
pub use self::scheme::CustomScheme;
