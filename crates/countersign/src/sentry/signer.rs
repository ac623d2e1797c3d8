//! The client's side: one message, without any client stack.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use countersign_core::{Clock, KeyId, Secret, SystemClock};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use serde::Serialize;

use super::{ClientName, SentryEnvelope, SentryMessage, SentryProtocol};
use crate::sign::{SignError, sign_request};

/// Makes messages: an event as clients of the time wrapped it, base64 of zlib of JSON, and signed, as a request to be sent by
/// any HTTP client. [`SentryClient`](super::SentryClient) sends them too, to one server of several.
///
/// Unless told otherwise a message is signed in the way that every version accepts, with the global key:
/// `Authorization: Sentry sentry_signature=…, sentry_timestamp=…, sentry_client=…`, the timestamp with one or two decimals.
///
/// ```
/// use countersign::sentry::{ClientName, SentryEvent, SentrySigner};
/// use countersign::{Secret, SentrySignatureLayer};
/// use tower::{Layer, ServiceExt};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = Secret::new("the server's SENTRY_KEY")?;
/// let signer = SentrySigner::new(secret.clone()).with_client(ClientName::from_static("billing/2.1"));
/// let event = serde_json::json!({"message": "hello", "level": 40});
/// let message = signer.request(&"https://sentry.example.com/store/".parse()?, &event)?;
///
/// # use axum::{Router, body::Body, routing::post};
/// # let told = async |SentryEvent(event): SentryEvent<serde_json::Value>| event["message"].to_string();
/// let server = Router::new().route("/store/", post(told)).layer(SentrySignatureLayer::new(secret));
/// assert_eq!(server.oneshot(message.map(Body::new)).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SentrySigner {
    message: SentryMessage,
    key_id: KeyId,
    secret: Secret,
    clock: Arc<dyn Clock>,
}

impl SentrySigner {
    /// Signs with the server's one key; messages name none.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        let message = SentryMessage::new();
        Self { key_id: message.global_key_id().clone(), message, secret, clock: Arc::new(SystemClock::new()) }
    }

    /// Names the key in each message (`sentry_key`): that of a project, from Sentry 2.0 on. The key id `global` is named by
    /// none.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = key_id;
        self
    }

    /// Signs for servers of this version; [`SentryProtocol::Any`] unless told otherwise, which all of them accept.
    #[must_use]
    pub fn with_protocol(mut self, protocol: SentryProtocol) -> Self {
        self.message = self.message.with_protocol(protocol);
        self
    }

    /// Signs as this client; [`ClientName::DEFAULT`] unless told otherwise.
    #[must_use]
    pub fn with_client(mut self, name: ClientName) -> Self {
        self.message = self.message.with_client(name);
        self
    }

    /// Tells the time by another clock than the machine's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The event in a message to this server, signed now: `POST`, with [`SentryEnvelope::wrap`]'s body. Each call makes
    /// another message, which passes once.
    ///
    /// # Errors
    /// When the event cannot be written as JSON, and those of [`sign`](Self::sign).
    pub fn request(&self, server: &Uri, event: &impl Serialize) -> Result<Request<Full<Bytes>>, SentrySignError> {
        self.sign(server, SentryEnvelope::wrap(event).map_err(SentrySignError::of_event)?)
    }

    /// A message with this body, signed now.
    ///
    /// # Errors
    /// When the server's URI has user information or no path, the clock lies before 1970, or the key cannot be named: by
    /// [`SentryProtocol::V1`] and [`SentryProtocol::Nonce`] none can, and commas, blanks and other than ASCII never stand in it.
    pub fn sign(&self, server: &Uri, body: Bytes) -> Result<Request<Full<Bytes>>, SentrySignError> {
        let octets = HeaderValue::from_static("application/octet-stream");
        let request = Request::post(server.clone()).header(header::CONTENT_TYPE, octets).body(());
        let (mut head, ()) = request.map_err(|error| SentrySignError(error.into()))?.into_parts();
        sign_request(&mut head, &body, &self.message, &self.key_id, &self.secret, self.clock.now())?;
        Ok(Request::from_parts(head, Full::new(body)))
    }
}

impl fmt::Debug for SentrySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentrySigner")
            .field("message", &self.message)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// A message could not be made.
#[derive(Debug)]
pub struct SentrySignError(Box<dyn Error + Send + Sync>);

impl SentrySignError {
    pub(super) fn of_event(error: serde_json::Error) -> Self {
        Self(error.into())
    }
}

impl From<SignError> for SentrySignError {
    fn from(error: SignError) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for SentrySignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message cannot be made: {}", self.0)
    }
}

impl Error for SentrySignError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
