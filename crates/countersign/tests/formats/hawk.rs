//! Hawk: a payload hash with bytes around the body, a single-use nonce, the port.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, HmacAuthLayer, KeyId, ManualClock, MemoryStore};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

use crate::harness::{Covered, Vector, assert_covered, send, vector, vectors};
use crate::text::{Parameters, seconds_since_1970, unix_seconds};

struct Hawk {
    profile: SchemeProfile,
    digest: DigestAlgorithm,
    /// The nonce to sign with, where a test wants a known one.
    nonce: Option<&'static str>,
}

static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::NONCE)
    .and(Coverage::BODY);

impl Hawk {
    fn new(algorithm: Algorithm, digest: DigestAlgorithm) -> Self {
        let profile = SchemeProfile::new("Hawk", algorithm, Encoding::Base64, COVERS, &CREDENTIALS)
            .with_leeway(Leeway::new(Duration::from_secs(60), Duration::from_secs(60)))
            .with_single_use_nonce();
        Self { profile, digest, nonce: None }
    }

    /// What is claimed of the payload: its digest between its type and a line feed.
    fn claim<'r>(&self, headers: &HeaderMap, hash: &'r str) -> BodyClaim<'r> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        BodyClaim::new(self.digest, Encoding::Base64, hash).with_frame(format!("hawk.1.payload\n{media_type}\n"), "\n")
    }
}

/// The parameters as they were spelled.
#[derive(Default)]
struct Signed {
    ts: String,
    nonce: String,
    hash: String,
    ext: String,
}

