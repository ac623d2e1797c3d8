//! HubSpot's requests, version 3: `X-HubSpot-Signature-v3` beside `X-HubSpot-Request-Timestamp`.

use std::time::Duration;

use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{ascii, field, is_spelled, spell_milliseconds, unix_milliseconds};
use super::url::push_origin;
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Requests of HubSpot, signature version 3 (source: HubSpot's documentation "Validating requests", and
    /// `@hubspot/api-client` 13.5.0).
    ///
    /// `X-HubSpot-Signature-v3`: base64 of HMAC-SHA-256 over method, URL, body and the milliseconds of
    /// `X-HubSpot-Request-Timestamp`, with nothing between. The URL is the one that HubSpot called: behind a proxy that changes
    /// scheme, host or path, say it with [`with_public_url`](crate::HmacAuthLayer::with_public_url). Signatures are good for 300
    /// seconds, and 60 seconds ahead of our clock; HubSpot's library accepts any time ahead.
    ///
    /// Nothing is delimited, so whoever sees a request can move the seam between URL and body, and the signature still fits. What
    /// has bytes in its URL that no URL has is refused; thus no beginning of a JSON object or array can be moved into
    /// it. What is left is inherent: the end of a URL can be moved before the body, which is no JSON then, and a body that is
    /// not JSON can be moved into the URL. Accept JSON alone.
    ///
    /// HubSpot's documentation wants some escapes in the URL decoded before it is signed (`%2F`, `%3F` and others), and its
    /// library does not: URLs that have them are refused.
    HubSpot, "hubspot"
}

impl HmacScheme for HubSpot {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("HubSpot", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)))
                .with_reference_leeway(Leeway::new(Duration::from_secs(300), Duration::MAX));
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        if !is_spelled(signature.as_bytes(), Encoding::Base64, 32) {
            return Err(Malformed::new("the signature is not 32 bytes in base64"));
        }
        let time = ascii(head.single(&TIMESTAMP)?.ok_or(Malformed::new("there is no time beside the signature"))?)?;
        // The last 13 bytes of what is signed: their number is fixed, or digits could be moved to the body's end.
        if time.len() != 13 {
            return Err(Malformed::new("the time does not have 13 digits"));
        }
        let presented = Presented::new(self.key_id.clone()).with_signature(signature.as_bytes())?;
        Ok(Some(presented.with_created(unix_milliseconds(time)?)))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let created = presented.created().ok_or(Malformed::new("there is no time"))?;
        let method = head.method().as_str();
        if !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Malformed::new("the method has other than capital letters"));
        }
        let target = [head.path_prefix(), head.path(), head.query().unwrap_or_default()];
        if !target.iter().all(|part| part.bytes().all(stands_in_urls)) {
            return Err(Malformed::new("the URL has bytes that no URL has"));
        }
        if target.iter().any(|part| has_disputed_escape(part)) {
            return Err(Malformed::new("the URL has an escape that may have been decoded before it was signed"));
        }
        let mut base = SignatureBase::new();
        base.push(Coverage::METHOD, method);
        push_origin(&mut base, head)?;
        base.push_path_and_query(head);
        base.push_body();
        base.push(Coverage::CREATED, spell_milliseconds(created)?);
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let time = spell_milliseconds(intent.now())?;
        let presented = Presented::new(intent.key_id().clone()).with_created(unix_milliseconds(&time)?);
        head.headers.insert(TIMESTAMP, field(time)?);
        Ok(presented)
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, field(signature)?);
        Ok(())
    }
}

/// RFC 3986 §3.3 and §3.4: `pchar`, `/` and `?`.
const fn stands_in_urls(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'/'
                | b'?'
                | b'%'
        )
}

fn has_disputed_escape(text: &str) -> bool {
    let mut escapes = text.split('%').skip(1).map(|rest| rest.get(..2).unwrap_or_default());
    escapes.any(|escape| DISPUTED.iter().any(|disputed| escape.eq_ignore_ascii_case(disputed)))
}

const DISPUTED: [&str; 12] = ["3A", "2F", "3F", "40", "21", "24", "27", "28", "29", "2A", "2C", "3B"];
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::SCHEME)
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::BODY)
    .and(Coverage::CREATED);
const SIGNATURE: HeaderName = HeaderName::from_static("x-hubspot-signature-v3");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-hubspot-request-timestamp");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
