//! Verifying a signed response.

use countersign_core::Secret;
use http::HeaderMap;
use http::request::Parts;

use crate::auth::{AuthError, AuthErrorKind, SignedHead};
use crate::hmac::{HmacScheme, is_mac_of};

/// Verifies that a response was made by somebody who has the secret, for this very request: of formats that sign responses,
/// [`Hawk`](crate::hmac::schemes::Hawk).
///
/// `request` is the head as it was sent, signature and all; `response` the fields that came back. With a body, all of it has to
/// be there, byte for byte, and to be signed. Without, whatever came as the body is proved by nothing: for `HEAD`, and where it
/// is not read. See [`HawkResponseLayer`](crate::hmac::HawkResponseLayer) for an example.
///
/// # Errors
/// By [kind](AuthError::kind): [`MissingCredentials`](AuthErrorKind::MissingCredentials) when the response is not signed, or the
/// format signs none; [`MalformedCredentials`](AuthErrorKind::MalformedCredentials) when its signature is not spelled as it has to
/// be; [`BadSignature`](AuthErrorKind::BadSignature) when it does not hold, or the body is another; and
/// [`InsufficientCoverage`](AuthErrorKind::InsufficientCoverage) when the body is not signed.
pub fn verify_response(
    request: &Parts,
    response: &HeaderMap,
    body: Option<&[u8]>,
    scheme: &(impl HmacScheme + ?Sized),
    secret: &Secret,
) -> Result<(), AuthError> {
    let missing = || AuthError::new(AuthErrorKind::MissingCredentials);
    let head = SignedHead::read(request, None)?;
    let sent = scheme.parse(&head)?.ok_or_else(missing)?;
    let format = scheme.response(&head, &sent).ok_or_else(missing)?;
    let presented = format.parse(response)?.ok_or_else(missing)?;
    let base = format.base(response, &presented)?;
    let signature = presented.signature.as_ref().ok_or_else(missing)?;
    if !is_mac_of(scheme, secret, &base, signature)? {
        return Err(AuthErrorKind::BadSignature.into());
    }
    match body {
        None => Ok(()),
        Some(_) if base.claims.is_empty() => Err(AuthErrorKind::InsufficientCoverage.into()),
        Some(body) if base.claims.iter().all(|claim| claim.is_met_by(body)) => Ok(()),
        Some(_) => Err(AuthError::new(AuthErrorKind::BadSignature).with_reason("the body is not what its digest says")),
    }
}
