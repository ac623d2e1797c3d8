//! Formats made for tests.

use std::time::{Duration, SystemTime};

use countersign::KeyId;
use countersign::auth::SignedHead;
use countersign::hmac::schemes::Rfc9421;
use countersign::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

/// `X-Mac: <key> <signature>`, over the body and nothing else: what a list of HMAC test vectors is verified with.
#[derive(Clone, Debug)]
pub struct BodyMac(SchemeProfile);

impl BodyMac {
    pub fn new(algorithm: Algorithm) -> Self {
        Self(SchemeProfile::new("Test-Body", algorithm, Encoding::Hex, Coverage::BODY, &CREDENTIALS))
    }
}

impl HmacScheme for BodyMac {
    fn profile(&self) -> &SchemeProfile {
        &self.0
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&MAC).map_err(|_| Malformed::several())? else { return Ok(None) };
        let [key_id, signature] = words(value)?;
        // The length is left to the engine on purpose.
        presented(key_id)?.with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&self, _: &SignedHead<'r>, _: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_body();
        Ok(Bases::from_iter([base]))
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        attach(head, &[presented.key_id().as_str(), signature])
    }
}

/// RFC 9421 by a client that leaves the `Content-Digest` as it is there, right or wrong.
#[derive(Clone, Debug)]
pub struct GivenDigest(Rfc9421);

impl GivenDigest {
    pub const fn of(scheme: Rfc9421) -> Self {
        Self(scheme)
    }
}

impl HmacScheme for GivenDigest {
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
        let there = head.headers["content-digest"].clone();
        let presented = self.0.prepare(head, intent)?;
        head.headers.insert("content-digest", there);
        Ok(presented)
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        self.0.attach(head, presented, signature)
    }
}

/// `X-Mac: <key> <created> <expires or -> <nonce or -> <signature>`, over all of them, the method, the path and the body:
/// a format with time, and with a nonce of its own where it is told so.
#[derive(Clone, Debug)]
pub struct Timed {
    profile: SchemeProfile,
    nonce: bool,
    lifetime: Option<Duration>,
}

impl Timed {
    /// Good for `past` and `future` around the time of signing.
    pub fn new(past: Duration, future: Duration) -> Self {
        let profile =
            SchemeProfile::new("Test-Timed", Algorithm::HmacSha256, Encoding::Hex, Self::COVERS, &CREDENTIALS);
        Self { profile: profile.with_leeway(Leeway::new(past, future)), nonce: false, lifetime: None }
    }

    /// Each request has a random nonce, by which it is known.
    #[must_use]
    pub fn with_nonce(mut self) -> Self {
        self.profile = self.profile.with_single_use_nonce();
        self.nonce = true;
        self
    }

    /// Clients say that their requests are good for so long.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    const COVERS: Coverage = Coverage::METHOD.and(Coverage::PATH).and(Coverage::BODY).and(Coverage::CREATED);
}

/// What of the credentials is signed as it is written.
struct Written(String);

impl HmacScheme for Timed {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&MAC).map_err(|_| Malformed::several())? else { return Ok(None) };
        let [key_id, created, expires, nonce, signature] = words(value)?;
        let written = Written(format!("{created} {expires} {nonce}"));
        let mut presented = presented(key_id)?.with_created(time(created)?).with_extra(written);
        if expires != "-" {
            presented = presented.with_expires(time(expires)?);
        }
        if self.nonce {
            presented = presented.with_nonce(nonce.as_bytes());
        }
        presented.with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let written = presented.extra::<Written>().ok_or(Malformed::new("no time"))?;
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, written.0.as_str());
        base.push_literal("\n");
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\n");
        base.push(Coverage::PATH, head.path());
        base.push_literal("\n");
        base.push_body();
        Ok(Bases::from_iter([base]))
    }

    fn prepare(&self, _: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let created = seconds(intent.now());
        let expires =
            self.lifetime.map_or_else(|| "-".to_owned(), |lifetime| (created + lifetime.as_secs()).to_string());
        let nonce = if self.nonce { u128::from_be_bytes(*intent.nonce()).to_string() } else { "-".to_owned() };
        let written = Written(format!("{created} {expires} {nonce}"));
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()).with_extra(written))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let written = presented.extra::<Written>().ok_or(Malformed::new("no time"))?;
        attach(head, &[presented.key_id().as_str(), &written.0, signature])
    }
}

fn words<const N: usize>(value: &HeaderValue) -> Result<[&str; N], Malformed> {
    let text = value.to_str().map_err(|_| Malformed::new("not ASCII"))?;
    text.split(' ').collect::<Vec<_>>().try_into().map_err(|_| Malformed::new("another number of words"))
}

fn presented(key_id: &str) -> Result<Presented, Malformed> {
    KeyId::new(key_id).map(Presented::new).map_err(|_| Malformed::new("no key"))
}

fn time(text: &str) -> Result<SystemTime, Malformed> {
    let seconds = text.parse().map_err(|_| Malformed::new("no time"))?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or(Malformed::new("no time"))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn attach(head: &mut Parts, words: &[&str]) -> Result<(), Malformed> {
    let value = HeaderValue::try_from(words.join(" ")).map_err(|_| Malformed::new("cannot stand in a field"))?;
    head.headers.insert(MAC, value);
    Ok(())
}

const MAC: HeaderName = HeaderName::from_static("x-mac");
static CREDENTIALS: [HeaderName; 1] = [MAC];
