//! AWS Signature Version 4: in `Authorization`, or in the query.

mod canonical;
mod credential;
mod presigned;

use std::borrow::Cow;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use smallvec::smallvec;

use self::credential::{Credential, Scope};
use super::text::{ascii, basic_date, credentials, field, spell_basic_date};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, KeySteps, Leeway, Malformed,
    Presented, SchemeProfile, SignatureBase,
};

/// AWS Signature Version 4 (sources: AWS's documentation "Signature Version 4 signing process", `botocore` 1.44.5).
///
/// `Authorization: AWS4-HMAC-SHA256 Credential=<key id>/<day>/<region>/<service>/aws4_request, SignedHeaders=…, Signature=<hex>`,
/// and `x-amz-date`. HMAC-SHA-256, under a key that is derived of secret, day, region and service, over the digest of the
/// canonical request: method, path, query in order, the signed fields, and the body's digest. That is the one that
/// `x-amz-content-sha256` claims, which is held against the body, or else our own. Times are good for 300 seconds either way.
/// `host` has to be signed, and `x-amz-security-token` where it is there.
///
/// A body that says `UNSIGNED-PAYLOAD` is not covered, and refused unless the layer is told
/// [otherwise](crate::HmacAuthLayer::with_required_components). Bodies signed in chunks (`STREAMING-…`) are refused. Fields that are
/// not signed are not covered, `content-type` among them.
///
/// The canonical form puts the query in order, decodes and encodes it anew, and takes dots and empty segments out of paths
/// (for `s3` it does not, and does not encode paths once more). What that makes alike without being alike is refused:
/// paths with such segments, escapes that are none, `+`, and values of a repeated name that are not in order. Runs of
/// blanks in a signed field count as one.
///
/// ```
/// use countersign::hmac::schemes::SigV4;
/// use countersign::{HmacAuthLayer, MemoryStore, Secret};
///
/// let store = MemoryStore::new().with_secret("AKIDEXAMPLE", Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?);
/// let layer = HmacAuthLayer::new(SigV4::new("us-east-1", "execute-api"), store);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SigV4 {
    scope: Scope,
    /// Whether credentials in the query are read.
    presigned: bool,
    /// How long what we sign is good, in the query; in a field without it.
    lifetime: Option<Duration>,
    claims_body: bool,
}

impl SigV4 {
    /// Requests to this service in this region. All others are refused.
    #[must_use]
    pub fn new(region: impl Into<Box<str>>, service: impl Into<Box<str>>) -> Self {
        Self { scope: Scope::new(region.into(), service.into()), presigned: false, lifetime: None, claims_body: false }
    }

    /// Reads credentials in the query too: `X-Amz-Signature` and its company. `X-Amz-Expires`, a week at most, only shortens what
    /// the layer allows a signature; whoever wants longer needs a longer [leeway](crate::HmacAuthLayer::with_leeway).
    ///
    /// Such a URL passes once. Turn
    /// [replay protection off](crate::HmacAuthLayer::with_insecure_no_replay_protection) where it has to pass more often. It
    /// stands in logs and histories: whoever reads them has what it gives access to, for as long as it is good.
    #[must_use]
    pub const fn with_presigned_urls(mut self) -> Self {
        self.presigned = true;
        self
    }

    /// Client: signs in the query, good for this long, in whole seconds, a week at most.
    #[must_use]
    pub const fn with_signature_in_query(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Client: says in `x-amz-content-sha256` what the body's digest is, as `s3` wants it, for which it is always said.
    #[must_use]
    pub const fn with_content_sha256(mut self) -> Self {
        self.claims_body = true;
        self
    }

    fn is_s3(&self) -> bool {
        &*self.scope.service == "s3"
    }

    /// Adds the body's digest: claimed, computed, or left out.
    fn push_body<'r>(
        &self,
        base: &mut SignatureBase<'r>,
        head: &SignedHead<'r>,
        in_query: bool,
    ) -> Result<(), Malformed> {
        match head.single(&CONTENT_SHA256)?.map(HeaderValue::as_bytes) {
            None if in_query && self.is_s3() => base.push_literal(UNSIGNED),
            None => {
                let mut body = SignatureBase::new();
                body.push_body();
                base.push_digest(DigestAlgorithm::Sha256, Encoding::Hex, body);
            }
            Some(value) if value == UNSIGNED.as_bytes() => base.push_literal(value),
            Some(hex) if super::text::is_spelled(hex, Encoding::Hex, 32) => {
                base.push_claim(hex, BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, hex));
            }
            Some(_) => return Err(Malformed::new("the body's digest is not 64 lower-case hexadecimal digits")),
        }
        Ok(())
    }
}

/// What is signed, as it was spelled.
struct Signed {
    /// The date, and the names of the fields after it.
    text: Box<str>,
    date_len: usize,
    in_query: bool,
}

