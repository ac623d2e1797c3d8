//! RFC 9421 with HMAC-SHA-256: the message says what it covers, the server what it must.

use std::borrow::Cow;
use std::time::Duration;

use countersign::auth::SignedHead;
use countersign::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};
use countersign::{AuthErrorKind, KeyId};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::harness::{Covered, Vector, assert_covered, send, vector, vectors};
use crate::text::{joined, seconds_since_1970, unix_seconds};

struct Rfc9421 {
    /// The application whose signature is looked for, among several.
    tag: Option<String>,
    /// What the client covers.
    covering: &'static [&'static str],
    says_created: bool,
}

static PROFILE: SchemeProfile =
    SchemeProfile::new("Signature", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(5)))
        .with_single_use_nonce();
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 2] = [INPUT, SIGNATURE];
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// One member of `Signature-Input`, as it was spelled: `("@method" …);created=…`.
struct Signed {
    input: String,
    components: Vec<String>,
}

impl Signed {
    /// Reads the list of components; the parameters that follow it are returned.
    fn read(input: &str) -> Result<(Self, &str), Malformed> {
        let bad = Malformed::new("the signature input is not a list of components");
        let (list, parameters) = input.strip_prefix('(').and_then(|input| input.split_once(')')).ok_or(bad)?;
        let components: Vec<_> = list.split(' ').filter(|_| !list.is_empty()).map(str::to_owned).collect();
        let mut sorted: Vec<_> = components.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Malformed::several());
        }
        Ok((Self { input: input.to_owned(), components }, parameters))
    }
}

/// Members of a dictionary, at commas that are within neither quotes nor parentheses.
fn members(text: &str) -> Result<Vec<(&str, &str)>, Malformed> {
    let (mut quoted, mut depth, mut start, mut found) = (false, 0_u32, 0, Vec::new());
    for (at, byte) in text.bytes().chain([b',']).enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b',' if at == text.len() || (!quoted && depth == 0) => {
                let member = text[start..at].trim_matches(' ');
                found.push(member.split_once('=').ok_or(Malformed::new("a member has no value"))?);
                start = at + 1;
            }
            _ => {}
        }
    }
    Ok(found)
}

fn parameters(text: &str) -> Result<Vec<(&str, &str)>, Malformed> {
    let read =
        text.split(';').skip(1).map(|item| item.split_once('=').ok_or(Malformed::new("a parameter has no value")));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    let known = |name: &str| matches!(name, "created" | "expires" | "nonce" | "alg" | "keyid" | "tag");
    let twice = read.iter().enumerate().any(|(at, (name, _))| read[..at].iter().any(|(other, _)| other == name));
    match read.iter().all(|(name, _)| known(name)) {
        true if text.is_empty() || text.starts_with(';') => {
            if twice {
                Err(Malformed::several())
            } else {
                Ok(read)
            }
        }
        _ => Err(Malformed::new("a parameter is not known")),
    }
}

fn unquoted(text: &str) -> Result<&str, Malformed> {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.filter(|inner| !inner.contains(['"', '\\'])).ok_or(Malformed::new("not a quoted string"))
}

/// The value of a derived component, and what it stands for.
fn derived<'r>(head: &SignedHead<'r>, component: &str) -> Result<(Coverage, Cow<'r, str>), Malformed> {
    let path = || [head.path_prefix(), head.path()].concat();
    let query = || head.query().map(|query| ["?", query].concat()).unwrap_or_default();
    let scheme = || head.scheme().ok_or(Malformed::new("no scheme"));
    Ok(match component {
        "\"@method\"" => (Coverage::METHOD, head.method().as_str().into()),
        "\"@scheme\"" => (Coverage::SCHEME, scheme()?.into()),
        "\"@authority\"" => {
            let authority = head.authority().ok_or(Malformed::new("no authority"))?.to_ascii_lowercase();
            let default_port = if head.scheme() == Some("http") { ":80" } else { ":443" };
            (Coverage::AUTHORITY, authority.strip_suffix(default_port).unwrap_or(&authority).to_owned().into())
        }
        "\"@path\"" => (Coverage::PATH, path().into()),
        "\"@query\"" => (Coverage::QUERY, ["?", head.query().unwrap_or_default()].concat().into()),
        "\"@request-target\"" => (Coverage::PATH | Coverage::QUERY, (path() + &query()).into()),
        component => {
            let name =
                component.strip_prefix("\"@query-param\";name=").ok_or(Malformed::new("an unknown component"))?;
            let name = unquoted(name)?;
            let pairs =
                head.query().unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            let mut values = pairs.filter(|(other, _)| *other == name).map(|(_, value)| value);
            match (values.next(), values.next()) {
                (Some(value), None) if !value.contains(['%', '+']) => (Coverage::NONE, value.into()),
                _ => return Err(Malformed::new("a query parameter that is not there once")),
            }
        }
    })
}

