//! Kong's hmac-auth: the message lists what is signed and names its algorithm; `Digest` is a claim on the body.

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::header::{AUTHORIZATION, DATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use std::time::Duration;

use crate::harness::{Covered, Vector, assert_covered, send, vector, vectors};
use crate::text::{Parameters, http_date, joined, spell_http_date};

struct Kong {
    profile: SchemeProfile,
    /// What the client signs.
    headers: String,
}

static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
const DIGEST: HeaderName = HeaderName::from_static("digest");
const COVERS: Coverage =
    Coverage::METHOD.and(Coverage::PATH).and(Coverage::QUERY).and(Coverage::CREATED).and(Coverage::BODY);
const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("hmac-sha1", Algorithm::HmacSha1),
    ("hmac-sha256", Algorithm::HmacSha256),
    ("hmac-sha384", Algorithm::HmacSha384),
    ("hmac-sha512", Algorithm::HmacSha512),
];

impl Kong {
    fn new(headers: &str) -> Self {
        let profile = SchemeProfile::new("hmac", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
            .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)))
            .with_accepted_algorithm(Algorithm::HmacSha384)
            .with_accepted_algorithm(Algorithm::HmacSha512);
        Self { profile, headers: headers.to_owned() }
    }

    fn with_sha1(mut self) -> Self {
        self.profile = self.profile.with_accepted_algorithm(Algorithm::HmacSha1);
        self
    }
}

struct Signed {
    headers: String,
}

