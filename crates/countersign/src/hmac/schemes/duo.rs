//! Duo's APIs: the signature is a password.

mod date;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, DATE};
use http::request::Parts;
use http::{HeaderName, Method};
use smallvec::smallvec;

use super::sigv4::canonical_query;
use super::text::{ascii, credentials, field, is_spelled, key_id};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    SchemeProfile, SignatureBase,
};

/// Duo's APIs (source: Duo's documentation "Auth API" and "Admin API", and `duo_client` 5.7.0).
///
/// `Authorization: Basic`, with the integration key as the user's name and hexadecimal HMAC-SHA-512 as the password, over the
/// field `Date`, the method, the host in lower case, the path and the parameters, with line feeds between. The parameters
/// are put in order and spelled one way; where a name is repeated with values that are not in order, and where there is a
/// `+`, which some read as a blank, the request is refused.
///
/// In [version 2](Self::v2) the parameters of `POST`, `PUT` and `PATCH` stand in the body, as a form; those of other
/// methods in the query, and there is no body. In [version 5](Self::v5) they stand in the query, and digests follow of the
/// body and of all fields whose names begin with `X-Duo-`.
///
/// Signatures are good for 300 seconds, and 60 seconds ahead of our clock: Duo does not say how long it takes them.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use countersign::hmac::schemes::Duo;
/// use countersign::{KeyId, Secret, sign_request};
///
/// let (key, secret) = (KeyId::new("DIWJ8X6AEYOR5OMC6TQ1")?, Secret::new("Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep")?);
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
/// let url = "https://api-XXXXXXXX.duosecurity.com/admin/v1/users?limit=10&username=a%20b%2Bc~d";
/// let (mut head, ()) = http::Request::get(url).body(())?.into_parts();
/// sign_request(&mut head, b"", &Duo::v2(), &key, &secret, now)?;
/// // As Duo's own client does it.
/// assert_eq!(head.headers["date"], "Tue, 14 Nov 2023 22:13:20 -0000");
/// assert_eq!(
///     head.headers["authorization"],
///     "Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6ZGExMDM1YWY0ZWI4NWQ3NjU0ODhjZTI1YTdjODU2Y2MzYTNkYmUwZGMyOGNkY2M1MTI3ZmE2MDk0MWZhOTA4ZWJjYmNjNzQ1ZGI2M2Y2YzlhOTE3Y2Y1YmY5ZTQzMTAwMTUxMDUyNjIwMzM5OWY3ODQ0ODIyNjJkNjRkMTZlMjA=",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Duo {
    profile: SchemeProfile,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Version {
    Two,
    Five,
}

impl Duo {
    /// Version 2: forms. The whole body is read before anything is judged; it has 1,024 parameters at most.
    #[must_use]
    pub const fn v2() -> Self {
        let profile = profile(Algorithm::HmacSha512).with_credentials_in_body();
        Self { profile, version: Version::Two }
    }

    /// Version 5: any body, JSON mostly.
    #[must_use]
    pub const fn v5() -> Self {
        Self { profile: profile(Algorithm::HmacSha512), version: Version::Five }
    }

    /// Signatures are HMAC-SHA-1, as older clients make them, and no others.
    #[must_use]
    pub fn with_insecure_sha1(mut self) -> Self {
        self.profile.algorithm = Algorithm::HmacSha1;
        self
    }

    fn push_parameters<'r>(
        &self,
        base: &mut SignatureBase<'r>,
        head: &SignedHead<'r>,
        form: &'r str,
    ) -> Result<(), Malformed> {
        let query = canonical_query(head.query().unwrap_or_default())?;
        if self.version == Version::Five {
            base.push(Coverage::QUERY, query);
        } else if [Method::POST, Method::PUT, Method::PATCH].contains(head.method()) {
            if head.query().is_some() {
                return Err(Malformed::new("the query of a request with a form is not signed"));
            }
            base.push(Coverage::QUERY, "");
            base.push(Coverage::BODY, form);
        } else {
            // A body is not covered then, and refused for that.
            base.push(Coverage::QUERY, query);
        }
        Ok(())
    }
}

const fn profile(algorithm: Algorithm) -> SchemeProfile {
    SchemeProfile::new("Duo", algorithm, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_challenge("Basic")
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)))
}