/// `sha-256=:…:`, one claim for each member.
fn push_content_digest<'r>(base: &mut SignatureBase<'r>, value: &str) -> Result<(), Malformed> {
    for (index, (name, digest)) in members(value)?.into_iter().enumerate() {
        let algorithm = match name {
            "sha-256" => DigestAlgorithm::Sha256,
            "sha-512" => DigestAlgorithm::Sha512,
            _ => return Err(Malformed::new("an unknown digest")),
        };
        let digest = digest.strip_prefix(':').and_then(|digest| digest.strip_suffix(':'));
        let digest = digest.ok_or(Malformed::new("a digest is not between colons"))?.to_owned();
        let spelled = format!("{}{name}=:{digest}:", if index == 0 { "" } else { ", " });
        base.push_claim(spelled, BodyClaim::new(algorithm, Encoding::Base64, digest));
    }
    Ok(())
}

impl HmacScheme for Rfc9421 {
    fn profile(&self) -> &SchemeProfile {
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let (Some(inputs), Some(signatures)) = (head.single(&INPUT)?, head.single(&SIGNATURE)?) else {
            return Ok(None);
        };
        let ascii = |value: &'_ HeaderValue| value.to_str().map(str::to_owned).map_err(|_| Malformed::new("not ASCII"));
        let (inputs, signatures) = (ascii(inputs)?, ascii(signatures)?);
        let mut chosen = None;
        for (label, input) in members(&inputs)? {
            let (signed, rest) = Signed::read(input)?;
            let rest = parameters(rest)?;
            let tag = rest.iter().find(|(name, _)| *name == "tag").map(|(_, tag)| unquoted(tag)).transpose()?;
            if self.tag.is_some() && tag != self.tag.as_deref() {
                continue;
            }
            if chosen.replace((label, signed, rest)).is_some() {
                return Err(Malformed::several());
            }
        }
        let Some((label, signed, rest)) = chosen else { return Ok(None) };
        let mut matching = members(&signatures)?.into_iter().filter(|(other, _)| *other == label);
        let (Some((_, signature)), None) = (matching.next(), matching.next()) else {
            return Err(Malformed::new("the label does not occur once in Signature"));
        };
        let signature = signature.strip_prefix(':').and_then(|signature| signature.strip_suffix(':'));
        let parameter = |name| rest.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        if parameter("alg").is_some_and(|algorithm| algorithm != "\"hmac-sha256\"") {
            return Err(Malformed::new("the algorithm is not hmac-sha256"));
        }
        let key_id = unquoted(parameter("keyid").ok_or(Malformed::new("no key id"))?)?;
        let key_id = KeyId::new(key_id.to_owned()).map_err(|_| Malformed::new("not a key id"))?;
        let signature = signature.ok_or(Malformed::new("the signature is not between colons"))?;
        let mut presented = Presented::new(key_id).with_signature(signature.as_bytes())?;
        if let Some(created) = parameter("created") {
            presented = presented.with_created(unix_seconds(created)?);
        }
        if let Some(expires) = parameter("expires") {
            presented = presented.with_expires(unix_seconds(expires)?);
        }
        if let Some(nonce) = parameter("nonce") {
            presented = presented.with_nonce(unquoted(nonce)?.as_bytes());
        }
        Ok(Some(presented.with_extra(signed)))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let signed: &Signed = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let mut base = SignatureBase::new();
        for component in &signed.components {
            base.push_literal(component);
            base.push_literal(": ");
            if component.starts_with("\"@") {
                let (covers, value) = derived(head, component)?;
                base.push(covers, value);
            } else {
                let bad = Malformed::new("a covered field is missing");
                let field = HeaderName::try_from(unquoted(component)?).map_err(|_| bad)?;
                let value = joined(head, &field).ok_or(bad)?;
                match field.as_str() {
                    "content-digest" => {
                        let value = String::from_utf8(value.into_owned()).map_err(|_| bad)?;
                        push_content_digest(&mut base, &value)?;
                    }
                    "content-type" => base.push(Coverage::CONTENT_TYPE, value),
                    "host" => base.push(Coverage::AUTHORITY, value),
                    _ => base.push_literal(value),
                }
            }
            base.push_literal("\n");
        }
        let said = [(presented.created().is_some(), Coverage::CREATED), (presented.nonce().is_some(), Coverage::NONCE)];
        let covers = said.into_iter().filter(|(said, _)| *said).fold(Coverage::KEY_ID, |all, (_, one)| all | one);
        base.push_literal("\"@signature-params\": ");
        base.push(covers, &signed.input);
        Ok([base].into_iter().collect())
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        if self.covering.contains(&"\"content-digest\"") {
            let claim = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, "");
            let value = HeaderValue::try_from(format!("sha-256=:{}:", claim.digest_of(intent.body())));
            head.headers.insert(CONTENT_DIGEST, value.map_err(|_| Malformed::new("no digest"))?);
        }
        let created = match self.says_created {
            true => format!(";created={}", seconds_since_1970(intent.now())),
            false => String::new(),
        };
        let key_id = intent.key_id();
        let input = format!("({}){created};keyid=\"{key_id}\";alg=\"hmac-sha256\"", self.covering.join(" "));
        Ok(Presented::new(key_id.clone()).with_extra(Signed::read(&input)?.0))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { input, .. } = presented.extra().ok_or(Malformed::new("nothing signed"))?;
        let bad = |_| Malformed::new("not a field value");
        head.headers.insert(INPUT, HeaderValue::try_from(format!("sig1={input}")).map_err(bad)?);
        head.headers.insert(SIGNATURE, HeaderValue::try_from(format!("sig1=:{signature}:")).map_err(bad)?);
        Ok(())
    }
}

