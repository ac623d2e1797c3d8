//! Signing a request without any client stack.

use std::fmt;
use std::time::SystemTime;

use countersign_core::{KeyId, Secret};
use http::request::Parts;

use crate::auth::{AuthError, SignedHead};
use crate::hmac::{HmacScheme, Intent, Malformed, sign};

/// Signs a request in the format of `scheme`: sets in its head whatever the format wants there.
///
/// The head must be as it will be sent: method, path, query, and `Host` where the format covers the authority and the URI
/// has none. The body is what will be sent, byte for byte. Signing again replaces the first signature.
///
/// ```
/// use countersign::hmac::schemes::UstudioV2;
/// use countersign::{Clock, KeyId, Secret, SystemClock, sign_request};
///
/// let (key_id, secret) = (KeyId::new("correct-key")?, Secret::new("secret")?);
/// let (mut head, ()) = http::Request::get("/authorized/argument").body(())?.into_parts();
/// sign_request(&mut head, b"", &UstudioV2::new(), &key_id, &secret, SystemClock::new().now())?;
/// assert_eq!(
///     head.headers["authorization"],
///     "USTUDIO-HMAC-V2 correct-key 93f69cd384865a62b56efcdd6b63266da6e4ffb6287d5e75a3a7d1df4e2255b0",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the request cannot be signed in this format: its target is ambiguous, or the format would render it in a way that
/// another request could share.
///
/// # Panics
/// When the format has a nonce and the system has no random source.
pub fn sign_request(
    head: &mut Parts,
    body: &[u8],
    scheme: &(impl HmacScheme + ?Sized),
    key_id: &KeyId,
    secret: &Secret,
    now: SystemTime,
) -> Result<(), SignError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).expect("the system's random source answers");
    let presented = scheme.prepare(head, &Intent::new(key_id, now, nonce, body))?;
    let signature = sign(&SignedHead::read(head, None)?, body, scheme, &presented, secret)?;
    scheme.attach(head, &presented, signature.as_str())?;
    // For every format, so that whoever prints the request prints no credentials.
    for name in &*scheme.profile().credentials {
        if let Some(value) = head.headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
    Ok(())
}

/// A request could not be signed.
#[derive(Clone, Debug)]
pub struct SignError(AuthError);

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request cannot be signed: {}", self.0.reason().unwrap_or("unknown reason"))
    }
}

impl std::error::Error for SignError {}

impl From<AuthError> for SignError {
    fn from(error: AuthError) -> Self {
        Self(error)
    }
}

impl From<Malformed> for SignError {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.into())
    }
}
