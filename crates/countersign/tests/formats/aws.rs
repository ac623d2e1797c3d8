//! AWS Signature Version 4: a derived key, a digest within a digest, and the body's digest claimed or computed.

use std::borrow::Cow;
use std::time::Duration;

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, KeySteps, Leeway, Malformed,
    Presented, SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::harness::{Covered, Vector, assert_covered, send, vector, vectors};
use crate::text::{basic_date, is_lower_hex, joined, spell_basic_date};

struct SigV4 {
    region: &'static str,
    service: String,
    /// Whether the client says in a field what the body's digest is.
    claims_body: bool,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("AWS4-HMAC-SHA256", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)));
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

struct Signed {
    date: String,
    headers: String,
}

impl SigV4 {
    fn canonical_request<'r>(&self, head: &SignedHead<'r>, signed: &'r str) -> Result<SignatureBase<'r>, Malformed> {
        if head.path().split('/').any(|segment| matches!(segment, "." | "..")) || head.path().contains("//") {
            return Err(Malformed::new("the path is not normalised"));
        }
        let mut base = SignatureBase::new();
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\n");
        for path in [head.path_prefix(), head.path()] {
            base.push(Coverage::PATH, Cow::from(percent_encode(path.as_bytes(), PATH)));
        }
        base.push_literal("\n");
        base.push(Coverage::QUERY, canonical_query(head.query().unwrap_or_default()));
        base.push_literal("\n");
        for name in signed.split(';') {
            let field = HeaderName::try_from(name).map_err(|_| Malformed::new("not a field name"))?;
            let value = match name {
                "host" => head.authority().map(|authority| Cow::Borrowed(authority.as_bytes())),
                _ => joined(head, &field),
            };
            let value = value.ok_or(Malformed::new("a signed field is missing"))?;
            let covers = match field.as_str() {
                "host" => Coverage::AUTHORITY,
                "x-amz-date" => Coverage::CREATED,
                "content-type" => Coverage::CONTENT_TYPE,
                _ => Coverage::NONE,
            };
            base.push_literal([name, ":"].concat());
            base.push(covers, value);
            base.push_literal("\n");
        }
        base.push_literal("\n");
        base.push_literal(signed);
        base.push_literal("\n");
        match head.single(&CONTENT_SHA256)?.map(HeaderValue::as_bytes) {
            None => base.push_digest(DigestAlgorithm::Sha256, Encoding::Hex, {
                let mut body = SignatureBase::new();
                body.push_body();
                body
            }),
            Some(unsigned @ b"UNSIGNED-PAYLOAD") => base.push_literal(unsigned),
            Some(hex) => base.push_claim(hex, BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, hex)),
        }
        Ok(base)
    }
}

impl HmacScheme for SigV4 {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&AUTHORIZATION)? else { return Ok(None) };
        let Some(parameters) = value.to_str().ok().and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 ")) else {
            return Ok(None);
        };
        let mut parameters = parameters.split(", ");
        let mut parameter = |name: &str| {
            let value = parameters.next().and_then(|item| item.strip_prefix(name)?.strip_prefix('='));
            value.ok_or(Malformed::new("not Credential, SignedHeaders and Signature"))
        };
        let (credential, headers, signature) =
            (parameter("Credential")?, parameter("SignedHeaders")?, parameter("Signature")?);
        let date = head.single(&DATE)?.and_then(|date| date.to_str().ok()).ok_or(Malformed::new("no x-amz-date"))?;
        let created = basic_date(date)?;
        let scope: Vec<_> = credential.split('/').collect();
        let &[key, day, region, service, "aws4_request"] = scope.as_slice() else {
            return Err(Malformed::new("the credential is not key, date, region, service and aws4_request"));
        };
        if (Some(day), region, service) != (date.get(..8), self.region, self.service.as_str()) {
            return Err(Malformed::new("the scope is another's"));
        }
        if !headers.split(';').is_sorted_by(|one, other| one < other) || !is_lower_hex(signature, 64) {
            return Err(Malformed::new("the signed fields are not in order, or the signature is not hexadecimal"));
        }
        let key_id = KeyId::new(key.to_owned()).map_err(|_| Malformed::new("not a key id"))?;
        let signed = Signed { date: date.to_owned(), headers: headers.to_owned() };
        Presented::new(key_id)
            .with_signature(signature.as_bytes())
            .map(|presented| Some(presented.with_created(created).with_extra(signed)))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { date, headers } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let mut base = SignatureBase::new();
        base.push_literal("AWS4-HMAC-SHA256\n");
        base.push(Coverage::CREATED, date);
        base.push_literal("\n");
        for part in [date.get(..8).unwrap_or_default(), self.region, &self.service] {
            base.push_literal(part);
            base.push_literal("/");
        }
        base.push_literal("aws4_request\n");
        base.push_digest(DigestAlgorithm::Sha256, Encoding::Hex, self.canonical_request(head, headers)?);
        Ok([base].into_iter().collect())
    }

    fn key_steps<'r>(&'r self, presented: &'r Presented) -> Option<KeySteps<'r>> {
        let Signed { date, .. } = presented.extra()?;
        let scope = [date.get(..8)?, self.region, &self.service, "aws4_request"];
        Some(KeySteps::new(b"AWS4", scope.map(str::as_bytes)))
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let bad = |_| Malformed::new("not a field value");
        let date = spell_basic_date(intent.now());
        head.headers.insert(DATE, HeaderValue::try_from(&date).map_err(bad)?);
        if self.claims_body {
            let digest = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Hex, "").digest_of(intent.body());
            head.headers.insert(CONTENT_SHA256, HeaderValue::try_from(digest).map_err(bad)?);
        }
        let is_signed = |name: &&str| matches!(*name, "host" | "content-type") || name.starts_with("x-amz-");
        let mut headers: Vec<_> = head.headers.keys().map(HeaderName::as_str).filter(is_signed).collect();
        headers.sort_unstable();
        Ok(Presented::new(intent.key_id().clone())
            .with_created(intent.now())
            .with_extra(Signed { date, headers: headers.join(";") }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { date, headers } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let (key, day) = (presented.key_id().as_str(), date.get(..8).unwrap_or_default());
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={key}/{day}/{}/{}/aws4_request, SignedHeaders={headers}, Signature={signature}",
            self.region, self.service
        );
        let value = HeaderValue::try_from(value).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Encoded once more: of a path that is encoded already, each `%` becomes `%25`.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

fn canonical_query(query: &str) -> String {
    let encode = |text: &str| {
        let decoded: Vec<_> = percent_decode_str(text).collect();
        percent_encode(&decoded, UNRESERVED).to_string()
    };
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| [name, value].join("=")).collect::<Vec<_>>().join("&")
}

