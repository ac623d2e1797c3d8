//! One request's way through the checks: head, time, key, signature, nonce.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::Claim;
use http::request::Parts;
use http::{HeaderValue, Request};
use http_body::Body;

use crate::auth::{Answer, AuthError, AuthErrorKind, Authenticated, SignedHead, Verdict};
use crate::body::AuthBody;
use crate::hmac::authenticator::Config;
use crate::hmac::judge::{Judge, Opened, Proof, judge_claims};
use crate::hmac::replay::judge;
use crate::hmac::verifier::Match;
use crate::hmac::{Coverage, Presented};

/// A request whose head has passed.
pub(super) struct Attempt {
    config: Arc<Config>,
    parts: Parts,
    presented: Presented,
    covered: Coverage,
    now: SystemTime,
}

impl Attempt {
    /// Judges everything that can be judged now: from the head alone, before a store is asked or a byte of the body is
    /// read; then, where the keys are at hand, what a signature is compared with.
    pub(super) fn open(config: Arc<Config>, parts: Parts, body: &impl Body) -> Result<(Self, Opened), AuthError> {
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
        match (Judge { config: &config, presented: &presented, now }).open(&head, body) {
            Ok((covered, opened)) => Ok((Self { config, parts, presented, covered, now }, opened)),
            Err(error) => Err(error.with_key_id(presented.key_id)),
        }
    }

    /// A request without a body whose signature held: decided without waiting, unless the nonce store makes us.
    pub(super) fn authenticate_empty<B>(self, body: B, matched: Match) -> Verdict<AuthBody<B>>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let body = AuthBody::untouched(body);
        match self.claim_nonce(&matched) {
            None => Verdict::Ready(Ok(self.admitted(body, matched))),
            Some(Answer::Now(claim)) => Verdict::Ready(self.settled(claim, body, matched)),
            Some(claim) => Verdict::Pending(Box::pin(async move {
                let claim = claim.within(self.config.store_timeout).await;
                self.settled(claim, body, matched)
            })),
        }
    }

    /// Any other request.
    pub(super) async fn authenticate_body<B>(self, body: B, opened: Opened) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (body, matched) = match self.prove(body, opened).await {
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

    async fn prove<B>(&self, body: B, opened: Opened) -> Result<(AuthBody<B>, Match), AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let Config { limits, store_timeout, .. } = &*self.config;
        let judge = Judge { config: &self.config, presented: &self.presented, now: self.now };
        let proof = match opened {
            Opened::Now(proof) => proof,
            Opened::Later(ask) => judge.resume(&ask.within(*store_timeout).await?, &self.parts, &body)?,
        };
        let (mut verifier, keys) = match proof {
            Proof::Whole(matched) => return Ok((AuthBody::untouched(body), matched)),
            Proof::Begun(verifier, keys) => (verifier, keys),
        };
        let early = match verifier.is_head_only() {
            false => None,
            true => Some(judge.judge_signature(&mut verifier, &keys, &limits.nothing_read())?),
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
            None => judge.judge_signature(&mut verifier, &keys, &chunks)?,
        };
        judge_claims(verifier)?;
        Ok((AuthBody::buffered(chunks), matched))
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
}

/// The longest credentials that are read, in bytes, over all fields that carry them.
const MAX_CREDENTIALS: usize = 8 << 10;
