//! The signer's use of the engine: one base, one secret, the whole body at hand.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::Secret;

use crate::auth::{AuthError, AuthErrorKind, SignedHead};
use crate::body::{Budget, BudgetHold, Chunks};
use crate::hmac::mac::Spelled;
use crate::hmac::verifier::{PreparedKeys, Verifier};
use crate::hmac::{HmacScheme, Presented};

/// Makes the signature of a request that was prepared, spelled as its format wants it.
pub(crate) fn sign(
    head: &SignedHead<'_>,
    body: Bytes,
    scheme: &(impl HmacScheme + ?Sized),
    presented: &Presented,
    secret: &Secret,
) -> Result<Spelled, AuthError> {
    let (profile, at) = (scheme.profile(), SystemTime::UNIX_EPOCH);
    let keys = PreparedKeys::new(&secret.clone().into(), profile.algorithm, at);
    let algorithm = profile.algorithm_of(presented)?;
    let bases = scheme.bases(head, presented)?;
    let steps = scheme.key_steps(presented);
    let undescribable =
        || AuthError::new(AuthErrorKind::Misconfigured).with_reason("the scheme describes the body twice");
    let mut verifier = Verifier::new(&bases, &keys, at, algorithm, steps.as_ref()).map_err(|_| undescribable())?;
    verifier.feed_body(&body);
    let mut whole = Chunks::new(BudgetHold::new(Arc::new(Budget::new(usize::MAX))));
    whole.push(body).map_err(|_| AuthErrorKind::BudgetExhausted)?;
    let mac = verifier.into_signature(&whole).ok_or_else(undescribable)?;
    Ok(profile.encoding.encode(&mac))
}