impl HmacScheme for Hawk {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&AUTHORIZATION)? else { return Ok(None) };
        let Some(parameters) = value.to_str().ok().and_then(|value| value.strip_prefix("Hawk ")) else {
            return Ok(None);
        };
        let parameters = Parameters::read(parameters)?;
        if parameters.find("app").is_some() || parameters.find("dlg").is_some() {
            return Err(Malformed::new("delegation is not read here"));
        }
        let or_empty = |name| parameters.find(name).unwrap_or_default().to_owned();
        let (ts, nonce) = (parameters.want("ts")?.to_owned(), parameters.want("nonce")?.to_owned());
        let key_id = KeyId::new(parameters.want("id")?.to_owned()).map_err(|_| Malformed::new("not a key id"))?;
        Ok(Some(
            Presented::new(key_id)
                .with_signature(parameters.want("mac")?.as_bytes())?
                .with_created(unix_seconds(&ts)?)
                // Single-use together with its time (Hawk §Replay protection).
                .with_nonce(format!("{ts}\n{nonce}").into_bytes())
                .with_extra(Signed { ts, nonce, hash: or_empty("hash"), ext: or_empty("ext") }),
        ))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { ts, nonce, hash, ext } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let authority = head.authority().ok_or(Malformed::new("no authority"))?;
        let default_port = if head.scheme() == Some("http") { "80" } else { "443" };
        let (host, port) = authority.split_once(':').unwrap_or((authority, default_port));
        let mut base = SignatureBase::new();
        base.push_literal("hawk.1.header\n");
        base.push(Coverage::CREATED, ts);
        base.push_literal("\n");
        base.push(Coverage::NONCE, nonce);
        base.push_literal("\n");
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\n");
        base.push_path_and_query(head);
        base.push_literal("\n");
        base.push(Coverage::AUTHORITY, host.to_ascii_lowercase());
        base.push_literal("\n");
        base.push(Coverage::AUTHORITY, port);
        base.push_literal("\n");
        if !hash.is_empty() {
            base.push_claim(hash, self.claim(head.headers(), hash));
        }
        base.push_literal("\n");
        base.push_literal(ext);
        base.push_literal("\n");
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let nonce =
            self.nonce.map_or_else(|| intent.nonce().iter().map(|b| format!("{b:02x}")).collect(), str::to_owned);
        let hash = match intent.body() {
            [] => String::new(),
            body => self.claim(&head.headers, "").digest_of(body),
        };
        let ts = seconds_since_1970(intent.now()).to_string();
        Ok(Presented::new(intent.key_id().clone()).with_extra(Signed { ts, nonce, hash, ext: String::new() }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { ts, nonce, hash, .. } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let id = presented.key_id().as_str();
        let hash = if hash.is_empty() { String::new() } else { format!("hash=\"{hash}\", ") };
        let value = format!("Hawk mac=\"{signature}\", {hash}id=\"{id}\", ts=\"{ts}\", nonce=\"{nonce}\"");
        let value = HeaderValue::try_from(value).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

/// In Hawk the algorithm belongs to the credentials, not to the message.
fn hawk(vector: &Vector) -> Hawk {
    match vector.json["secret"]["algorithm"].as_str() {
        Some("sha1") => Hawk::new(Algorithm::HmacSha1, DigestAlgorithm::Sha1),
        _ => Hawk::new(Algorithm::HmacSha256, DigestAlgorithm::Sha256),
    }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("hawk") {
        let expected = if vector.is_valid() { Ok(()) } else { Err(vector.refusal()) };
        assert_eq!(send(vector.layer(hawk(&vector)), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in vectors("hawk").into_iter().filter(|vector| vector.is_valid() && !vector.id.starts_with("edge")) {
        let scheme = Hawk { nonce: Some("j4h3g2"), ..hawk(&vector) };
        let signed = vector.signed_anew(&scheme, &["authorization"]);
        assert_eq!(signed.headers()["authorization"], vector.request.headers()["authorization"], "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let layer = |vector: &Vector| vector.layer(hawk(vector));
    let parts = [Covered::Method, Covered::Scheme, Covered::Path, Covered::Query, Covered::Header("authorization")];
    assert_covered(&vectors("hawk"), layer, &parts).await;
    assert_covered(&vectors("hawk"), layer, &[Covered::Authority]).await;
    assert_covered(&vectors("hawk"), layer, &[Covered::Body]).await;
    assert_covered(&[vector("hawk", "edge-60")], layer, &[Covered::Header("content-type")]).await;
}

#[tokio::test]
async fn a_body_without_a_hash_is_refused_and_so_is_one_that_comes_to_a_request_without_one() {
    let vector = vector("hawk", "host-uppercase");
    let request = vector.request.clone().map(|_| "a body".into());
    assert_eq!(send(vector.layer(hawk(&vector)), &request).await, Err(AuthErrorKind::InsufficientCoverage));
}

#[tokio::test]
async fn a_claim_is_held_against_a_body_that_is_not_there() {
    let vector = vector("hawk", "edge-60");
    let taken = vector.request.clone().map(|_| bytes::Bytes::new());
    assert_eq!(send(vector.layer(hawk(&vector)), &taken).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn a_nonce_is_good_once_for_its_time_whatever_is_signed_with_it() {
    let vector = vector("hawk", "post-json-hash");
    let scheme = |nonce| Hawk { nonce: Some(nonce), ..hawk(&vector) };
    let store = MemoryStore::new().with_secret(vector.key_id().as_str(), vector.secret());
    let clock = ManualClock::new(vector.now);
    let layer = HmacAuthLayer::new(scheme(""), store).with_clock(clock);
    let mut other = vector.clone();
    *other.request.uri_mut() = "https://example.com/other".parse().unwrap();
    let mut later = other.clone();
    later.now += Duration::from_secs(1);
    for (vector, nonce, expected) in [
        (&vector, "one", Ok(())),
        (&vector, "one", Err(AuthErrorKind::Replayed)),
        (&other, "one", Err(AuthErrorKind::Replayed)),
        (&other, "two", Ok(())),
        (&later, "one", Ok(())),
    ] {
        let signed = vector.signed_anew(&scheme(nonce), &["authorization"]);
        assert_eq!(send(layer.clone(), &signed).await, expected, "{nonce}");
    }
}
