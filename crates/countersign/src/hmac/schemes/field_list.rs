//! Formats whose requests list what they sign: Kong's, APISIX's, and the draft that both come from.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use super::text::{field, quotable, spell_http_date};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, BodyClaim, Coverage, DigestAlgorithm, Encoding, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// What the server accepts, and how the client signs.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) profile: SchemeProfile,
    pub(super) algorithm: Algorithm,
    /// What the client signs, with blanks between.
    pub(super) covered: String,
}

impl Options {
    /// Signs with HMAC-SHA-256 and covers what is named, unless told otherwise. Accepts HMAC-SHA-512 too, and times that are 300
    /// seconds off either way.
    pub(super) fn new(
        name: &'static str,
        auth_scheme: &'static str,
        credentials: &'static [HeaderName],
        covered: &str,
    ) -> Self {
        let profile = SchemeProfile::new(name, Algorithm::HmacSha256, Encoding::Base64, COVERS, credentials)
            .with_challenge(auth_scheme)
            .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)))
            .with_accepted_algorithm(Algorithm::HmacSha512);
        Self { profile, algorithm: Algorithm::HmacSha256, covered: covered.to_owned() }
    }

    /// Puts the time and the digest where the list has them; what is known of the signature, and the names to sign.
    pub(super) fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<(Presented, String), Malformed> {
        if !quotable(intent.key_id().as_str()) {
            return Err(Malformed::new("the key id has quotes, backslashes or other than ASCII in it"));
        }
        let names = prepare(&self.covered, head, intent)?;
        let presented = Presented::new(intent.key_id().clone());
        Ok((presented.with_algorithm(self.algorithm).with_created(intent.now()), names))
    }
}

/// The value of a field that is signed; the authority for `host`, which HTTP/2 has elsewhere.
pub(super) fn value<'a>(head: &SignedHead<'a>, field: &HeaderName) -> Result<Option<&'a [u8]>, Malformed> {
    Ok(match field.as_str() {
        "host" => head.authority().map(str::as_bytes),
        _ => head.single(field)?.map(HeaderValue::as_bytes),
    })
}

/// Declares the options as methods of a format that is a tuple of them.
macro_rules! options {
    ($name:ident) => {
        impl $name {
            /// Accepts HMAC-SHA-1 too, where the request says so.
            #[must_use]
            pub fn with_insecure_sha1(mut self) -> Self {
                self.0.profile = self.0.profile.with_accepted_algorithm(crate::hmac::Algorithm::HmacSha1);
                self
            }

            /// Client: signs with this algorithm, HMAC-SHA-256 unless told otherwise. One that is not accepted does not sign.
            #[must_use]
            pub const fn with_algorithm(mut self, algorithm: crate::hmac::Algorithm) -> Self {
                self.0.algorithm = algorithm;
                self
            }

            /// Client: covers these components, in this order, as the format spells them. A digest is left out of requests
            /// without a body.
            #[must_use]
            pub fn with_covered_components(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
                let names: Vec<_> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
                self.0.covered = names.join(" ");
                self
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

pub(super) use options;

/// The names of the algorithms, in requests.
pub(super) fn algorithm(name: &str) -> Result<Algorithm, Malformed> {
    let known = ALGORITHMS.iter().find(|(other, _)| *other == name);
    known.map(|(_, algorithm)| *algorithm).ok_or(Malformed::new("the algorithm is not known"))
}

pub(super) fn spell_algorithm(algorithm: Algorithm) -> Result<&'static str, Malformed> {
    let known = ALGORITHMS.iter().find(|(_, other)| *other == algorithm);
    known.map(|(name, _)| *name).ok_or(Malformed::new("the algorithm is not known"))
}

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("hmac-sha1", Algorithm::HmacSha1),
    ("hmac-sha256", Algorithm::HmacSha256),
    ("hmac-sha384", Algorithm::HmacSha384),
    ("hmac-sha512", Algorithm::HmacSha512),
];

/// The names of a list, each once.
pub(super) fn names(list: &str) -> Result<impl Iterator<Item = &str>, Malformed> {
    let mut sorted: Vec<_> = list.split(' ').collect();
    sorted.sort_unstable();
    match sorted.is_sorted_by(|one, other| one < other) {
        true => Ok(list.split(' ')),
        false => Err(Malformed::new("a signed name is listed twice")),
    }
}

/// Of the fields that may say the time, the one that counts: the first that is signed, or else the first that is there.
pub(super) fn time_field<'h>(
    head: &SignedHead<'h>,
    list: &str,
    fields: &[HeaderName],
) -> Result<Option<(HeaderName, &'h HeaderValue)>, Malformed> {
    let mut found = None;
    for name in fields {
        let Some(value) = head.single(name)? else { continue };
        let signed = list.split(' ').any(|other| other.eq_ignore_ascii_case(name.as_str()));
        if signed {
            return Ok(Some((name.clone(), value)));
        }
        found = found.or(Some((name.clone(), value)));
    }
    Ok(found)
}

/// Adds the value of a signed field and says what that covers; `time` is the field whose time was judged.
pub(super) fn push_value<'r>(
    base: &mut SignatureBase<'r>,
    name: &HeaderName,
    value: &'r [u8],
    time: Option<&HeaderName>,
) -> Result<(), Malformed> {
    match name.as_str() {
        "host" => base.push(Coverage::AUTHORITY, value),
        "digest" => base.push_claim(value, digest_claim(value)?),
        _ if name == CONTENT_TYPE => base.push(Coverage::CONTENT_TYPE, value),
        _ if Some(name) == time => base.push(Coverage::CREATED, value),
        _ => base.push_literal(value),
    }
    Ok(())
}

/// `SHA-256=<base64>` (RFC 3230 §4.3.2), one algorithm, spelled so.
fn digest_claim(value: &[u8]) -> Result<BodyClaim<'_>, Malformed> {
    let known = [(&b"SHA-256="[..], DigestAlgorithm::Sha256), (b"SHA-512=", DigestAlgorithm::Sha512)];
    let claim = known.into_iter().find_map(|(prefix, algorithm)| {
        value.strip_prefix(prefix).map(|digest| BodyClaim::new(algorithm, Encoding::Base64, digest))
    });
    claim.ok_or(Malformed::new("the digest is not SHA-256= or SHA-512= and base64"))
}

/// Client: sets time and digest where they are to be signed; returns what is signed.
fn prepare(covered: &str, head: &mut Parts, intent: &Intent<'_>) -> Result<String, Malformed> {
    let without_body = intent.body().is_empty() && !head.headers.contains_key(DIGEST);
    let covered: Vec<_> = covered.split(' ').filter(|name| !(without_body && *name == DIGEST)).collect();
    for name in [DATE, X_DATE] {
        if covered.iter().any(|other| other.eq_ignore_ascii_case(name.as_str())) {
            head.headers.insert(name, field(spell_http_date(intent.now())?)?);
        }
    }
    if covered.iter().any(|name| *name == DIGEST) {
        let digest = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, "").digest_of(intent.body());
        head.headers.insert(DIGEST, field(format!("SHA-256={digest}"))?);
    }
    Ok(covered.join(" "))
}

/// What the secure policy of all these formats wants: the target, the time, and the body by its digest.
pub(super) const COVERS: Coverage =
    Coverage::METHOD.and(Coverage::PATH).and(Coverage::QUERY).and(Coverage::CREATED).and(Coverage::BODY);
pub(super) const DATE: HeaderName = http::header::DATE;
pub(super) const X_DATE: HeaderName = HeaderName::from_static("x-date");
const DIGEST: HeaderName = HeaderName::from_static("digest");
