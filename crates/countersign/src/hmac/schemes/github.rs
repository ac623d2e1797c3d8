//! GitHub webhooks: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA-256 of the body.

use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{field, is_spelled};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase,
};

keyless! {
    /// GitHub webhooks (source: GitHub's documentation "Validating webhook deliveries").
    ///
    /// The signature is HMAC-SHA-256 of the raw body under the webhook's secret, in lower-case hexadecimal after `sha256=`;
    /// upper case is refused, as GitHub's own library does. Nothing else is covered: neither time, nor event, nor delivery id,
    /// and replay protection is off until
    /// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember. GitHub's
    /// own redeliveries have the same body and so the same signature: what is remembered is refused then. The older
    /// `X-Hub-Signature` (SHA-1) is not looked at.
    GitHub, "github"
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
        if !is_spelled(hex, Encoding::Hex, 32) {
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
        head.headers.insert(SIGNATURE, field(format!("sha256={signature}"))?);
        Ok(())
    }
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
