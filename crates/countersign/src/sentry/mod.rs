//! Lets Sentry's signed messages through.
//!
//! A message passes when all of these hold, judged in this order:
//! 1. It is a `POST`.
//! 2. It has `Sentry …` credentials in `X-Sentry-Auth` or `Authorization`, in one of them, once, with a signature and a
//!    timestamp, no parameter twice.
//! 3. Its timestamp is decimal digits with a point at most, not more than 3600 seconds old and not more than 60 seconds
//!    ahead; both limits are included.
//! 4. The store has a live secret for its `sentry_key`, or, where it names none, for the global key.
//! 5. Its body arrives within the limit and the deadline.
//! 6. The signature is HMAC-SHA-1 of the timestamp, a blank and the raw body, the timestamp as it was sent (Sentry 2.0) or
//!    as Python 2 writes that number (1.x).
//! 7. It was not seen before.
//!
//! These are the rules of every version together. One version's own are a setting,
//! [`with_protocol`](SentrySignatureLayer::with_protocol) ([`SentryProtocol`] has them in a table), as is the form with a
//! nonce that was never released.
//!
//! Each key may have several live secrets, in any [`SecretStore`](crate::SecretStore). What the store attached to a key
//! ([`Secrets::with_data`](crate::Secrets::with_data)), its project say, is the handler's
//! ([`Authenticated::data`](crate::Authenticated::data)).
//!
//! # Rejections
//!
//! | situation | kind | status | body |
//! |---|---|---|---|
//! | another method | [`MethodNotAllowed`] | 405, `Allow: POST` | |
//! | no Sentry credentials; signature or timestamp missing; parameters that cannot be read | [`MissingCredentials`], [`MalformedCredentials`] | 401, with a challenge | `Unauthorized` |
//! | credentials in both fields, or twice in one | [`SeveralCredentials`] | 400 | `Bad Request` |
//! | a timestamp that is not a number | [`MalformedCredentials`] | 400 | `Invalid timestamp` |
//! | more than 3600 s old, whether or not its key exists | [`Stale`] | 410 | `Message has expired` |
//! | wrong signature, unknown key, from the future, seen before | [`BadSignature`], [`UnknownKey`], [`FromTheFuture`], [`Replayed`] | 403 | `Invalid signature` |
//!
//! These are Sentry's own answers ([`SentryRejection`]), the default, in its order. By the rules of 1.x alone a message without
//! credentials is 403, `Invalid credentials` ([`SentryProtocol::V1`]), or 400, `Missing data` ([`SentryProtocol::V1_7`]). What
//! is wrong with a form that is let in is answered so in every version, and 400 `Invalid format`. In the modern style
//! ([`with_style`](SentrySignatureLayer::with_style)) and in any other the statuses are those of [`hmac`](crate::hmac), and
//! what is no number is 400.
//!
//! Five things are judged otherwise than Sentry did: a timestamp is a plain decimal number (it took `nan`, which never
//! expires), one from the future is refused, the auth-scheme is the whole word `Sentry`, no parameter occurs twice, and a
//! message that has expired is 410 whether or not its key exists. Nor does any pass twice.
//!
//! What can go wrong with bodies and stores is answered as there.
//!
//! # What this does not do
//!
//! It does not decode the body: [`SentryEnvelope`] and, in a handler of axum's, [`SentryEvent`] do (feature
//! `sentry-events`). It does not read pickles, and the older form with the key in the body only where it is
//! [told to](SentrySignatureLayer::with_insecure_legacy_form_key). Method, path and fields are not signed: whoever sees a
//! message may deliver it elsewhere, once, within the hour. Use another format where you have the choice: this is for clients
//! that exist.
//!
//! # Order of layers, deployment
//!
//! As for [`hmac`](crate::hmac).
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use countersign::sentry::SentryMessage;
//! use countersign::{Clock, KeyId, Secret, SentrySignatureLayer, SystemClock, sign_request};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = Secret::new("the server's SENTRY_KEY")?;
//! let service = SentrySignatureLayer::new(secret.clone())
//!     .layer(tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))));
//!
//! let (mut head, ()) = Request::post("/store/").body(())?.into_parts();
//! let body = b"eyJtZXNzYWdlIjogImhlbGxvIn0=";
//! sign_request(&mut head, body, &SentryMessage::new(), &KeyId::new("global")?, &secret, SystemClock::new().now())?;
//! let message = Request::from_parts(head, Full::new(Bytes::from_static(body)));
//! assert_eq!(service.clone().oneshot(message).await?.status(), 200);
//! assert_eq!(service.oneshot(Request::post("/store/").body(Full::default())?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```
//!
//! [`MethodNotAllowed`]: crate::AuthErrorKind::MethodNotAllowed
//! [`MissingCredentials`]: crate::AuthErrorKind::MissingCredentials
//! [`MalformedCredentials`]: crate::AuthErrorKind::MalformedCredentials
//! [`SeveralCredentials`]: crate::AuthErrorKind::SeveralCredentials
//! [`Stale`]: crate::AuthErrorKind::Stale
//! [`BadSignature`]: crate::AuthErrorKind::BadSignature
//! [`UnknownKey`]: crate::AuthErrorKind::UnknownKey
//! [`FromTheFuture`]: crate::AuthErrorKind::FromTheFuture
//! [`Replayed`]: crate::AuthErrorKind::Replayed

mod authenticator;
#[cfg(all(feature = "sentry-events", feature = "sign"))]
mod client;
mod client_name;
#[cfg(feature = "sentry-events")]
mod envelope;
#[cfg(feature = "sentry-events")]
mod envelope_error;
#[cfg(all(feature = "axum", feature = "sentry-events"))]
mod extractor;
#[cfg(feature = "sentry-events")]
mod inflate;
mod layer;
mod legacy_form;
mod legacy_form_error;
mod parameters;
mod protocol;
mod python_float;
mod rejection;
mod scheme;
#[cfg(all(feature = "sentry-events", feature = "sign"))]
mod send_error;
#[cfg(all(feature = "sentry-events", feature = "sign"))]
mod signer;
mod style;
mod timestamp;

pub use authenticator::SentryAuthenticator;
#[cfg(all(feature = "sentry-events", feature = "sign"))]
pub use client::SentryClient;
pub use client_name::{ClientName, InvalidClientName};
#[cfg(feature = "sentry-events")]
pub use envelope::SentryEnvelope;
#[cfg(feature = "sentry-events")]
pub use envelope_error::{EnvelopeError, EnvelopeErrorKind};
#[cfg(all(feature = "axum", feature = "sentry-events"))]
pub use extractor::{SentryEvent, SentryEventRejection};
pub use layer::SentrySignatureLayer;
pub use legacy_form_error::LegacyFormError;
pub use protocol::SentryProtocol;
pub use rejection::SentryRejection;
pub use scheme::SentryMessage;
#[cfg(all(feature = "sentry-events", feature = "sign"))]
pub use send_error::{AttemptError, SentrySendError};
#[cfg(all(feature = "sentry-events", feature = "sign"))]
pub use signer::{SentrySignError, SentrySigner};
pub use style::{SentryStyle, UnknownSentryStyle};