impl Signed {
    fn new(date: &str, headers: &str, in_query: bool) -> Self {
        Self { text: [date, headers].concat().into(), date_len: date.len(), in_query }
    }

    fn date(&self) -> &str {
        self.text.get(..self.date_len).unwrap_or_default()
    }

    fn headers(&self) -> &str {
        self.text.get(self.date_len..).unwrap_or_default()
    }
}

impl HmacScheme for SigV4 {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new(NAME, Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)));
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let in_field = credentials(head, &CREDENTIALS, NAME)?;
        let in_query = if self.presigned { presigned::read(head)? } else { None };
        let (credential, date, expires, in_query) = match (in_field, in_query) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(Malformed::several()),
            (Some(text), None) => {
                let date = head.single(&DATE)?.ok_or(Malformed::new("there is no x-amz-date"))?;
                (Credential::read(text)?, ascii(date)?.into(), None, false)
            }
            (None, Some(presigned)) => (presigned.credential, presigned.date, Some(presigned.expires), true),
        };
        let created = basic_date(&date)?;
        let key_id = self.scope.key_id(&credential.key_and_scope, &date)?;
        let mut presented =
            Presented::new(key_id).with_signature(credential.signature.as_bytes())?.with_created(created);
        if let Some(expires) = expires {
            let until = created.checked_add(expires).ok_or(Malformed::new("the time lies too far ahead"))?;
            presented = presented.with_expires(until);
        }
        Ok(Some(presented.with_extra(Signed::new(&date, &credential.headers, in_query))))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let signed: &Signed = presented.extra().ok_or(NOTHING)?;
        let (date, headers) = (signed.date(), signed.headers());
        let names = headers.split(';').count();
        let mut request = SignatureBase::with_room_for(12 + 3 * names);
        request.push(Coverage::METHOD, head.method().as_str());
        request.push_literal("\n");
        canonical::push_path(&mut request, head, self.is_s3())?;
        request.push_literal("\n");
        request.push(Coverage::QUERY, canonical::query(head.query().unwrap_or_default(), signed.in_query)?);
        canonical::push_fields(&mut request, head, headers)?;
        request.push_literal("\n\n");
        request.push_literal(headers);
        request.push_literal("\n");
        self.push_body(&mut request, head, signed.in_query)?;
        let mut base = SignatureBase::new();
        base.push_literal("AWS4-HMAC-SHA256\n");
        base.push(Coverage::CREATED, date);
        base.push_literal("\n");
        base.push_literal(credential::day(date));
        base.push_literal(&*self.scope.after_day);
        base.push_literal("\n");
        base.push_digest(DigestAlgorithm::Sha256, Encoding::Hex, request);
        Ok(smallvec![base])
    }

    fn key_steps<'r>(&'r self, presented: &'r Presented) -> Option<KeySteps<'r>> {
        let signed: &Signed = presented.extra()?;
        let Scope { region, service, .. } = &self.scope;
        let steps = [credential::day(signed.date()), region, service, credential::TERMINATOR];
        Some(KeySteps::new(b"AWS4", steps.map(str::as_bytes)).with_kept_key())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let date = spell_basic_date(intent.now())?;
        let presented = Presented::new(intent.key_id().clone()).with_created(intent.now());
        self.scope.key_id(&self.scope.credential(intent.key_id(), &date), &date)?;
        if let Some(lifetime) = self.lifetime {
            let credential = self.scope.credential(intent.key_id(), &date);
            head.headers.remove(AUTHORIZATION);
            presigned::write(head, &credential, &date, lifetime)?;
            return Ok(presented.with_extra(Signed::new(&date, "host", true)));
        }
        head.headers.insert(DATE, field(&date)?);
        let unsigned = head.headers.get(&CONTENT_SHA256).is_some_and(|value| value == UNSIGNED);
        if !unsigned && (self.claims_body || self.is_s3() || head.headers.contains_key(&CONTENT_SHA256)) {
            let digest = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, "").digest_of(intent.body());
            head.headers.insert(CONTENT_SHA256, field(digest)?);
        }
        Ok(presented.with_extra(Signed::new(&date, &canonical::fields_to_sign(head), false)))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let signed: &Signed = presented.extra().ok_or(NOTHING)?;
        if signed.in_query {
            return presigned::attach(head, signature);
        }
        let (credential, headers) = (self.scope.credential(presented.key_id(), signed.date()), signed.headers());
        let value = format!("{NAME} Credential={credential}, SignedHeaders={headers}, Signature={signature}");
        head.headers.insert(AUTHORIZATION, field(value)?);
        Ok(())
    }
}

/// A query, or a form, with its names in order, in one spelling: for formats that do the same.
pub(super) fn canonical_query(query: &str) -> Result<Cow<'_, str>, Malformed> {
    canonical::query(query, false)
}

const NOTHING: Malformed = Malformed::new("nothing is signed");
const NAME: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
