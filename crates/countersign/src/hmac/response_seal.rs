//! What signs the response to a request that was verified.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderMap;

use crate::auth::{AuthError, AuthErrorKind, Seal};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::whole::WholeBody;
use crate::hmac::{Encoding, ResponseScheme};

/// The key that a request was signed with, and what its format signs of a response to it. Reached from within this crate alone.
pub(crate) struct ResponseSeal {
    pub(super) scheme: Box<dyn ResponseScheme>,
    pub(super) keys: Arc<PreparedKeys>,
    pub(super) at: SystemTime,
    /// Which of the secrets that were live then.
    pub(super) place: usize,
    pub(super) encoding: Encoding,
}

impl Seal for ResponseSeal {
    fn seal(&self, headers: &mut HeaderMap, body: Option<&[u8]>) -> Result<(), AuthError> {
        let Self { scheme, keys, at, place, encoding } = self;
        let presented = scheme.prepare(headers, body)?;
        let unsignable = || AuthError::new(AuthErrorKind::Misconfigured).with_reason("the response cannot be signed");
        let signature = {
            let base = scheme.base(headers, &presented)?;
            let fresh = keys.start_with(*at, *place).ok_or_else(unsignable)?;
            encoding.encode(&WholeBody::EMPTY.mac(fresh, &base).map_err(|_| unsignable())?)
        };
        Ok(scheme.attach(headers, &presented, signature.as_str())?)
    }
}

impl fmt::Debug for ResponseSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