/// What is signed that the head does not say: the date as it was spelled, and the form with its parameters in order.
struct Signed {
    date: String,
    form: String,
}

impl HmacScheme for Duo {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(text) = credentials(head, &CREDENTIALS, "Basic")? else { return Ok(None) };
        let bad = Malformed::new("the credentials are not base64 of a key and a signature with a colon between");
        let pair = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(bad)?;
        let (key, signature) = pair.split_once(':').ok_or(bad)?;
        let length = if self.profile.algorithm == Algorithm::HmacSha1 { 20 } else { 64 };
        if !is_spelled(signature.as_bytes(), Encoding::Hex, length) {
            return Err(Malformed::new("the signature is not spelled as the format has it"));
        }
        let date = ascii(head.single(&DATE)?.ok_or(Malformed::new("there is no Date"))?)?;
        let presented = Presented::new(key_id(key)?).with_signature(signature.as_bytes())?;
        let signed = Signed { date: date.to_owned(), form: String::new() };
        Ok(Some(presented.with_created(date::read(date)?).with_extra(signed)))
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        if self.version == Version::Five {
            return Ok(presented);
        }
        let Signed { date, .. } = presented.extra().ok_or(NOTHING)?;
        if body.split(|byte| *byte == b'&').count() > MAX_PARAMETERS {
            return Err(Malformed::new("the form has more than 1,024 parameters"));
        }
        let form = std::str::from_utf8(body).map_err(|_| Malformed::new("the form is not UTF-8"))?;
        let signed = Signed { date: date.clone(), form: canonical_query(form)?.into_owned() };
        Ok(presented.with_extra(signed))
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { date, form } = presented.extra().ok_or(NOTHING)?;
        let authority = head.authority().ok_or(Malformed::new("the host is not known"))?;
        if head.method().as_str().bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(Malformed::new("the method is in lower case, and is signed in upper case"));
        }
        let mut base = SignatureBase::new();
        base.push(Coverage::CREATED, date);
        base.push_literal("\n");
        base.push(Coverage::METHOD, head.method().as_str());
        base.push_literal("\n");
        base.push(Coverage::AUTHORITY, authority.to_ascii_lowercase());
        base.push_literal("\n");
        base.push_path(head);
        base.push_literal("\n");
        self.push_parameters(&mut base, head, form)?;
        if self.version == Version::Five {
            let mut body = SignatureBase::new();
            body.push_body();
            base.push_literal("\n");
            base.push_digest(DigestAlgorithm::Sha512, Encoding::Hex, body);
            base.push_literal("\n");
            base.push_digest(DigestAlgorithm::Sha512, Encoding::Hex, own_fields(head)?);
        }
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        if intent.key_id().as_str().contains(':') {
            return Err(Malformed::new("the key id has a colon in it"));
        }
        let date = date::spell(intent.now())?;
        head.headers.insert(DATE, field(&date)?);
        let presented = Presented::new(intent.key_id().clone()).with_created(intent.now());
        self.parse_body(presented.with_extra(Signed { date, form: String::new() }), intent.body())
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let pair = STANDARD.encode(format!("{}:{signature}", presented.key_id().as_str()));
        head.headers.insert(AUTHORIZATION, field(format!("Basic {pair}"))?);
        Ok(())
    }
}

/// Names and values of Duo's own fields, by name, with zero bytes between: no value can have one.
fn own_fields<'r>(head: &SignedHead<'r>) -> Result<SignatureBase<'r>, Malformed> {
    let mut names: Vec<_> = head.headers().keys().filter(|name| name.as_str().starts_with("x-duo-")).collect();
    names.sort_unstable_by_key(|name| name.as_str());
    let mut base = SignatureBase::new();
    for (index, name) in names.into_iter().enumerate() {
        let value = head.single(name)?.ok_or(NOTHING)?;
        base.push_literal(if index == 0 { "" } else { "\0" });
        base.cover_field(name.as_str());
        base.push_literal(name.as_str());
        base.push_literal("\0");
        base.push_literal(value.as_bytes());
    }
    Ok(base)
}

const MAX_PARAMETERS: usize = 1024;
const NOTHING: Malformed = Malformed::new("nothing is signed");
const COVERS: Coverage = Coverage::CREATED
    .and(Coverage::METHOD)
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
