//! Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>`.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderName, HeaderValue};
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{ascii, field, is_spelled, spell_seconds, unix_seconds};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, KeyDecoding, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Standard Webhooks, and Svix under its own names (source: the Standard Webhooks specification, `standardwebhooks` 1.1.1 and
    /// `svix` 2.9.1).
    ///
    /// `webhook-signature`: members `v1,<base64>` with a blank between, each HMAC-SHA-256 over `webhook-id`, a full stop,
    /// `webhook-timestamp` in seconds, a full stop and the raw body. The key is what the secret says in base64 after `whsec_`.
    /// Several members are what is sent while a secret is rotated; one that matches is enough. Members of other versions, the
    /// asymmetric `v1a` above all, are not looked at. The names `svix-id`, `svix-timestamp` and `svix-signature` are read too;
    /// where both are there, they have to say the same.
    ///
    /// Nothing else is covered. Signatures are good for 300 seconds either way. An id stays the same when its message is
    /// sent again, so a replay is known by its signature and not by its id: make handlers look at the id.
    ///
    /// An id with a full stop in it is refused, as the specification wants: bytes could be moved between id, time and body. So
    /// are times in any but the one spelling, and lists with anything in them that is no member; the libraries accept all of
    /// that, or some.
    StandardWebhooks, "standard-webhooks"
}

impl HmacScheme for StandardWebhooks {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Standard-Webhooks", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
                .with_key_decoding(KeyDecoding::Base64 { prefix: "whsec_" })
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)));
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signatures) = either(head, &SIGNATURE)? else { return Ok(None) };
        let mut presented = Presented::new(self.key_id.clone());
        let mut signed = false;
        for member in ascii(signatures)?.split(' ') {
            let (version, signature) =
                member.split_once(',').ok_or(Malformed::new("a member of the signatures has no comma"))?;
            if version != "v1" {
                continue;
            }
            if !is_spelled(signature.as_bytes(), Encoding::Base64, 32) {
                return Err(Malformed::new("a signature is not 32 bytes in base64"));
            }
            presented = presented.with_signature(signature.as_bytes())?;
            signed = true;
        }
        if !signed {
            return Err(Malformed::new("there is no signature of the version that is read"));
        }
        let time = either(head, &TIMESTAMP)?.ok_or(Malformed::new("there is no time beside the signature"))?;
        Ok(Some(presented.with_created(unix_seconds(ascii(time)?)?)))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let id = ascii(either(head, &ID)?.ok_or(Malformed::new("there is no id beside the signature"))?)?;
        if id.is_empty() || id.contains('.') {
            return Err(Malformed::new("the id is empty, or has a full stop in it"));
        }
        let created = presented.created().ok_or(Malformed::new("there is no time"))?;
        let mut base = SignatureBase::new();
        base.push_literal(id);
        base.push_literal(".");
        base.push(Coverage::CREATED, spell_seconds(created)?);
        base.push_literal(".");
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        for names in [ID, TIMESTAMP, SIGNATURE] {
            head.headers.remove(&names[1]);
        }
        if !head.headers.contains_key(&ID[0]) {
            let id = u128::from_be_bytes(*intent.nonce());
            head.headers.insert(&ID[0], field(format!("msg_{id:032x}"))?);
        }
        head.headers.insert(&TIMESTAMP[0], field(spell_seconds(intent.now())?)?);
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(&SIGNATURE[0], field(format!("v1,{signature}"))?);
        Ok(())
    }
}

/// The value under either name.
fn either<'h>(head: &SignedHead<'h>, names: &[HeaderName; 2]) -> Result<Option<&'h HeaderValue>, Malformed> {
    match (head.single(&names[0])?, head.single(&names[1])?) {
        (Some(one), Some(other)) if one != other => Err(Malformed::several()),
        (one, other) => Ok(one.or(other)),
    }
}

const ID: [HeaderName; 2] = [HeaderName::from_static("webhook-id"), HeaderName::from_static("svix-id")];
const TIMESTAMP: [HeaderName; 2] =
    [HeaderName::from_static("webhook-timestamp"), HeaderName::from_static("svix-timestamp")];
const SIGNATURE: [HeaderName; 2] =
    [HeaderName::from_static("webhook-signature"), HeaderName::from_static("svix-signature")];
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 2] = SIGNATURE;
