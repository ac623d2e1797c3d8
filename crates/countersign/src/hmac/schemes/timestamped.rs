//! Webhooks that sign `<time><mark><body>`, and nothing else: the time in the field of the signatures, or in one beside it.

use countersign_core::KeyId;
use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use super::text::{ascii, field, is_spelled, spell_seconds, unix_seconds};
use crate::auth::SignedHead;
use crate::hmac::{Bases, Coverage, Encoding, Intent, Malformed, Presented, SignatureBase};

/// One such format. Signatures are HMAC-SHA-256 in lower-case hexadecimal, times seconds since 1970.
pub(super) struct Timestamped {
    /// Where the signatures stand, each after `<version>=`.
    pub(super) signatures: HeaderName,
    pub(super) version: &'static str,
    pub(super) time: Time,
    /// What is signed before the time, and between it and the body.
    pub(super) before: &'static str,
    pub(super) mark: &'static str,
}

/// Where the time stands.
pub(super) enum Time {
    /// Beside any number of signatures, as a member of this name, with this character between members. Members of other
    /// names are left alone: they are signatures of other versions.
    Member(&'static str, char),
    /// In a field of its own, beside one signature.
    Field(HeaderName),
}

impl Timestamped {
    pub(super) fn parse(&self, head: &SignedHead<'_>, key_id: &KeyId) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&self.signatures)? else { return Ok(None) };
        let value = ascii(value)?;
        let mut presented = Presented::new(key_id.clone());
        let time = match &self.time {
            Time::Field(name) => {
                let signature = value.strip_prefix(self.version).and_then(|rest| rest.strip_prefix('='));
                let signature = signature.ok_or(Malformed::new("the signature is not of the version that is read"))?;
                presented = with_signature(presented, signature)?;
                ascii(head.single(name)?.ok_or(Malformed::new("there is no time beside the signature"))?)?
            }
            Time::Member(name, separator) => {
                let (mut time, mut signed) = (None, false);
                for member in value.split(*separator) {
                    let (member, value) = member.split_once('=').ok_or(Malformed::new("a member has no ="))?;
                    if member == *name {
                        if time.replace(value).is_some() {
                            return Err(Malformed::new("there are two times"));
                        }
                    } else if member == self.version {
                        presented = with_signature(presented, value)?;
                        signed = true;
                    }
                }
                time.filter(|_| signed)
                    .ok_or(Malformed::new("the time, or a signature of the version that is read, is missing"))?
            }
        };
        Ok(Some(presented.with_created(unix_seconds(time)?)))
    }

    pub(super) fn bases<'r>(&self, presented: &Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_literal(self.before);
        base.push(Coverage::CREATED, time_of(presented)?);
        base.push_literal(self.mark);
        base.push_body();
        Ok(smallvec![base])
    }

    pub(super) fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let presented = Presented::new(intent.key_id().clone()).with_created(intent.now());
        if let Time::Field(name) = &self.time {
            head.headers.insert(name, field(time_of(&presented)?)?);
        }
        Ok(presented)
    }

    pub(super) fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let version = self.version;
        let value = match &self.time {
            Time::Field(_) => format!("{version}={signature}"),
            Time::Member(name, separator) => format!("{name}={}{separator}{version}={signature}", time_of(presented)?),
        };
        head.headers.insert(&self.signatures, field(value)?);
        Ok(())
    }
}

fn with_signature(presented: Presented, hex: &str) -> Result<Presented, Malformed> {
    if !is_spelled(hex.as_bytes(), Encoding::Hex, 32) {
        return Err(Malformed::new("a signature is not 64 lower-case hexadecimal digits"));
    }
    presented.with_signature(hex.as_bytes())
}

/// The time as it stands in the request: it has one spelling.
fn time_of(presented: &Presented) -> Result<String, Malformed> {
    spell_seconds(presented.created().ok_or(Malformed::new("there is no time"))?)
}

/// Declares a format that does not name its key.
macro_rules! timestamped {
    ($(#[$doc:meta])* $name:ident, $key_id:literal, $format:ident, $profile:ident) => {
        super::keyless::keyless! { $(#[$doc])* $name, $key_id }

        impl crate::hmac::HmacScheme for $name {
            fn profile(&self) -> &crate::hmac::SchemeProfile {
                &$profile
            }

            fn parse(
                &self,
                head: &crate::auth::SignedHead<'_>,
            ) -> Result<Option<crate::hmac::Presented>, crate::hmac::Malformed> {
                $format.parse(head, &self.key_id)
            }

            fn bases<'r>(
                &'r self,
                _head: &crate::auth::SignedHead<'r>,
                presented: &'r crate::hmac::Presented,
            ) -> Result<crate::hmac::Bases<'r>, crate::hmac::Malformed> {
                $format.bases(presented)
            }

            fn prepare(
                &self,
                head: &mut http::request::Parts,
                intent: &crate::hmac::Intent<'_>,
            ) -> Result<crate::hmac::Presented, crate::hmac::Malformed> {
                $format.prepare(head, intent)
            }

            fn attach(
                &self,
                head: &mut http::request::Parts,
                presented: &crate::hmac::Presented,
                signature: &str,
            ) -> Result<(), crate::hmac::Malformed> {
                $format.attach(head, presented, signature)
            }
        }
    };
}

pub(super) use timestamped;
