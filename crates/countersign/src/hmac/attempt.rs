//! One request's way through the checks: head, time, key, signature, nonce.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::{Claim, Secrets};
use http::request::Parts;
use http::{HeaderValue, Request};
use http_body::Body;

use crate::auth::{Answer, Ask, AuthError, AuthErrorKind, Authenticated, SignedHead, Verdict};
use crate::body::{AuthBody, Chunks};
use crate::hmac::authenticator::Config;
use crate::hmac::keys::PreparedKeys;
use crate::hmac::replay::{judge, judge_time};
use crate::hmac::verifier::{Match, Verifier};
use crate::hmac::{Bases, Coverage, Malformed, Presented, SignatureBase};

/// A request whose head has passed.
pub(super) struct Attempt {
    config: Arc<Config>,
    parts: Parts,
    presented: Presented,
    covered: Coverage,
    now: SystemTime,
}

/// The keys to verify with.
pub(super) struct Keys {
    prepared: Arc<PreparedKeys>,
    /// Whether they are the key id's own, rather than the decoy that hides that it has none.
    known: bool,
    /// Whether they are worth keeping once a signature was verified with them.
    asked: bool,
}

pub(super) enum Found {
    Now(Result<Keys, AuthError>),
    Later(Ask<Secrets>),
}

impl Attempt {
    /// Judges everything that can be judged from the head, before a store is asked or a byte of the body is read.
    pub(super) fn new(config: Arc<Config>, parts: Parts, body: &impl Body) -> Result<Self, AuthError> {
        let now = config.clock.now();
        let profile = config.scheme.profile();
        let head = SignedHead::read(&parts, config.public_url.as_ref())?;
        if let Some(method) = profile.method
            && head.method() != method
        {
            return Err(AuthError::new(AuthErrorKind::MethodNotAllowed).with_allow(method));
        }
        let lengths = profile.credentials.iter().flat_map(|name| head.headers().get_all(name)).map(HeaderValue::len);
        if lengths.sum::<usize>() > MAX_CREDENTIALS {
            return Err(AuthErrorKind::CredentialsTooLong.into());
        }
        let presented = config.scheme.parse(&head)?.ok_or(AuthErrorKind::MissingCredentials)?;
        let judged = profile
            .algorithm_of(&presented)
            .map_err(AuthError::from)
            .and_then(|_| judge_time(&presented, config.leeway, now))
            .and_then(|()| config.limits.admit_declared(body))
            .and_then(|()| config.judge_coverage(&head, &presented, body.is_end_stream()));
        match judged {
            Ok(covered) => Ok(Self { config, parts, presented, covered, now }),
            Err(error) => Err(error.with_key_id(presented.key_id)),
        }
    }

    /// Finds the key's secrets: kept ready, in a store that answers at once, or in one that has to be waited for.
    pub(super) fn find_keys(&self) -> Found {
        let config = &self.config;
        match config.cache.as_ref().and_then(|cache| cache.look_up(&self.presented.key_id, self.now)) {
            Some(Some(prepared)) if prepared.has_live(self.now) => {
                return Found::Now(Ok(Keys { prepared, known: true, asked: false }));
            }
            Some(None) => return Found::Now(Ok(self.decoy())),
            _ => {}
        }
        let (store, key_id) = (config.store.clone(), self.presented.key_id.clone());
        match Ask::now(async move { (*store).secrets(&key_id).await }) {
            Answer::Now(secrets) => Found::Now(secrets.map(|secrets| self.prepare(&secrets))),
            Answer::Later(ask) => Found::Later(ask),
        }
    }

