//! One request's way through what has to be waited for, and its beginning and end, which all requests share.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::Claim;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Request};
use http_body::Body;

use crate::auth::{Answer, AuthError, AuthErrorKind, Authenticated, KeyFacts, SignedHead, Unproved};
use crate::body::{AuthBody, Bounds};
use crate::hmac::authenticator::{Config, Streaming};
use crate::hmac::judge::{Judge, Match, Opened, Proof};
use crate::hmac::lookup::Keys;
use crate::hmac::reading::{BodyShape, Reading};
use crate::hmac::replay::settle;
use crate::hmac::unproved::Unjudged;
use crate::hmac::verifier::{Claimed, Verifier, judge_claims};
use crate::hmac::{Coverage, HmacScheme, Presented, ResponseSeal, SchemeProfile};

/// A request whose head has passed, on its way through what has to be waited for.
pub(super) struct Attempt {
    config: Arc<Config>,
    parts: Parts,
    presented: Presented,
    covered: Coverage,
    now: SystemTime,
}

impl Attempt {
    /// On the heap, so that the futures which carry it stay small.
    pub(super) fn new(
        config: Arc<Config>,
        parts: Parts,
        presented: Presented,
        covered: Coverage,
        now: SystemTime,
    ) -> Box<Self> {
        Box::new(Self { config, parts, presented, covered, now })
    }

    /// A request without a body whose signature held, where the nonce store makes us wait.
    pub(super) async fn await_claim<B>(
        self: Box<Self>,
        body: AuthBody<B>,
        matched: Match,
        claim: Answer<Claim>,
    ) -> Result<Request<AuthBody<B>>, AuthError> {
        let claim = claim.within(self.config.store_timeout).await;
        self.settled(claim, body, matched)
    }

