//! Akamai EdgeGrid: `EG1-HMAC-SHA256`, with a key for each time.

mod credentials;

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, Method};

use self::credentials::{NAME, Signed, spell_time, time};
use super::text::{ascii, credentials, field, key_id};
use super::url::push_origin_between;
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, KeySteps, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};

/// Akamai EdgeGrid (source: Akamai's documentation "Authentication", and `edgegrid-python` 2.0.9).
///
/// `Authorization: EG1-HMAC-SHA256 client_token=…;access_token=…;timestamp=…;nonce=…;signature=…`: base64 of HMAC-SHA-256 over
/// method, scheme, host, target, [the fields that are signed](Self::with_signed_fields), the body's SHA-256 in base64, and
/// the credentials up to the signature, with tabs between. Its key is the spelled MAC of the time. The key id is the client
/// token; the access token is signed, and what it stands for is the application's to find out.
///
/// Akamai's clients put a digest of the body there only for `POST`, and only of its first 131,072 bytes. Here all of a body is
/// covered or it is refused: one of another method, and one that is longer than [said](Self::with_longest_body). So the
/// whole body is read before anything is judged.
///
/// Signatures are good for 300 seconds, and 60 seconds ahead of our clock: Akamai does not say how long it takes them.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use bytes::Bytes;
/// use countersign::hmac::schemes::EdgeGrid;
/// use countersign::{HmacAuthLayer, ManualClock, MemoryStore, Secret};
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower::{Layer, ServiceExt};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new().with_secret("akab-client-token-xxx-xxxxxxxxxxxxxxxx", Secret::new("SOMESECRET")?);
/// let service = HmacAuthLayer::new(EdgeGrid::new(), store)
///     .with_clock(ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)))
///     .with_public_url("https://akaa-baseurl-xxx.luna.akamaiapis.net".parse()?)
///     .layer(tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))));
///
/// // As Akamai's own client signs.
/// let credentials = "EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;\
///     access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx;timestamp=20231114T22:13:20+0000;\
///     nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature=e8G3I6SaxjNte2YPpIQIAx6RcfI3WeNaHd4G76FBJOQ=";
/// let ask = |target| Request::get(target).header("authorization", credentials).body(Full::<Bytes>::default());
/// assert_eq!(service.clone().oneshot(ask("/testapi/v1/t1?p1=1&p2=3")?).await?.status(), 401);
/// assert_eq!(service.oneshot(ask("/testapi/v1/t1?p1=1&p2=2")?).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EdgeGrid {
    fields: Vec<HeaderName>,
    longest_body: usize,
    uncovered_tail: bool,
    access_token: Option<Box<str>>,
}

impl EdgeGrid {
    /// Requests without signed fields, with bodies of 131,072 bytes at most.
    #[must_use]
    pub const fn new() -> Self {
        Self { fields: Vec::new(), longest_body: LONGEST, uncovered_tail: false, access_token: None }
    }

    /// The header fields that are signed where they are there, in this order.
    #[must_use]
    pub fn with_signed_fields(mut self, fields: impl IntoIterator<Item = HeaderName>) -> Self {
        self.fields = fields.into_iter().collect();
        self
    }

    /// The longest body that the API's clients cover, in bytes. A longer one is refused.
    #[must_use]
    pub const fn with_longest_body(mut self, bytes: usize) -> Self {
        self.longest_body = bytes;
        self
    }

    /// Accepts longer bodies too, as Akamai does: whoever is in the middle may change what follows the first 131,072 bytes, or
    /// as many as [said](Self::with_longest_body). Such a body counts as not covered, so that it is refused unless the layer
    /// [demands less](crate::HmacAuthLayer::with_required_components).
    #[must_use]
    pub const fn with_insecure_uncovered_tail(mut self) -> Self {
        self.uncovered_tail = true;
        self
    }

