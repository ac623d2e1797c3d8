//! Hawk 1.0: `Authorization: Hawk id="…", ts="…", nonce="…", hash="…", mac="…"`.

mod response;
mod time;

use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use smallvec::smallvec;

use self::response::HawkResponse;
use super::text::{Parameters, ascii, credentials, field, key_id, quotable, spell_seconds, unix_seconds};
use super::url::{default_port, host_and_port};
use crate::auth::{Challenge, SignedHead};
use crate::hmac::{
    Algorithm, Bases, BodyClaim, Coverage, DigestAlgorithm, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented,
    ResponseScheme, SchemeProfile, SignatureBase, ToldTime,
};

/// Hawk 1.0 (sources: `@hapi/hawk` 8.0.0 and `mohawk` 1.1.0).
///
/// `Authorization: Hawk id="<key id>", ts="<seconds>", nonce="…", hash="<base64>", ext="…", mac="<base64>"`, with `app` and `dlg` for
/// delegated keys. HMAC-SHA-256 over time, nonce, method, path and query, host, port, the payload's hash, and `ext`, a line
/// each. The hash is SHA-256 of the body between its media type and a line feed; a request with a body and without a hash is
/// refused, where the original leaves that to the application. In Hawk the algorithm belongs to the key and not to the
/// message: a layer has one for all.
///
/// The port is part of what is signed. Where neither `Host` nor anything else says it, as with HTTP/1.1 on the default port,
/// configure a [public URL](crate::HmacAuthLayer::with_public_url). Parameters of the media type are not covered.
///
/// Times are good for 60 seconds either way, and judged last: a caller whose signature holds and whose clock is wrong is told
/// ours, and that it is ours, `Hawk ts="…", tsm="…", error="Stale timestamp"`. A nonce is good once for its time and key.
///
/// Responses are signed by a [`HawkResponseLayer`](crate::hmac::HawkResponseLayer), and verified by
/// [`verify_response`](crate::sign::verify_response). Not here: `bewit` URLs.
#[derive(Clone, Debug)]
pub struct Hawk {
    profile: &'static SchemeProfile,
    digest: DigestAlgorithm,
}

impl Hawk {
    /// Keys of the kind `sha256`.
    #[must_use]
    pub const fn new() -> Self {
        static PROFILE: SchemeProfile = profile(Algorithm::HmacSha256);
        Self { profile: &PROFILE, digest: DigestAlgorithm::Sha256 }
    }

    /// Keys of the kind `sha1` instead.
    #[must_use]
    pub const fn with_insecure_sha1(self) -> Self {
        static PROFILE: SchemeProfile = profile(Algorithm::HmacSha1);
        Self { profile: &PROFILE, digest: DigestAlgorithm::Sha1 }
    }

    /// What is claimed of the payload: its digest between its type and a line feed.
    fn claim<'r>(&self, media_type: &str, hash: &'r str) -> BodyClaim<'r> {
        let frame = format!("hawk.1.payload\n{media_type}\n");
        BodyClaim::new(self.digest, Encoding::Base64, hash).with_frame(frame, "\n")
    }
}

impl Default for Hawk {
    fn default() -> Self {
        Self::new()
    }
}

const fn profile(algorithm: Algorithm) -> SchemeProfile {
    SchemeProfile::new("Hawk", algorithm, Encoding::Base64, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(60), Duration::from_secs(60)))
        .with_single_use_nonce()
        .with_staleness_after_signature()
        .with_signed_responses()
}

/// The parameters as they were spelled.
struct Signed {
    time: String,
    nonce: String,
    hash: Option<String>,
    ext: Option<String>,
    app: Option<String>,
    dlg: Option<String>,
}