    /// A request whose body is not all there, as far as it was read.
    pub(super) async fn authenticate_rest<B>(
        self: Box<Self>,
        reading: Reading<B>,
        verifier: Verifier,
        keys: Keys,
    ) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let proved = self.read_to_its_end(reading, verifier, keys, None).await;
        self.conclude(proved).await
    }

    /// Any other request.
    pub(super) async fn authenticate_body<B>(
        self: Box<Self>,
        body: B,
        opened: Opened,
        verifier: Verifier,
    ) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let proved = self.prove(body, opened, verifier).await;
        self.conclude(proved).await
    }

    /// A request of a format whose credentials stand in the body, in part or whole.
    pub(super) async fn authenticate_parsed_body<B>(
        mut self: Box<Self>,
        body: B,
    ) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let proved = self.prove_parsed_body(body).await;
        self.conclude(proved).await
    }

    async fn conclude<B>(
        self: Box<Self>,
        proved: Result<Proved<B>, AuthError>,
    ) -> Result<Request<AuthBody<B>>, AuthError> {
        let (body, matched) = match proved {
            Ok(Proved::Now(body, matched)) => (body, matched),
            Ok(Proved::AtItsEnd(body, verifier, keys)) => return Ok(self.handed_on(body, verifier, keys)),
            Err(error) => return Err(self.refused(error)),
        };
        let judge = Judge { config: &self.config, presented: &self.presented, now: self.now };
        match judge.claim_nonce(&matched, self.covered) {
            None => Ok(self.admitted(body, matched)),
            Some(claim) => {
                let claim = claim.within(self.config.store_timeout).await;
                self.settled(claim, body, matched)
            }
        }
    }

    async fn prove<B>(&self, body: B, opened: Opened, mut verifier: Verifier) -> Result<Proved<B>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Config { limits, store_timeout, .. } = &*self.config;
        let judge = Judge { config: &self.config, presented: &self.presented, now: self.now };
        let proof = match opened {
            Opened::Now(proof) => proof,
            Opened::Later(ask) => {
                let fetched = ask.within(*store_timeout).await;
                judge.resume(fetched, &self.parts, BodyShape::of(&body), &mut verifier)?
            }
        };
        let keys = match proof {
            Proof::Whole(matched) => return Ok(Proved::Now(AuthBody::untouched(body), matched)),
            Proof::Begun(keys) => keys,
        };
        let early = match verifier.is_head_only() {
            false => None,
            true => Some(judge.judge_signature(&mut verifier, &keys, &limits.nothing_read())?),
        };
        if let (Some(matched), false) = (&early, verifier.has_claims()) {
            // Nothing is said of the body, so nothing needs to be read of it.
            return Ok(Proved::Now(AuthBody::untouched(body), matched.clone()));
        }
        if let (true, Some(matched)) = (self.config.streaming != Streaming::Off, &early) {
            let promise = Claimed { claims: verifier.take_claims(), key_id: self.presented.key_id.clone() };
            return Ok(Proved::Now(AuthBody::streaming(body, Box::new(promise), None), matched.clone()));
        }
        limits.admit_declared(BodyShape::of(&body))?;
        if self.config.streaming == Streaming::Anybody && !verifier.wants_whole_body() {
            return Ok(Proved::AtItsEnd(body, verifier, keys));
        }
        // Of a request that is refused in any case nothing is kept, but everything is hashed: the time it takes does not
        // tell whether the key exists.
        let keep = keys.known || verifier.wants_whole_body();
        self.read_to_its_end(limits.begin(body, keep), verifier, keys, early).await
    }

    async fn read_to_its_end<B>(
        &self,
        reading: Reading<B>,
        mut verifier: Verifier,
        keys: Keys,
        early: Option<Match>,
    ) -> Result<Proved<B>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let chunks = self.config.limits.finish(reading, |bytes| verifier.feed_body(bytes)).await?;
        let judge = Judge { config: &self.config, presented: &self.presented, now: self.now };
        let matched = match early {
            None => judge.judge_read(&mut verifier, &keys, &chunks)?,
            Some(matched) => {
                judge_claims(verifier.take_claims())?;
                matched
            }
        };
        Ok(Proved::Now(AuthBody::buffered(chunks), matched))
    }

    async fn prove_parsed_body<B>(&mut self, body: B) -> Result<Proved<B>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let config = self.config.clone();
        config.limits.admit_declared(BodyShape::of(&body))?;
        let chunks = config.limits.read(body, true, |_| ()).await?;
        let nothing = Presented::new(self.presented.key_id.clone());
        let presented = std::mem::replace(&mut self.presented, nothing);
        self.presented = config.scheme.parse_body(presented, &chunks.joined())?;
        let shape = BodyShape::of_read(&chunks);
        let judge = Judge { config: &config, presented: &self.presented, now: self.now };
        let head = SignedHead::read(&self.parts, config.public_url.as_ref())?;
        let mut verifier = Verifier::default();
        let (covered, opened) = judge.open(&head, shape, &mut verifier)?;
        let proof = match opened {
            Opened::Now(proof) => proof,
            Opened::Later(ask) => {
                judge.resume(ask.within(config.store_timeout).await, &self.parts, shape, &mut verifier)?
            }
        };
        let matched = match proof {
            Proof::Whole(matched) => matched,
            Proof::Begun(keys) => {
                chunks.iter().for_each(|chunk| verifier.feed_body(chunk));
                judge.judge_read(&mut verifier, &keys, &chunks)?
            }
        };
        self.covered = covered;
        Ok(Proved::Now(AuthBody::buffered(chunks), matched))
    }

    fn settled<B>(
        self: Box<Self>,
        claim: Result<Claim, AuthError>,
        body: AuthBody<B>,
        matched: Match,
    ) -> Result<Request<AuthBody<B>>, AuthError> {
        match settle(claim) {
            Ok(()) => Ok(self.admitted(body, matched)),
            Err(error) => Err(self.refused(error)),
        }
    }

    fn admitted<B>(self: Box<Self>, body: AuthBody<B>, matched: Match) -> Request<AuthBody<B>> {
        let Self { config, parts, presented, covered, now } = *self;
        admit(&config, parts, body, &presented, matched, covered, now)
    }

    /// Hands a request on that its body has yet to prove.
    fn handed_on<B>(self: Box<Self>, body: B, verifier: Verifier, keys: Keys) -> Request<AuthBody<B>> {
        let Self { config, mut parts, presented, covered, now } = *self;
        conceal(&config, &mut parts.headers);
        let mark = Unproved::claiming(presented.key_id.clone());
        // Whatever a layer outside found out is not what this one was asked.
        parts.extensions.remove::<Authenticated>();
        parts.extensions.insert(mark.clone());
        let bounds = Bounds::new(config.limits.limit, config.limits.timeout);
        let verifier = Box::new(verifier);
        let unjudged = Unjudged { config, presented, covered, now, verifier, keys, mark };
        Request::from_parts(parts, AuthBody::streaming(body, Box::new(unjudged), Some(bounds)))
    }

    fn refused(&self, error: AuthError) -> AuthError {
        error.with_key_id(self.presented.key_id.clone())
    }
}

