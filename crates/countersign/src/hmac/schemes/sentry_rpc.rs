//! Sentry's calls between its services: `Authorization: Rpcsignature rpc0:<hex>`.

use http::HeaderName;
use http::header::AUTHORIZATION;
use http::request::Parts;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{credentials, field, is_spelled};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase,
};

keyless! {
    /// Calls between Sentry's services (source: getsentry/sentry at 01305fc6, `hybridcloud/rpc/service.py`).
    ///
    /// `Authorization: Rpcsignature rpc0:<hex>`: HMAC-SHA-256 over path, a colon and the raw body. The original has a list of
    /// secrets, of which the first signs and any verifies; here that is a key with several live secrets, the newest of which
    /// signs.
    ///
    /// Neither time, nor method, nor query is covered. So only `POST` without a query passes, which is what Sentry sends, and
    /// replay protection is off until [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for)
    /// says how long to remember. A path with a colon in it is refused: its end could be taken for the beginning of the
    /// body.
    SentryRpc, "sentry-rpc"
}

impl HmacScheme for SentryRpc {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new(NAME, Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS).with_method("POST");
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(credentials) = credentials(head, &CREDENTIALS, NAME)? else { return Ok(None) };
        let hex = credentials.strip_prefix("rpc0:").filter(|hex| is_spelled(hex.as_bytes(), Encoding::Hex, 32));
        let hex = hex.ok_or(Malformed::new("the signature is not rpc0: and 64 lower-case hexadecimal digits"))?;
        Presented::new(self.key_id.clone()).with_signature(hex.as_bytes()).map(Some)
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        if head.query().is_some() {
            return Err(Malformed::new("there is a query, which no signature covers"));
        }
        if [head.path_prefix(), head.path()].iter().any(|path| path.contains(':')) {
            return Err(Malformed::new("the path has a colon, where the body would begin"));
        }
        let mut base = SignatureBase::new();
        base.push_path(head);
        base.push_literal(":");
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(AUTHORIZATION, field(format!("{NAME} rpc0:{signature}"))?);
        Ok(())
    }
}

const NAME: &str = "Rpcsignature";
const COVERS: Coverage = Coverage::PATH.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
