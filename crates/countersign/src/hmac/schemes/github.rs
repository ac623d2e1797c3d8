//! GitHub webhooks: `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA-256 of the body.

use countersign_core::KeyId;
use http::HeaderName;
use http::request::Parts;

use super::BodyMac;
use crate::auth::SignedHead;
use crate::hmac::{Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile};

/// GitHub webhooks (source: GitHub's documentation "Validating webhook deliveries"): a [`BodyMac`] with a name of its own.
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
pub struct GitHub(BodyMac);

impl GitHub {
    /// Requests whose secret has the key id `github`.
    #[must_use]
    pub fn new() -> Self {
        Self(BodyMac::described(&PROFILE, SIGNATURE, "sha256=", "github"))
    }

    /// Requests whose secret has this key id.
    #[must_use]
    pub fn with_key_id(self, key_id: KeyId) -> Self {
        Self(self.0.with_key_id(key_id))
    }
}

impl Default for GitHub {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for GitHub {
    fn profile(&self) -> &SchemeProfile {
        self.0.profile()
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        self.0.parse(head)
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        self.0.bases(head, presented)
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        self.0.prepare(head, intent)
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        self.0.attach(head, presented, signature)
    }
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
static PROFILE: SchemeProfile =
    SchemeProfile::new("GitHub", Algorithm::HmacSha256, Encoding::Hex, Coverage::BODY, &CREDENTIALS);
