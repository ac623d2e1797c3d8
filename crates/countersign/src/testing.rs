//! For your own tests: sign a request, stop the clock, and find out *why* a request was refused.
//!
//! Enable the feature `testing` in `[dev-dependencies]`. [`ManualClock`] and [`MemoryStore`] are the clock and the store.
//!
//! ```
//! use bytes::Bytes;
//! use countersign::hmac::schemes::UstudioV2;
//! use countersign::testing::{ManualClock, MemoryStore, TestSigner, assert_admitted, assert_rejected};
//! use countersign::{AuthErrorKind, HmacAuthLayer, Secret};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new().with_secret("partner", Secret::new("a secret of the partner")?);
//! let service = HmacAuthLayer::new(UstudioV2::new(), store)
//!     .layer(tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))));
//!
//! let signer = TestSigner::new(UstudioV2::new(), "partner", "a secret of the partner");
//! let order = || Request::post("/orders").body(Full::new(Bytes::from("one of these")));
//! assert_admitted(&service.clone().oneshot(signer.sign(order()?, b"one of these")).await?);
//! assert_rejected(&service.oneshot(order()?).await?, AuthErrorKind::MissingCredentials);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::sync::Arc;

use countersign_core::{Clock, KeyId, Secret, SystemClock};
pub use countersign_core::{ManualClock, MemoryStore};
use http::{HeaderValue, Request, Response, header};

use crate::hmac::HmacScheme;
use crate::{AuthError, AuthErrorKind, sign_request};

/// Signs requests as a client would.
#[derive(Clone)]
pub struct TestSigner {
    scheme: Arc<dyn HmacScheme>,
    key_id: KeyId,
    secret: Secret,
    clock: Arc<dyn Clock>,
}

impl TestSigner {
    /// Signs in the format of `scheme` with this key and secret, at the machine's time.
    ///
    /// # Panics
    /// When the key id is empty or too long, or the secret is empty.
    #[must_use]
    pub fn new(scheme: impl HmacScheme, key_id: &str, secret: &str) -> Self {
        Self {
            scheme: Arc::new(scheme),
            key_id: key_id.parse().expect("a key id has 1 to 256 bytes"),
            secret: Secret::new(secret).expect("a secret is not empty"),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Signs at the time of this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs the request, whose body has to be `body`.
    ///
    /// # Panics
    /// When the request cannot be signed in this format.
    #[must_use]
    #[track_caller]
    pub fn sign<B>(&self, request: Request<B>, body: &[u8]) -> Request<B> {
        let (mut head, rest) = request.into_parts();
        let signed = sign_request(&mut head, body, &*self.scheme, &self.key_id, &self.secret, self.clock.now());
        signed.unwrap_or_else(|error| panic!("{error}"));
        Request::from_parts(head, rest)
    }
}

impl fmt::Debug for TestSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Adds a bearer token to a request.
///
/// # Panics
/// When the token cannot stand in a header field.
#[must_use]
#[track_caller]
pub fn with_bearer_token<B>(mut request: Request<B>, token: &str) -> Request<B> {
    let value = HeaderValue::try_from(format!("Bearer {token}")).expect("a token is printable ASCII");
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

/// Asserts that no layer of ours refused the request.
///
/// # Panics
/// When one did; says why.
#[track_caller]
pub fn assert_admitted<B>(response: &Response<B>) {
    if let Some(error) = response.extensions().get::<AuthError>() {
        panic!("the request was refused with {}: {error}", response.status());
    }
}

/// Asserts that a layer of ours refused the request, and why.
///
/// # Panics
/// When it was admitted, or refused for another reason.
#[track_caller]
pub fn assert_rejected<B>(response: &Response<B>, kind: AuthErrorKind) {
    match response.extensions().get::<AuthError>() {
        None => panic!("the request was admitted and answered with {}, not refused: {kind:?}", response.status()),
        Some(error) => assert_eq!(error.kind(), kind, "refused for another reason: {error}"),
    }
}
