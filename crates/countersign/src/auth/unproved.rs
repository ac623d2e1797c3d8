//! A request that was handed on before its signature was judged.

use std::fmt;
use std::sync::{Arc, OnceLock};

use countersign_core::KeyId;
use http::Extensions;

use crate::auth::{AuthError, AuthErrorKind, Authenticated};

/// Marks a request of a layer [`with_insecure_streaming_body`](crate::HmacAuthLayer::with_insecure_streaming_body): anybody may
/// have sent it, until its body has ended well.
///
/// It is in the extensions of every request that such a layer hands on, in place of [`Authenticated`], which stands beside it
/// where there was nothing to wait for. Cloning is cheap; all clones learn of the proof.
///
/// ```
/// use bytes::Bytes;
/// use countersign::auth::Unproved;
/// use countersign::body::AuthBody;
/// use http::{Request, Response, StatusCode};
/// use http_body_util::{BodyExt, Full};
///
/// async fn upload(request: Request<AuthBody<Full<Bytes>>>) -> StatusCode {
///     let caller = Unproved::of(request.extensions()).cloned();
///     let mut body = request.into_body();
///     while let Some(frame) = body.frame().await {
///         match frame {
///             Ok(frame) => { /* write it to a temporary place */ }
///             Err(_) => return StatusCode::UNAUTHORIZED, // and throw that away
///         }
///     }
///     match caller.as_ref().and_then(Unproved::proved) {
///         Some(caller) => StatusCode::CREATED, // commit, in the name of `caller.subject()`
///         None => StatusCode::UNAUTHORIZED,
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Unproved {
    claimed: KeyId,
    proof: Arc<OnceLock<Authenticated>>,
}

impl Unproved {
    pub(crate) fn claiming(key_id: KeyId) -> Self {
        Self { claimed: key_id, proof: Arc::default() }
    }

    /// There was nothing to wait for.
    pub(crate) fn proved_by(key_id: KeyId, authenticated: Authenticated) -> Self {
        Self { claimed: key_id, proof: Arc::new(OnceLock::from(authenticated)) }
    }

    /// Looks it up in a request's extensions; `None` where no layer put it.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Whose key the request names; proved by nothing.
    #[must_use]
    pub const fn claimed_key_id(&self) -> &KeyId {
        &self.claimed
    }

    /// Who sent the request; `None` until the body was read to its end, and for good when it is refused there.
    #[must_use]
    pub fn proved(&self) -> Option<&Authenticated> {
        self.proof.get()
    }

    pub(crate) fn prove(&self, authenticated: Authenticated) {
        // Judged once only.
        let _ = self.proof.set(authenticated);
    }
}

/// What the operator reads when an extractor or a gate meets such a request.
pub(crate) fn not_yet(extensions: &Extensions) -> Option<AuthError> {
    const REASON: &str = "with_insecure_streaming_body hands requests on before they are proved: \
        no gate and no extractor but Unproved can stand inside";
    Unproved::of(extensions).map(|_| AuthError::new(AuthErrorKind::Misconfigured).with_reason(REASON))
}

impl fmt::Debug for Unproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unproved").field("claimed", &self.claimed).field("proved", &self.proof.get().is_some()).finish()
    }
}