/// How far a request has come before it goes on.
#[allow(clippy::large_enum_variant, reason = "the large variant is the rule, and is taken apart at once")]
enum Proved<B> {
    Now(AuthBody<B>, Match),
    /// Its body has to pass first.
    AtItsEnd(B, Verifier, Keys),
}

/// Reads the credentials, where method and length allow.
#[inline]
pub(crate) fn read_credentials(scheme: &dyn HmacScheme, head: &SignedHead<'_>) -> Result<Presented, AuthError> {
    judge_credentials(scheme.profile(), head)?;
    // Not moved more often than it has to be.
    match scheme.parse(head) {
        Ok(Some(presented)) => Ok(presented),
        Ok(None) => Err(AuthErrorKind::MissingCredentials.into()),
        Err(malformed) => Err(malformed.into()),
    }
}

/// Whether method and length allow credentials to be read.
#[inline]
pub(super) fn judge_credentials(profile: &SchemeProfile, head: &SignedHead<'_>) -> Result<(), AuthError> {
    if let Some(method) = profile.method
        && head.method() != method
    {
        return Err(AuthError::new(AuthErrorKind::MethodNotAllowed).with_allow(method));
    }
    let lengths = profile.credentials.iter().flat_map(|name| head.headers().get_all(name)).map(HeaderValue::len);
    if lengths.sum::<usize>() > MAX_CREDENTIALS {
        return Err(AuthErrorKind::CredentialsTooLong.into());
    }
    Ok(())
}

/// Hands the request on: credentials marked or taken out, and who sent it in the extensions.
#[inline]
pub(super) fn admit<B>(
    config: &Config,
    mut parts: Parts,
    body: AuthBody<B>,
    presented: &Presented,
    matched: Match,
    covered: Coverage,
    now: SystemTime,
) -> Request<AuthBody<B>> {
    let encoding = config.scheme.profile().encoding;
    let seal = matched.keys.and_then(|keys| {
        let head = SignedHead::read(&parts, config.public_url.as_ref()).ok()?;
        let scheme = config.scheme.response(&head, presented)?;
        Some(ResponseSeal { scheme, keys, at: now, place: matched.place, encoding })
    });
    conceal(config, &mut parts.headers);
    introduce(config, &mut parts.extensions, matched.key, covered, now, seal);
    Request::from_parts(parts, body)
}

/// Marks the credentials as sensitive, or takes them out.
#[inline]
pub(super) fn conceal(config: &Config, headers: &mut HeaderMap) {
    for name in &*config.scheme.profile().credentials {
        if config.strip {
            headers.remove(name);
        } else if let Some(value) = headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
}

/// Says in the extensions who sent the request, and notes that the secret is in use.
#[inline]
pub(super) fn introduce(
    config: &Config,
    extensions: &mut Extensions,
    key: Arc<KeyFacts>,
    covered: Coverage,
    now: SystemTime,
    seal: Option<ResponseSeal>,
) {
    config.record(&key, now);
    let marked = (config.streaming == Streaming::Anybody).then(|| key.key_id.clone());
    let mut authenticated = Authenticated::by_known_key(key, now).with_covered(covered);
    if let Some(seal) = seal {
        authenticated = authenticated.with_response_seal(seal);
    }
    if let Some(key_id) = marked {
        extensions.insert(Unproved::proved_by(key_id, authenticated.clone()));
    }
    extensions.insert(authenticated);
}

/// The longest credentials that are read, in bytes, over all fields that carry them.
const MAX_CREDENTIALS: usize = 8 << 10;
