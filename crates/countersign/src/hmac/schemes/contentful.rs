//! Contentful's requests: `x-contentful-signature` over method, target, the fields listed, and body.

mod target;

use std::time::Duration;

use countersign_core::KeyId;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use smallvec::smallvec;

use super::text::{ascii, field, field_name, is_spelled, is_token_byte, spell_milliseconds, unix_milliseconds};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// Requests of Contentful (source: Contentful's documentation "Request verification", and `@contentful/node-apps-toolkit`
/// 3.16.1).
///
/// `x-contentful-signature`: hexadecimal HMAC-SHA-256 over method, path and query, the fields that
/// `x-contentful-signed-headers` lists, and the body, a line each. The list has to name itself and
/// `x-contentful-timestamp`, milliseconds. Signatures are good for less than 30 seconds, and 30 seconds ahead of our clock;
/// Contentful's library accepts any time ahead. Whatever field is not in the list is not covered: what may be required of
/// it is [content type and authority](crate::HmacAuthLayer::with_required_components).
///
/// The library leaves out what stands behind a second `?`, signs `/x` and `/x?` alike, and puts fields together as
/// `name:value;name:value`, whatever stands in the values. So a second `?`, an empty query, and a value that looks like
/// two fields are refused, and so is a field that is listed and occurs twice or not at all.
///
/// There is no key id in the request. The store is asked for the key id `contentful`, or the one given.
#[derive(Clone, Debug)]
pub struct Contentful {
    key_id: KeyId,
    decoded_target: bool,
}

impl Contentful {
    /// Requests whose secret has the key id `contentful`.
    #[must_use]
    pub fn new() -> Self {
        Self { key_id: KeyId::new("contentful").expect("a short name is a key id"), decoded_target: false }
    }

    /// Requests whose secret has this key id.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = key_id;
        self
    }

    /// Accepts a signature over the target as it stands in the request, too: the library makes it when it is given a path that
    /// is not escaped yet. The signature for `/a%20b` is good for `/a%2520b` then.
    #[must_use]
    pub const fn with_insecure_decoded_target(mut self) -> Self {
        self.decoded_target = true;
        self
    }

    /// What is signed, with the target written so.
    fn base<'r>(&self, head: &SignedHead<'r>, target: String) -> Result<SignatureBase<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\n");
        base.push(Coverage::PATH.and(Coverage::QUERY), target);
        base.push_literal("\n");
        let list = head.single(&SIGNED_HEADERS)?.ok_or(Malformed::new("there is no list of signed fields"))?;
        let list = ascii(list)?;
        if !list.split(',').is_sorted_by(|one, other| one < other) {
            return Err(Malformed::new("the signed fields are not in order, or one is listed twice"));
        }
        for (index, name) in list.split(',').enumerate() {
            let name = field_name(name)?;
            let value = match name.as_str() {
                "host" => head.authority().map(str::as_bytes),
                _ => head.single(&name)?.map(HeaderValue::as_bytes),
            };
            let value = value.ok_or(Malformed::new("a signed field is missing"))?.trim_ascii();
            if looks_like_two(value) {
                return Err(Malformed::new("the value of a signed field has another field in it"));
            }
            base.push_literal([if index == 0 { "" } else { ";" }, name.as_str(), ":"].concat());
            base.cover_field(name.as_str().to_owned());
            let covers = match name.as_str() {
                "x-contentful-timestamp" => Coverage::CREATED,
                "content-type" => Coverage::CONTENT_TYPE,
                "host" => Coverage::AUTHORITY,
                _ => Coverage::NONE,
            };
            base.push(covers, value);
        }
        for wanted in [SIGNED_HEADERS, TIMESTAMP] {
            if !list.split(',').any(|name| name == wanted) {
                return Err(Malformed::new("the list of signed fields leaves out itself or the time"));
            }
        }
        base.push_literal("\n");
        base.push_body();
        Ok(base)
    }
}

impl Default for Contentful {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for Contentful {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Contentful", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(LESS_THAN_30_SECONDS, Duration::from_secs(30)))
                .with_reference_leeway(Leeway::new(LESS_THAN_30_SECONDS, Duration::MAX));
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        if !is_spelled(signature.as_bytes(), Encoding::Hex, 32) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        let time = ascii(head.single(&TIMESTAMP)?.ok_or(Malformed::new("there is no time beside the signature"))?)?;
        let presented = Presented::new(self.key_id.clone()).with_signature(signature.as_bytes())?;
        Ok(Some(presented.with_created(unix_milliseconds(time)?)))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut bases: Bases<'r> = smallvec![self.base(head, target::canonical(head)?)?];
        if self.decoded_target {
            bases.push(self.base(head, target::as_sent(head))?);
        }
        Ok(bases)
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let time = spell_milliseconds(intent.now())?;
        let presented = Presented::new(intent.key_id().clone()).with_created(unix_milliseconds(&time)?);
        let there = head.headers.keys().filter(|name| is_signed(name)).cloned();
        let names: Vec<HeaderName> = there.chain([SIGNED_HEADERS, TIMESTAMP]).collect();
        let mut names: Vec<_> = names.iter().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let list = field(names.join(","))?;
        head.headers.insert(SIGNED_HEADERS, list);
        head.headers.insert(TIMESTAMP, field(time)?);
        Ok(presented)
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, field(signature)?);
        Ok(())
    }
}

/// What a signer covers: the type of the body, and what says who asks for what.
fn is_signed(name: &HeaderName) -> bool {
    name == CONTENT_TYPE || (name.as_str().starts_with("x-contentful-") && name != SIGNATURE)
}

/// Whether a `;` is followed by what could be the name of a field and a colon.
fn looks_like_two(value: &[u8]) -> bool {
    value.split(|byte| *byte == b';').skip(1).any(|rest| {
        let name = rest.iter().take_while(|byte| is_token_byte(**byte)).count();
        name > 0 && rest.get(name) == Some(&b':')
    })
}

const LESS_THAN_30_SECONDS: Duration = Duration::from_millis(29_999);
const COVERS: Coverage =
    Coverage::METHOD.and(Coverage::PATH).and(Coverage::QUERY).and(Coverage::BODY).and(Coverage::CREATED);
const SIGNATURE: HeaderName = HeaderName::from_static("x-contentful-signature");
const SIGNED_HEADERS: HeaderName = HeaderName::from_static("x-contentful-signed-headers");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-contentful-timestamp");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_a_field_in_it_is_known() {
        for (value, two) in [
            ("a", false),
            ("a;b", false),
            ("application/json; charset=utf-8", false),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0)", false),
            ("a;b:c", true),
            (";b:", true),
            ("a; b:c", false),
            ("a;;b:c", true),
            ("a;:c", false),
        ] {
            assert_eq!(looks_like_two(value.as_bytes()), two, "{value}");
        }
    }
}
