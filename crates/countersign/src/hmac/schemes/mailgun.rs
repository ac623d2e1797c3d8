//! Mailgun's webhooks: time, token and signature in the body.

use std::time::Duration;

use http::request::Parts;
use serde::Deserialize;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{is_json, is_spelled, spell_seconds, unix_seconds};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Mailgun's webhooks (source: Mailgun's documentation "Securing webhooks").
    ///
    /// The body is JSON: `{"signature": {"timestamp": "…", "token": "…", "signature": "…"}, "event-data": …}`. The signature is
    /// hexadecimal HMAC-SHA-256 of the time in seconds and the token, 50 letters and digits.
    ///
    /// **The event is not covered**: whoever sees a message can send any other event with its signature, once. What protects
    /// is TLS, and that a token passes once, for which replay protection has to stay on, in a store that all processes share.
    /// Times are good for 300 seconds, and 60 seconds ahead of our clock. The whole body is read before anything is
    /// judged, of every request whose body is JSON.
    ///
    /// The client's side is not here: the signature stands in a body that is the application's.
    Mailgun, "mailgun"
}

/// Of the body, what is looked at.
#[derive(Deserialize)]
struct Message {
    signature: Signature,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    signature: String,
}

impl HmacScheme for Mailgun {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Mailgun", Algorithm::HmacSha256, Encoding::Hex, COVERS, &[])
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)))
                .with_single_use_nonce()
                .with_credentials_in_body();
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        Ok(is_json(head)?.then(|| Presented::new(self.key_id.clone())))
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        let message: Message = serde_json::from_slice(body)
            .map_err(|_| Malformed::new("the body is not JSON with a signature, a time and a token, each once"))?;
        let Signature { timestamp, token, signature } = message.signature;
        if token.len() != TOKEN || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Malformed::new("the token is not 50 letters and digits"));
        }
        if !is_spelled(signature.as_bytes(), Encoding::Hex, 32) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        let presented = presented.with_created(unix_seconds(&timestamp)?).with_nonce(token.into_bytes());
        presented.with_signature(signature.as_bytes())
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let missing = Malformed::new("there is no time, or no token");
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, spell_seconds(presented.created().ok_or(missing)?)?);
        // Nothing between the two: the token's length is fixed.
        base.push(Coverage::NONCE, presented.nonce().ok_or(missing)?);
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, _intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Err(Malformed::new("the signature stands in the body, which is not ours to write"))
    }

    fn attach(&self, _head: &mut Parts, _presented: &Presented, _signature: &str) -> Result<(), Malformed> {
        Err(Malformed::new("the signature stands in the body, which is not ours to write"))
    }
}

const TOKEN: usize = 50;
const COVERS: Coverage = Coverage::CREATED.and(Coverage::NONCE);