const ALL: [&str; 6] =
    ["\"@method\"", "\"@authority\"", "\"@path\"", "\"@query\"", "\"content-type\"", "\"content-digest\""];

fn signing(covering: &'static [&'static str]) -> Rfc9421 {
    Rfc9421 { tag: None, covering, says_created: true }
}

fn verifying(vector: &Vector) -> Rfc9421 {
    Rfc9421 { tag: vector.json["expect_tag"].as_str().map(str::to_owned), ..signing(&ALL) }
}

/// Those that cover too little of their request for the default policy.
const LAX: [&str; 5] =
    ["no-components", "absent-query", "multi-signature-tag-app", "rfc9421-B.2.5", "component-dropped"];

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    for vector in vectors("rfc9421-hmac-sha256") {
        let lax = vector.layer(verifying(&vector)).with_insecure_reference_policy();
        let valid = vector.is_valid() || vector.expect.starts_with("policy:");
        let verdict = if valid { Ok(()) } else { Err(vector.refusal()) };
        assert_eq!(send(lax, &vector.request).await, verdict, "{}", vector.id);
        let expected = if LAX.contains(&&*vector.id) { Err(AuthErrorKind::InsufficientCoverage) } else { verdict };
        assert_eq!(send(vector.layer(verifying(&vector)), &vector.request).await, expected, "{}", vector.id);
    }
}

#[tokio::test]
async fn signing_makes_the_bytes_of_the_vectors() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    let signed = vector.signed_anew(&signing(&ALL), &["content-digest", "signature-input", "signature"]);
    assert_eq!(signed.headers(), vector.request.headers());
}