    /// Client: the access token to sign with.
    #[must_use]
    pub fn with_access_token(mut self, token: impl Into<Box<str>>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// What is signed, with this start of the body in place of all of it.
    fn base<'r>(
        &'r self,
        head: &SignedHead<'r>,
        signed: &'r Signed,
        start: Option<&'r [u8]>,
    ) -> Result<SignatureBase<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\t");
        push_origin_between(&mut base, head, "\t")?;
        base.push_literal("\t");
        base.push_path_and_query(head);
        base.push_literal("\t");
        self.push_fields(&mut base, head)?;
        base.push_literal("\t");
        if signed.has_body && head.method() == Method::POST {
            let mut body = SignatureBase::new();
            match start {
                None => body.push_body(),
                Some(start) => body.push_literal(start),
            }
            base.push_digest(DigestAlgorithm::Sha256, Encoding::Base64, body);
        }
        base.push_literal("\t");
        base.push(Coverage::KEY_ID | Coverage::CREATED | Coverage::NONCE, signed.credentials());
        Ok(base)
    }

    fn push_fields<'r>(&'r self, base: &mut SignatureBase<'r>, head: &SignedHead<'r>) -> Result<(), Malformed> {
        let mut between = "";
        for name in &self.fields {
            let Some(value) = head.single(name)? else { continue };
            let words: Vec<_> = ascii(value)?.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            base.push_literal(between);
            base.cover_field(name.as_str());
            base.push_literal(name.as_str());
            base.push_literal(":");
            let covers = if *name == http::header::CONTENT_TYPE { Coverage::CONTENT_TYPE } else { Coverage::NONE };
            base.push(covers, words.join(" "));
            between = "\t";
        }
        Ok(())
    }
}

impl Default for EdgeGrid {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for EdgeGrid {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new(NAME, Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)))
                .with_single_use_nonce()
                .with_credentials_in_body();
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(text) = credentials(head, &CREDENTIALS, NAME)? else { return Ok(None) };
        let (signed, signature) = Signed::read(text)?;
        let presented = Presented::new(key_id(&signed.client_token)?)
            .with_signature(signature.as_bytes())?
            .with_created(time(&signed.timestamp)?)
            .with_nonce(signed.nonce.clone().into_bytes());
        Ok(Some(presented.with_extra(signed)))
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        if body.len() > self.longest_body && !self.uncovered_tail {
            return Err(Malformed::new("the body is longer than what clients cover of it"));
        }
        let signed: Signed = presented.extra().cloned().ok_or(NOTHING)?;
        let mut lengths = vec![self.longest_body, LONGEST];
        lengths.retain(|length| self.uncovered_tail && *length < body.len());
        lengths.dedup();
        let starts = lengths.iter().filter_map(|length| body.get(..*length)).map(<[u8]>::to_vec).collect();
        Ok(presented.with_extra(Signed { has_body: !body.is_empty(), starts, ..signed }))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let signed: &Signed = presented.extra().ok_or(NOTHING)?;
        // One base is the rule: over all of the body.
        let starts = std::iter::once(None).chain(signed.starts.iter().map(|start| Some(&**start)));
        starts.map(|start| self.base(head, signed, start)).collect()
    }

    fn key_steps<'r>(&'r self, presented: &'r Presented) -> Option<KeySteps<'r>> {
        let signed: &Signed = presented.extra()?;
        Some(KeySteps::new(b"", [signed.timestamp.as_bytes()]).with_spelled_keys(Encoding::Base64))
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let access_token =
            self.access_token.as_deref().ok_or(Malformed::new("there is no access token to sign with"))?;
        let signed = Signed {
            client_token: intent.key_id().as_str().to_owned(),
            access_token: access_token.to_owned(),
            timestamp: spell_time(intent.now())?,
            nonce: format!("{:032x}", u128::from_be_bytes(*intent.nonce())),
            has_body: false,
            starts: Vec::new(),
        };
        let presented = Presented::new(intent.key_id().clone()).with_created(intent.now()).with_extra(signed);
        self.parse_body(presented, intent.body())
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let signed: &Signed = presented.extra().ok_or(NOTHING)?;
        head.headers.insert(AUTHORIZATION, field(format!("{}signature={signature}", signed.credentials()))?);
        Ok(())
    }
}

/// How much of a body Akamai's clients cover unless told otherwise, in bytes.
const LONGEST: usize = 131_072;
const NOTHING: Malformed = Malformed::new("nothing is signed");
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::SCHEME)
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::BODY)
    .and(Coverage::CREATED)
    .and(Coverage::NONCE)
    .and(Coverage::KEY_ID);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