fn sigv4(claims_body: bool) -> SigV4 {
    SigV4 { region: "us-east-1", service: "service".to_owned(), claims_body }
}

/// The signature in the query is not read here.
fn header_form() -> impl Iterator<Item = Vector> {
    vectors("aws-sigv4").into_iter().filter(|vector| vector.id != "presigned-query")
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in header_form() {
        let expected = if vector.is_valid() { Ok(()) } else { Err(vector.refusal()) };
        assert_eq!(send(vector.layer(sigv4(false)), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for vector in header_form().filter(|vector| vector.is_valid() && !vector.id.starts_with("edge")) {
        let signed = vector.signed_anew(&sigv4(false), &["authorization", "x-amz-date"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{}", vector.id);
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts = [
        Covered::Method,
        Covered::Authority,
        Covered::Path,
        Covered::Query,
        Covered::Header("x-amz-date"),
        Covered::Header("content-type"),
        Covered::Header("x-amz-security-token"),
        Covered::Header("authorization"),
        Covered::Body,
    ];
    let vectors: Vec<_> = header_form().collect();
    assert_covered(&vectors, |vector| vector.layer(sigv4(false)), &parts).await;
}

#[tokio::test]
async fn a_claimed_digest_is_held_against_the_body() {
    let mut vector = vector("aws-sigv4", "post-utf8");
    vector.request = vector.signed_anew(&sigv4(true), &["authorization", "x-amz-date"]);
    let parts = [Covered::Header("x-amz-content-sha256"), Covered::Body];
    assert_covered(&[vector], |vector| vector.layer(sigv4(true)), &parts).await;
}

#[tokio::test]
async fn a_digest_of_nothing_is_held_against_no_body() {
    let mut vector = vector("aws-sigv4", "session-token");
    vector.request = vector.signed_anew(&sigv4(true), &["authorization", "x-amz-date"]);
    assert_eq!(send(vector.layer(sigv4(true)), &vector.request).await, Ok(()));
    let added = vector.request.clone().map(|_| "added".into());
    assert_eq!(send(vector.layer(sigv4(true)), &added).await, Err(AuthErrorKind::BadSignature));
}

#[tokio::test]
async fn an_unsigned_payload_is_refused_unless_told_otherwise() {
    let mut vector = vector("aws-sigv4", "post-utf8");
    vector.request.headers_mut().insert("x-amz-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    let signed = vector.signed_anew(&sigv4(false), &["authorization", "x-amz-date"]);
    assert_eq!(send(vector.layer(sigv4(false)), &signed).await, Err(AuthErrorKind::InsufficientCoverage));
    let lax = vector.layer(sigv4(false)).with_insecure_reference_policy();
    assert_eq!(send(lax, &signed).await, Ok(()));
}