#[tokio::test]
async fn a_change_in_anything_covered_is_refused() {
    let parts = [
        Covered::Method,
        Covered::Authority,
        Covered::Path,
        Covered::Query,
        Covered::Header("content-type"),
        Covered::Header("content-digest"),
        Covered::Body,
    ];
    let vectors = [vector("rfc9421-hmac-sha256", "post-digest")];
    assert_covered(&vectors, |vector| vector.layer(verifying(vector)), &parts).await;
    let vectors = [vector("rfc9421-hmac-sha256", "all-derived")];
    let parts = [Covered::Scheme, Covered::Header("x-dup")];
    assert_covered(&vectors, |vector| vector.layer(verifying(vector)), &parts).await;
}

/// The label is signed by nobody: it may change, as long as both fields agree.
#[tokio::test]
async fn every_byte_of_the_input_is_covered_but_the_label() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    for changed in crate::harness::mutations(&vector.request, Covered::Header("signature-input")) {
        let input = changed.headers()["signature-input"].as_bytes();
        if !input.starts_with(b"sig1=") {
            continue;
        }
        assert!(send(vector.layer(verifying(&vector)), &changed).await.is_err(), "{changed:?}");
    }
}

#[tokio::test]
async fn whatever_is_left_out_is_refused_unless_told_otherwise() {
    let vector = vector("rfc9421-hmac-sha256", "post-digest");
    let missing: [(&[&str], bool); 6] = [
        (&["\"@authority\"", "\"@path\"", "\"@query\"", "\"content-digest\""], true),
        (&["\"@method\"", "\"@path\"", "\"@query\"", "\"content-digest\""], true),
        (&["\"@method\"", "\"@authority\"", "\"@query\"", "\"content-digest\""], true),
        (&["\"@method\"", "\"@authority\"", "\"@path\"", "\"content-digest\""], true),
        (&["\"@method\"", "\"@authority\"", "\"@path\"", "\"@query\""], true),
        (&["\"@method\"", "\"@authority\"", "\"@path\"", "\"@query\"", "\"content-digest\""], false),
    ];
    for (covering, says_created) in missing {
        let scheme = || Rfc9421 { tag: None, covering, says_created };
        let signed = vector.signed_anew(&scheme(), &["content-digest", "signature-input", "signature"]);
        let layer = vector.layer(scheme());
        assert_eq!(send(layer.clone(), &signed).await, Err(AuthErrorKind::InsufficientCoverage), "{covering:?}");
        assert_eq!(send(layer.with_insecure_reference_policy(), &signed).await, Ok(()), "{covering:?}");
    }
}

/// Every digest is held against the body, not only the one that the verifier would have chosen.
#[tokio::test]
async fn all_digests_of_a_list_have_to_hold() {
    let mut vector = vector("rfc9421-hmac-sha256", "post-digest");
    let sha256 = vector.request.headers()["content-digest"].to_str().unwrap().to_owned();
    let sha512 = BodyClaim::new(DigestAlgorithm::Sha512, Encoding::Base64, "");
    for (of, expected) in
        [(vector.request.body().to_vec(), Ok(())), (b"else".to_vec(), Err(AuthErrorKind::BadSignature))]
    {
        let both = format!("{sha256}, sha-512=:{}:", sha512.digest_of(&of));
        vector.request.headers_mut().insert("content-digest", both.parse().unwrap());
        let scheme = Resigned(signing(&ALL));
        let signed = vector.signed_anew(&scheme, &["signature-input", "signature"]);
        assert_eq!(send(vector.layer(verifying(&vector)), &signed).await, expected);
    }
}

/// Signs the `Content-Digest` that is there, right or wrong.
struct Resigned(Rfc9421);

impl HmacScheme for Resigned {
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
        let there = head.headers[CONTENT_DIGEST].clone();
        let presented = self.0.prepare(head, intent)?;
        head.headers.insert(CONTENT_DIGEST, there);
        Ok(presented)
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        self.0.attach(head, presented, signature)
    }
}
