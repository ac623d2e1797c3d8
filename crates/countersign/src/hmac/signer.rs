//! The signer's use of the engine: one base, one secret, the whole body at hand.

use std::time::SystemTime;

use countersign_core::Secret;

use crate::auth::{AuthError, AuthErrorKind, SignedHead};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::mac::{Spelled, same};
use crate::hmac::presented::PresentedSignature;
use crate::hmac::whole::WholeBody;
use crate::hmac::{HmacScheme, Malformed, Presented, SignatureBase};

/// Makes the signature of a request that was prepared, spelled as its format wants it.
pub(crate) fn sign(
    head: &SignedHead<'_>,
    body: &[u8],
    scheme: &(impl HmacScheme + ?Sized),
    presented: &Presented,
    secret: &Secret,
) -> Result<Spelled, AuthError> {
    let (profile, at) = (scheme.profile(), SystemTime::UNIX_EPOCH);
    let keys = PreparedKeys::new(&secret.clone().into(), profile, at)?;
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

/// Whether the presented text is the MAC of the base under this secret.
pub(crate) fn is_mac_of(
    scheme: &(impl HmacScheme + ?Sized),
    secret: &Secret,
    base: &SignatureBase<'_>,
    presented: &PresentedSignature,
) -> Result<bool, AuthError> {
    let (profile, at) = (scheme.profile(), SystemTime::UNIX_EPOCH);
    let keys = PreparedKeys::new(&secret.clone().into(), profile, at)?;
    let Some(mac) = keys.start_with(at, 0).and_then(|fresh| WholeBody::EMPTY.mac(fresh, base).ok()) else {
        return Ok(false);
    };
    Ok(same(profile.encoding.encode(&mac).as_slice(), presented.as_slice()))
}
