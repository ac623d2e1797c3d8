//! Twilio's requests: `X-Twilio-Signature` over the URL and the form, or over a URL that has the body's digest in it.

use countersign_core::KeyId;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::text::{ascii, field, is_spelled, key_id};
use super::url::{default_port, host_and_port, origin};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Malformed, Presented,
    SchemeProfile, SignatureBase,
};

/// Requests of Twilio (source: Twilio's documentation "Webhooks security", `twilio` 9.13.0 for Python and 6.2.0 for Node).
///
/// `X-Twilio-Signature`: base64 of HMAC-SHA-1 over the URL and, for forms, the decoded fields sorted by name, each name and value
/// with nothing between. For other bodies the URL's query has their digest, `bodySHA256`. The URL is the one that Twilio
/// called: behind a proxy that changes scheme, host or path, say it with
/// [`with_public_url`](crate::HmacAuthLayer::with_public_url). It is tried with and without its port, since Twilio is not of one
/// mind there.
///
/// Keys of the newer kind sign with HMAC-SHA-256 and say so beside the signature, `X-Twilio-Webhooks-Signature-Settings:
/// key=<id>,algorithm=HMAC_SHA256`; the store is asked for that key id. Without that field the key is the account's auth token,
/// key id `twilio`, or the one [given](Self::with_key_id). [`with_sha256_alone`](Self::with_sha256_alone) refuses those.
///
/// Neither method nor time is covered, and a body that is neither a form nor has its digest in the URL is refused. Replay
/// protection is off until [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to
/// remember. In a form, nothing delimits names from values, or the first name from the URL: whoever sees a request can make
/// others of it by moving letters between them. That is inherent.
#[derive(Clone, Debug)]
pub struct Twilio {
    profile: &'static SchemeProfile,
    key_id: KeyId,
}

impl Twilio {
    /// Requests that are signed with the account's auth token, or with a newer key.
    #[must_use]
    pub fn new() -> Self {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Twilio", Algorithm::HmacSha1, Encoding::Base64, COVERS, &CREDENTIALS)
                .with_accepted_algorithm(Algorithm::HmacSha256);
        Self { profile: &PROFILE, key_id: KeyId::new("twilio").expect("six bytes make a key id") }
    }

    /// Refuses HMAC-SHA-1, and with it the account's auth token.
    #[must_use]
    pub fn with_sha256_alone(mut self) -> Self {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Twilio", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS);
        self.profile = &PROFILE;
        self
    }

    /// The key id of the account's auth token.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = key_id;
        self
    }
}

impl Default for Twilio {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for Twilio {
    fn profile(&self) -> &SchemeProfile {
        self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        let (key_id, algorithm, bytes) = match head.single(&SETTINGS)? {
            None => (self.key_id.clone(), Algorithm::HmacSha1, 20),
            Some(settings) => (settings_key(ascii(settings)?)?, Algorithm::HmacSha256, 32),
        };
        if !is_spelled(signature.as_bytes(), Encoding::Base64, bytes) {
            return Err(Malformed::new("the signature is not base64 of the algorithm's length"));
        }
        Ok(Some(Presented::new(key_id).with_signature(signature.as_bytes())?.with_algorithm(algorithm)))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let (scheme, authority) = origin(head)?;
        let (host, port) = host_and_port(authority);
        let other = if port.is_some() { None } else { Some(default_port(scheme)) };
        let is_form = is_form(head)?;
        let digest = if is_form { None } else { Digest::of(head)? };
        let base = |port: Option<&'r str>| {
            let mut base = SignatureBase::new();
            base.push(Coverage::SCHEME, scheme);
            base.push_literal("://");
            base.push(Coverage::AUTHORITY, host);
            base.push(Coverage::AUTHORITY, port.map(|port| [":", port].concat()).unwrap_or_default());
            match &digest {
                None => base.push_path_and_query(head),
                Some(Digest { before, hex, after }) => {
                    base.push_path(head);
                    base.push_literal("?");
                    base.push(Coverage::QUERY, *before);
                    base.push_claim(*hex, BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, *hex));
                    base.push(Coverage::QUERY, *after);
                }
            }
            if is_form {
                base.push_sorted_form();
            }
            base
        };
        Ok([base(port), base(other)].into_iter().collect())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let presented = Presented::new(intent.key_id().clone());
        if self.profile.algorithm == Algorithm::HmacSha1 {
            head.headers.remove(SETTINGS);
            return Ok(presented.with_algorithm(Algorithm::HmacSha1));
        }
        let settings = format!("key={},algorithm=HMAC_SHA256", intent.key_id().as_str());
        settings_key(&settings)?;
        head.headers.insert(SETTINGS, field(settings)?);
        Ok(presented.with_algorithm(Algorithm::HmacSha256))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, field(signature)?);
        Ok(())
    }
}

/// The key of `key=<id>,algorithm=HMAC_SHA256`: no other algorithm is spelled there, or read.
fn settings_key(settings: &str) -> Result<KeyId, Malformed> {
    let (mut key, mut algorithm) = (None, None);
    for member in settings.split(',') {
        let twice = match member.trim_matches(' ').split_once('=') {
            Some(("key", id)) => key.replace(id).is_some(),
            Some(("algorithm", name)) => algorithm.replace(name).is_some(),
            _ => return Err(Malformed::new("the signature settings are not key and algorithm")),
        };
        if twice {
            return Err(Malformed::new("a signature setting occurs twice"));
        }
    }
    match (key, algorithm) {
        (Some(key), Some("HMAC_SHA256")) => key_id(key),
        _ => Err(Malformed::new("the signature settings are not a key and HMAC_SHA256")),
    }
}

fn is_form(head: &SignedHead<'_>) -> Result<bool, Malformed> {
    let Some(value) = head.single(&CONTENT_TYPE)? else { return Ok(false) };
    let media_type = ascii(value)?.split(';').next().unwrap_or_default();
    Ok(media_type.trim_matches([' ', '\t']).eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The one `bodySHA256` of a query, and what stands around it.
struct Digest<'r> {
    before: &'r str,
    hex: &'r str,
    after: &'r str,
}

impl<'r> Digest<'r> {
    fn of(head: &SignedHead<'r>) -> Result<Option<Self>, Malformed> {
        let query = head.query().unwrap_or_default();
        let mut starts = query.match_indices(NAME).map(|(at, _)| at);
        let mut starts =
            starts.by_ref().filter(|at| *at == 0 || query.get(..*at).is_some_and(|before| before.ends_with('&')));
        let Some(at) = starts.next() else { return Ok(None) };
        if starts.next().is_some() {
            return Err(Malformed::new("the query has two digests of the body"));
        }
        let bad = Malformed::new("the digest of the body is not 64 lower-case hexadecimal digits");
        let (before, rest) = query.split_at_checked(at + NAME.len()).ok_or(bad)?;
        let (hex, after) = rest.split_at_checked(64).ok_or(bad)?;
        let ends = after.is_empty() || after.starts_with('&');
        match is_spelled(hex.as_bytes(), Encoding::Hex, 32) && ends {
            true => Ok(Some(Self { before, hex, after })),
            false => Err(bad),
        }
    }
}

const NAME: &str = "bodySHA256=";
const COVERS: Coverage =
    Coverage::SCHEME.and(Coverage::AUTHORITY).and(Coverage::PATH).and(Coverage::QUERY).and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const SETTINGS: HeaderName = HeaderName::from_static("x-twilio-webhooks-signature-settings");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