impl HmacScheme for Hawk {
    fn profile(&self) -> &SchemeProfile {
        self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(credentials) = credentials(head, &CREDENTIALS, "Hawk")? else { return Ok(None) };
        let parameters = Parameters::read(credentials)?;
        parameters.only(&PARAMETERS)?;
        if !PARAMETERS.iter().all(|name| parameters.find(name).is_none_or(stands)) {
            return Err(Malformed::new("a parameter is empty, or has quotes or backslashes in it"));
        }
        let text = |name| parameters.find(name).map(str::to_owned);
        let (time, nonce) = (parameters.want("ts")?, parameters.want("nonce")?);
        if parameters.find("dlg").is_some() && parameters.find("app").is_none() {
            return Err(Malformed::new("dlg is without the app that it belongs to"));
        }
        let presented = Presented::new(key_id(parameters.want("id")?)?)
            .with_signature(parameters.want("mac")?.as_bytes())?
            .with_created(unix_seconds(time)?)
            .with_nonce([time, nonce].join("\n").into_bytes());
        let (time, nonce) = (time.to_owned(), nonce.to_owned());
        let (hash, ext, app, dlg) = (text("hash"), text("ext"), text("app"), text("dlg"));
        Ok(Some(presented.with_extra(Signed { time, nonce, hash, ext, app, dlg })))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let signed: &Signed = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let (host, port) = host_port(head)?;
        let mut base = SignatureBase::new();
        base.push_literal("hawk.1.header\n");
        base.push(Coverage::CREATED, &signed.time);
        base.push_literal("\n");
        base.push(Coverage::NONCE, &signed.nonce);
        base.push_literal("\n");
        base.push(Coverage::METHOD, head.method().as_str().to_ascii_uppercase());
        base.push_literal("\n");
        base.push_path_and_query(head);
        base.push_literal("\n");
        base.push(Coverage::AUTHORITY, host.to_ascii_lowercase());
        base.push_literal("\n");
        base.push(Coverage::AUTHORITY, port);
        base.push_literal("\n");
        if let Some(hash) = &signed.hash {
            let media_type = head.single(&CONTENT_TYPE)?.map(ascii).transpose()?;
            base.push_claim(hash, self.claim(&media_type_of(media_type), hash));
        }
        base.push_literal("\n");
        base.push_literal(signed.ext.as_deref().unwrap_or_default());
        base.push_literal("\n");
        if let Some(app) = &signed.app {
            base.push_literal(app);
            base.push_literal("\n");
            base.push_literal(signed.dlg.as_deref().unwrap_or_default());
            base.push_literal("\n");
        }
        Ok(smallvec![base])
    }

    fn stale_challenge(&self, now: SystemTime, mac: &dyn Fn(&SignatureBase<'_>) -> String) -> Option<Challenge> {
        time::challenge(now, mac)
    }

    fn told_time(&self, refusal: &HeaderMap) -> Option<ToldTime> {
        time::told(refusal)
    }

    fn response(&self, head: &SignedHead<'_>, presented: &Presented) -> Option<Box<dyn ResponseScheme>> {
        Some(Box::new(HawkResponse::new(self, head, presented.extra()?)?))
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        if !quotable(intent.key_id().as_str()) {
            return Err(Malformed::new("the key id has quotes, backslashes or other than ASCII in it"));
        }
        let media_type = head.headers.get(CONTENT_TYPE).map(ascii).transpose()?;
        let hash = match intent.body() {
            [] => None,
            body => Some(self.claim(&media_type_of(media_type), "").digest_of(body)),
        };
        let (time, nonce) = (spell_seconds(intent.now())?, u128::from_be_bytes(*intent.nonce()));
        let signed = Signed { time, nonce: format!("{nonce:032x}"), hash, ext: None, app: None, dlg: None };
        Ok(Presented::new(intent.key_id().clone()).with_created(intent.now()).with_extra(signed))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { time, nonce, hash, .. } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let id = presented.key_id().as_str();
        let hash = hash.as_ref().map(|hash| format!("hash=\"{hash}\", ")).unwrap_or_default();
        let value = format!("Hawk mac=\"{signature}\", {hash}id=\"{id}\", ts=\"{time}\", nonce=\"{nonce}\"");
        head.headers.insert(AUTHORIZATION, field(value)?);
        Ok(())
    }
}

/// Host and port that the request was sent to.
fn host_port<'r>(head: &SignedHead<'r>) -> Result<(&'r str, &'r str), Malformed> {
    let authority = head.authority().ok_or(Malformed::new("the host of the URL is not known"))?;
    let (host, port) = host_and_port(authority);
    let port = port.or_else(|| head.scheme().map(default_port));
    Ok((host, port.ok_or(Malformed::new("the port of the URL is not known: configure a public URL"))?))
}

/// Whether a parameter's value can be sent and signed as it is.
fn stands(text: &str) -> bool {
    !text.is_empty() && quotable(text)
}

/// The media type without its parameters, in lower case.
fn media_type_of(value: Option<&str>) -> String {
    let media_type = value.unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim_matches([' ', '\t']).to_ascii_lowercase()
}

const PARAMETERS: [&str; 8] = ["id", "ts", "nonce", "hash", "ext", "mac", "app", "dlg"];
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::NONCE)
    .and(Coverage::BODY);
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
