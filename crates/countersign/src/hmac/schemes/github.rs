//! GitHub webhooks: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA-256 of the body.

use countersign_core::KeyId;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use smallvec::smallvec;

use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase,
};

/// GitHub webhooks (source: GitHub's documentation "Validating webhook deliveries").
///
/// The signature is HMAC-SHA-256 of the raw body under the webhook's secret, in lower-case hexadecimal after `sha256=`;
/// upper case is refused, as GitHub's own library does. Nothing else is covered: neither time, nor event, nor delivery id,
/// and replay protection is off until
/// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember. GitHub's
/// own redeliveries have the same body and so the same signature: what is remembered is refused then. The older
/// `X-Hub-Signature` (SHA-1) is not looked at.
///
/// There is no key id in the request. The store is asked for the key id `github`, or the one given.
#[derive(Clone, Debug)]
pub struct GitHub {
    key_id: KeyId,
}

impl GitHub {
    /// Webhooks whose secret has the key id `github`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_key_id(KeyId::new("github").expect("six bytes make a key id"))
    }

    /// Webhooks whose secret has this key id.
    #[must_use]
    pub const fn with_key_id(key_id: KeyId) -> Self {
        Self { key_id }
    }
}

impl Default for GitHub {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for GitHub {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("GitHub", Algorithm::HmacSha256, Encoding::Hex, Coverage::BODY, &CREDENTIALS);
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&SIGNATURE)? else { return Ok(None) };
        let hex = value
            .as_bytes()
            .strip_prefix(b"sha256=")
            .ok_or(Malformed::new("the signature does not begin with sha256="))?;
        if hex.len() != 64 || !hex.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        Presented::new(self.key_id.clone()).with_signature(hex).map(Some)
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let value = HeaderValue::try_from(format!("sha256={signature}"));
        head.headers.insert(SIGNATURE, value.map_err(|_| Malformed::new("the signature is not hexadecimal"))?);
        Ok(())
    }
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