    /// A request without a body, whose keys are at hand: decided without waiting, unless the nonce store makes us.
    pub(super) fn authenticate_empty<B>(self, body: B, keys: Result<Keys, AuthError>) -> Verdict<AuthBody<B>>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let body = AuthBody::untouched(body);
        let proved = keys.and_then(|keys| self.prove_empty(&keys));
        match proved {
            Err(error) => self.refused(error).into(),
            Ok(matched) => match self.claim_nonce(&matched) {
                None => Verdict::Ready(Ok(self.admitted(body, matched))),
                Some(Answer::Now(claim)) => Verdict::Ready(self.settled(claim, body, matched)),
                Some(claim) => Verdict::Pending(Box::pin(async move {
                    let claim = claim.within(self.config.store_timeout).await;
                    self.settled(claim, body, matched)
                })),
            },
        }
    }

    /// Any other request.
    pub(super) async fn authenticate_body<B>(self, body: B, keys: Found) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (body, matched) = match self.prove(body, keys).await {
            Ok(proved) => proved,
            Err(error) => return Err(self.refused(error)),
        };
        match self.claim_nonce(&matched) {
            None => Ok(self.admitted(body, matched)),
            Some(claim) => {
                let claim = claim.within(self.config.store_timeout).await;
                self.settled(claim, body, matched)
            }
        }
    }

    async fn prove<B>(&self, body: B, keys: Found) -> Result<(AuthBody<B>, Match), AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let limits = &self.config.limits;
        let keys = match keys {
            Found::Now(keys) => keys?,
            Found::Later(ask) => self.prepare(&ask.within(self.config.store_timeout).await?),
        };
        if body.is_end_stream() {
            return Ok((AuthBody::untouched(body), self.prove_empty(&keys)?));
        }
        let mut verifier = self.verifier(&keys)?;
        let early = match verifier.is_head_only() {
            false => None,
            true => Some(self.judge_signature(&mut verifier, &keys, &limits.nothing_read())?),
        };
        if let (Some(matched), false) = (&early, verifier.has_claims()) {
            // Nothing is said of the body, so nothing needs to be read of it.
            return Ok((AuthBody::untouched(body), matched.clone()));
        }
        // Of a request that is refused in any case nothing is kept, but everything is hashed: the time it takes does not
        // tell whether the key exists.
        let keep = keys.known || verifier.wants_whole_body();
        let chunks = limits.read(body, keep, |bytes| verifier.feed_body(bytes)).await?;
        let matched = match early {
            Some(matched) => matched,
            None => self.judge_signature(&mut verifier, &keys, &chunks)?,
        };
        judge_claims(verifier)?;
        Ok((AuthBody::buffered(chunks), matched))
    }

    fn prove_empty(&self, keys: &Keys) -> Result<Match, AuthError> {
        let mut verifier = self.verifier(keys)?;
        let matched = self.judge_signature(&mut verifier, keys, &self.config.limits.nothing_read())?;
        judge_claims(verifier)?;
        Ok(matched)
    }

    fn verifier(&self, keys: &Keys) -> Result<Verifier, AuthError> {
        let scheme = &self.config.scheme;
        let head = SignedHead::read(&self.parts, self.config.public_url.as_ref())?;
        let bases = scheme.bases(&head, &self.presented)?;
        let algorithm = scheme.profile().algorithm_of(&self.presented)?;
        let steps = scheme.key_steps(&self.presented);
        Verifier::new(&bases, &keys.prepared, self.now, algorithm, steps.as_ref()).map_err(|_| {
            AuthError::new(AuthErrorKind::Misconfigured).with_reason("the scheme describes the body twice")
        })
    }

    fn judge_signature(&self, verifier: &mut Verifier, keys: &Keys, body: &Chunks) -> Result<Match, AuthError> {
        let matched = verifier.find_match(self.config.scheme.profile().encoding, &self.presented, body);
        match matched {
            _ if !keys.known => Err(AuthErrorKind::UnknownKey.into()),
            None => Err(AuthErrorKind::BadSignature.into()),
            Some(matched) => {
                if let (true, Some(cache)) = (keys.asked, &self.config.cache) {
                    cache.keep(&self.presented.key_id, &keys.prepared, self.now);
                }
                Ok(matched)
            }
        }
    }

    fn claim_nonce(&self, matched: &Match) -> Option<Answer<Claim>> {
        let Config { replay, scheme, leeway, .. } = &*self.config;
        replay.claim(scheme.profile(), *leeway, &self.presented, self.covered, &matched.mac, self.now)
    }

    fn settled<B>(
        self,
        claim: Result<Claim, AuthError>,
        body: AuthBody<B>,
        matched: Match,
    ) -> Result<Request<AuthBody<B>>, AuthError> {
        match claim.and_then(|claim| judge(claim).map_err(AuthError::from)) {
            Ok(()) => Ok(self.admitted(body, matched)),
            Err(error) => Err(self.refused(error)),
        }
    }

    fn admitted<B>(mut self, body: AuthBody<B>, matched: Match) -> Request<AuthBody<B>> {
        let profile = self.config.scheme.profile();
        for name in &*profile.credentials {
            if self.config.strip {
                self.parts.headers.remove(name);
            } else if let Some(value) = self.parts.headers.get_mut(name) {
                value.set_sensitive(true);
            }
        }
        let authenticated = Authenticated::by_key(profile.name, self.presented.key_id, matched.secret_label, self.now);
        self.parts.extensions.insert(authenticated.with_covered(self.covered));
        Request::from_parts(self.parts, body)
    }

    fn refused(&self, error: AuthError) -> AuthError {
        error.with_key_id(self.presented.key_id.clone())
    }

    fn prepare(&self, secrets: &Secrets) -> Keys {
        let Config { cache, scheme, .. } = &*self.config;
        self.warn_once(secrets);
        let prepared = PreparedKeys::new(secrets, scheme.profile().algorithm, self.now);
        if prepared.has_live(self.now) {
            return Keys { prepared: Arc::new(prepared), known: true, asked: true };
        }
        if let (true, Some(cache)) = (secrets.is_empty(), cache) {
            cache.keep_absent(&self.presented.key_id, self.now);
        }
        self.decoy()
    }

    fn decoy(&self) -> Keys {
        Keys { prepared: self.config.decoy.clone(), known: false, asked: false }
    }

    fn warn_once(&self, secrets: &Secrets) {
        if let Some(weakness) = secrets.weakness()
            && !self.config.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(target: "countersign::store", key_id = %self.presented.key_id, weakness, "weak secret");
        }
    }
}

