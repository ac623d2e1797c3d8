//! Linear's webhooks: `Linear-Signature`, and a time in the body.

use std::time::Duration;

use http::HeaderName;
use http::request::Parts;
use serde::Deserialize;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{field, is_spelled, unix_milliseconds};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Linear's webhooks (source: Linear's documentation "Securing webhooks", and `@linear/sdk` 98.0.0).
    ///
    /// `Linear-Signature`: hexadecimal HMAC-SHA-256 of the raw body. The time stands in it, in milliseconds: the member
    /// `webhookTimestamp` of a JSON object, a whole number, once. It is good for 60 seconds either way. The whole body is read
    /// before anything is judged.
    ///
    /// Nothing else is covered: the field `Linear-Timestamp` is not signed, and not looked at.
    Linear, "linear"
}

/// Of the body, what is looked at.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "webhookTimestamp")]
    time: u64,
}

impl HmacScheme for Linear {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Linear", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(Duration::from_secs(60), Duration::from_secs(60)))
                .with_credentials_in_body();
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        if !is_spelled(signature.as_bytes(), Encoding::Hex, 32) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        Presented::new(self.key_id.clone()).with_signature(signature.as_bytes()).map(Some)
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        let event: Event = serde_json::from_slice(body)
            .map_err(|_| Malformed::new("the body is not JSON with a webhookTimestamp, once, in milliseconds"))?;
        Ok(presented.with_created(unix_milliseconds(&event.time.to_string())?))
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, "");
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        self.parse_body(Presented::new(intent.key_id().clone()), intent.body())
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, field(signature)?);
        Ok(())
    }
}

const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("linear-signature");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
