//! The signer's use of the engine: one base, one secret, the whole body at hand.

use std::time::SystemTime;

use countersign_core::Secret;

use crate::auth::{AuthError, AuthErrorKind, SignedHead};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::mac::Spelled;
use crate::hmac::whole::WholeBody;
use crate::hmac::{HmacScheme, Malformed, Presented};

/// Makes the signature of a request that was prepared, spelled as its format wants it.
pub(crate) fn sign(
    head: &SignedHead<'_>,
    body: &[u8],
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
        || AuthError::new(AuthErrorKind::Misconfigured).with_reason("the scheme describes the body twice, or nothing");
    let body = WholeBody::new(body, &bases).ok_or(Malformed::new("the form has more than 1,024 fields"))?;
    let (base, fresh) =
        bases.first().zip(keys.start(at, algorithm, steps.as_ref()).next()).ok_or_else(undescribable)?;
    let mac = body.mac(fresh, base).map_err(|_| undescribable())?;
    Ok(profile.encoding.encode(&mac))
}