impl HmacScheme for Kong {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&AUTHORIZATION)? else { return Ok(None) };
        let Some(parameters) = value.to_str().ok().and_then(|value| value.strip_prefix("hmac ")) else {
            return Ok(None);
        };
        let parameters = Parameters::read(parameters)?;
        let key_id = KeyId::new(parameters.want("username")?.to_owned()).map_err(|_| Malformed::new("not a key id"))?;
        let named = parameters.want("algorithm")?;
        let algorithm = ALGORITHMS.iter().find(|(name, _)| *name == named).ok_or(Malformed::new("what algorithm"))?.1;
        let mut presented = Presented::new(key_id)
            .with_signature(parameters.want("signature")?.as_bytes())?
            .with_algorithm(algorithm)
            .with_extra(Signed { headers: parameters.want("headers")?.to_owned() });
        if let Some(date) = head.single(&DATE)? {
            presented = presented.with_created(http_date(date.to_str().map_err(|_| Malformed::new("not ASCII"))?)?);
        }
        Ok(Some(presented))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { headers } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let mut base = SignatureBase::new();
        for (index, name) in headers.split(' ').enumerate() {
            if index > 0 {
                base.push_literal("\n");
            }
            match name {
                "request-line" => {
                    base.push(Coverage::METHOD, head.method().as_str());
                    base.push_literal(" ");
                    base.push_path_and_query(head);
                    base.push_literal(" HTTP/1.1");
                }
                "@request-target" => {
                    base.push_literal("@request-target: ");
                    base.push(Coverage::METHOD, head.method().as_str().to_ascii_lowercase());
                    base.push_literal(" ");
                    base.push_path_and_query(head);
                }
                name => {
                    base.push_literal([name, ":"].concat());
                    let field = HeaderName::try_from(name).map_err(|_| Malformed::new("not a field name"))?;
                    let Some(value) = joined(head, &field) else { continue };
                    base.push_literal(" ");
                    match field.as_str() {
                        "date" => base.push(Coverage::CREATED, value),
                        "host" => base.push(Coverage::AUTHORITY, value),
                        "digest" => {
                            let digest = value.strip_prefix(b"SHA-256=").ok_or(Malformed::new("not SHA-256"))?;
                            let claim = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, digest.to_vec());
                            base.push_claim(value, claim);
                        }
                        _ => base.push_literal(value),
                    }
                }
            }
        }
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let date = HeaderValue::try_from(spell_http_date(intent.now())).map_err(|_| Malformed::new("no date"))?;
        head.headers.insert(DATE, date);
        let claim = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, "");
        if self.headers.contains("digest") {
            let value = HeaderValue::try_from(format!("SHA-256={}", claim.digest_of(intent.body())));
            head.headers.insert(DIGEST, value.map_err(|_| Malformed::new("no digest"))?);
        }
        Ok(Presented::new(intent.key_id().clone()).with_extra(Signed { headers: self.headers.clone() }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let (username, headers) = (presented.key_id().as_str(), &self.headers);
        let value = format!(
            "hmac username=\"{username}\", algorithm=\"hmac-sha256\", headers=\"{headers}\", signature=\"{signature}\""
        );
        let value = HeaderValue::try_from(value).map_err(|_| Malformed::new("not a field value"))?;
        head.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

fn unknown_to_store(vector: &Vector) -> bool {
    vector.expect == "invalid:unknown_key"
}

/// As Kong is configured for each vector: what it does not enforce need not be covered.
#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("kong-hmac-auth") {
        let layer = vector.layer(Kong::new("").with_sha1());
        let layer = match vector.json["conf"]["enforce_headers"].is_array() {
            true => layer.with_required_components(Coverage::METHOD | Coverage::PATH | Coverage::QUERY),
            false => layer.with_insecure_reference_policy(),
        };
        // Parameters have no order (RFC 9110 §11.4).
        let expected = match vector.is_valid() || vector.expect == "policy:parameter_order" {
            true => Ok(()),
            false if unknown_to_store(&vector) => Err(AuthErrorKind::UnknownKey),
            false => Err(vector.refusal()),
        };
        assert_eq!(send(layer, &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn what_the_sender_left_out_is_refused_unless_told_otherwise() {
    for vector in vectors("kong-hmac-auth").into_iter().filter(Vector::is_valid) {
        let expected = match &*vector.id {
            "digest" => Ok(()),
            "sha1" => Err(AuthErrorKind::MalformedCredentials),
            _ => Err(AuthErrorKind::InsufficientCoverage),
        };
        assert_eq!(send(vector.layer(Kong::new("")), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn an_algorithm_is_accepted_from_the_servers_list_alone() {
    let vector = vector("kong-hmac-auth", "sha1");
    let layer = |scheme| vector.layer(scheme).with_insecure_reference_policy();
    assert_eq!(send(layer(Kong::new("")), &vector.request).await, Err(AuthErrorKind::MalformedCredentials));
    assert_eq!(send(layer(Kong::new("").with_sha1()), &vector.request).await, Ok(()));
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    for (id, headers) in
        [("digest", "date request-line digest"), ("request-target", "date @request-target"), ("date-only", "date")]
    {
        let vector = vector("kong-hmac-auth", id);
        let signed = vector.signed_anew(&Kong::new(headers), &["authorization"]);
        assert_eq!(signed.headers(), vector.request.headers(), "{id}");
    }
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let vectors = [vector("kong-hmac-auth", "digest")];
    let parts = [
        Covered::Method,
        Covered::Path,
        Covered::Query,
        Covered::Header("date"),
        Covered::Header("digest"),
        Covered::Header("authorization"),
        Covered::Body,
    ];
    assert_covered(&vectors, |vector| vector.layer(Kong::new("")), &parts).await;
}

/// The list is short, what it names is long: the sum is what has to be hashed for every live secret.
#[tokio::test]
async fn a_list_that_names_a_long_field_again_and_again_is_refused() {
    for (times, expected) in [(100, Ok(())), (1000, Err(AuthErrorKind::MalformedCredentials))] {
        let headers = ["x-long"; 1000][..times].join(" ");
        let mut vector = vector("kong-hmac-auth", "date-only");
        vector.request.headers_mut().insert("x-long", "x".repeat(1000).parse().unwrap());
        let scheme = || Kong::new(&headers);
        let signed = vector.signed_anew(&scheme(), &["authorization"]);
        assert_eq!(send(vector.layer(scheme()).with_insecure_reference_policy(), &signed).await, expected);
    }
}