impl Config {
    /// What must be covered is the server's decision, never the sender's.
    fn judge_coverage(
        &self,
        head: &SignedHead<'_>,
        presented: &Presented,
        no_body: bool,
    ) -> Result<Coverage, AuthError> {
        let bases: Bases<'_> = self.scheme.bases(head, presented)?;
        if bases.iter().map(SignatureBase::head_len).fold(0, usize::saturating_add) > MAX_SIGNED_HEAD {
            return Err(Malformed::new("what is signed of the head is too long").into());
        }
        let mut covered = bases.iter().map(|base| base.covers()).reduce(Coverage::common).unwrap_or_default();
        if presented.created.is_none() {
            covered = covered.without(Coverage::CREATED);
        }
        // Without a body there is nothing of it to cover: whoever adds one makes the signature insufficient.
        let required = if no_body { self.required.without(Coverage::BODY) } else { self.required };
        if covered.contains(required) { Ok(covered) } else { Err(AuthErrorKind::InsufficientCoverage.into()) }
    }
}

fn judge_claims(verifier: Verifier) -> Result<(), AuthError> {
    if verifier.meets_claims() {
        Ok(())
    } else {
        Err(AuthError::new(AuthErrorKind::BadSignature).with_reason("the body is not what its digest says"))
    }
}

/// The most bytes of the head that are signed, over all bases: a list that names one long field many times must not make
/// us hash more than anybody can send.
const MAX_SIGNED_HEAD: usize = 256 << 10;
/// The longest credentials that are read, in bytes, over all fields that carry them.
const MAX_CREDENTIALS: usize = 8 << 10;
