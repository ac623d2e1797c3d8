//! One request's way through what has to be waited for, and its beginning and end, which all requests share.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use countersign_core::{Claim, KeyId};
use http::request::Parts;
use http::{HeaderValue, Request};
use http_body::Body;

use crate::auth::{Answer, AuthError, AuthErrorKind, Authenticated, SignedHead};
use crate::body::AuthBody;
use crate::hmac::authenticator::Config;
use crate::hmac::judge::{Judge, Opened, Proof, judge_claims};
use crate::hmac::replay::settle;
use crate::hmac::verifier::Match;
use crate::hmac::{Coverage, Presented};

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

    /// Any other request.
    pub(super) async fn authenticate_body<B>(
        self: Box<Self>,
        body: B,
        opened: Opened,
    ) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (body, matched) = match self.prove(body, opened).await {
            Ok(proved) => proved,
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
        judge_claims(verifier.meets_claims())?;
        Ok((AuthBody::buffered(chunks), matched))
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
        admit(&config, parts, body, presented.key_id, matched, covered, now)
    }

    fn refused(&self, error: AuthError) -> AuthError {
        error.with_key_id(self.presented.key_id.clone())
    }
}

/// Reads the credentials, where method and length allow.
#[inline]
pub(super) fn read_credentials(config: &Config, head: &SignedHead<'_>) -> Result<Presented, AuthError> {
    let profile = config.scheme.profile();
    if let Some(method) = profile.method
        && head.method() != method
    {
        return Err(AuthError::new(AuthErrorKind::MethodNotAllowed).with_allow(method));
    }
    let lengths = profile.credentials.iter().flat_map(|name| head.headers().get_all(name)).map(HeaderValue::len);
    if lengths.sum::<usize>() > MAX_CREDENTIALS {
        return Err(AuthErrorKind::CredentialsTooLong.into());
    }
    config.scheme.parse(head)?.ok_or_else(|| AuthErrorKind::MissingCredentials.into())
}

/// Hands the request on: credentials marked or taken out, and who sent it in the extensions.
#[inline]
pub(super) fn admit<B>(
    config: &Config,
    mut parts: Parts,
    body: AuthBody<B>,
    key_id: KeyId,
    matched: Match,
    covered: Coverage,
    now: SystemTime,
) -> Request<AuthBody<B>> {
    let profile = config.scheme.profile();
    for name in &*profile.credentials {
        if config.strip {
            parts.headers.remove(name);
        } else if let Some(value) = parts.headers.get_mut(name) {
            value.set_sensitive(true);
        }
    }
    let authenticated = Authenticated::by_key(profile.name, key_id, matched.secret_label, now);
    parts.extensions.insert(authenticated.with_covered(covered));
    Request::from_parts(parts, body)
}

/// The longest credentials that are read, in bytes, over all fields that carry them.
const MAX_CREDENTIALS: usize = 8 << 10;
