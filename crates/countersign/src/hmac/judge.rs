//! What is judged of a request: what its signature covers, whose key it names, and whether the signature holds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use countersign_core::{Claim, Secrets};
use http::request::Parts;
use http_body::Body;

use crate::auth::{Answer, Ask, AuthError, AuthErrorKind, SignedHead};
use crate::body::Chunks;
use crate::hmac::authenticator::Config;
use crate::hmac::keys::PreparedKeys;
use crate::hmac::replay::judge_time;
use crate::hmac::verifier::{Match, Verifier, find_match_without_body};
use crate::hmac::whole::WholeBody;
use crate::hmac::{Coverage, Malformed, Presented, SignatureBase};

/// One request's credentials and the time by which they are judged.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    pub(super) presented: &'a Presented,
    pub(super) now: SystemTime,
}

/// The keys to verify with.
pub(super) struct Keys {
    prepared: Arc<PreparedKeys>,
    /// Whether they are the key id's own, rather than the decoy that hides that it has none.
    pub(super) known: bool,
    /// Whether they are worth keeping once a signature was verified with them.
    asked: bool,
}

/// How far a request whose head has passed has come.
pub(super) enum Opened {
    /// As far as it could without its body.
    Now(Proof),
    /// A store has to be waited for.
    Later(Ask<Secrets>),
}

pub(super) enum Proof {
    /// There is no body, and the signature held.
    Whole(Match),
    /// The body is to be fed.
    Begun(Box<Verifier>, Keys),
}

enum Found {
    Now(Result<Keys, AuthError>),
    Later(Ask<Secrets>),
}

impl Judge<'_> {
    /// Judges what the head says, finds the key's secrets, and begins to verify where they are at hand.
    pub(super) fn open(self, head: &SignedHead<'_>, body: &impl Body) -> Result<(Coverage, Opened), AuthError> {
        let Self { config, presented, now } = self;
        config.scheme.profile().algorithm_of(presented)?;
        judge_time(presented, config.leeway, now)?;
        config.limits.admit_declared(body)?;
        let bases = config.scheme.bases(head, presented)?;
        let covered = self.judge_coverage(&bases, body.is_end_stream())?;
        let opened = match self.find_keys() {
            Found::Now(keys) => Opened::Now(self.begin(&bases, keys?, body)?),
            Found::Later(ask) => Opened::Later(ask),
        };
        Ok((covered, opened))
    }

    /// Begins to verify with secrets that had to be waited for.
    pub(super) fn resume(self, secrets: &Secrets, parts: &Parts, body: &impl Body) -> Result<Proof, AuthError> {
        let keys = self.prepare(secrets);
        let head = SignedHead::read(parts, self.config.public_url.as_ref())?;
        self.begin(&self.config.scheme.bases(&head, self.presented)?, keys, body)
    }

    /// Judges the signature. `body` is the whole body, where it was kept.
    pub(super) fn judge_signature(
        self,
        verifier: &mut Verifier,
        keys: &Keys,
        body: &Chunks,
    ) -> Result<Match, AuthError> {
        let matched = verifier.find_match(self.config.scheme.profile().encoding, self.presented, body);
        self.judge_match(matched, keys)
    }

    #[inline]
    fn judge_match(self, matched: Option<Match>, keys: &Keys) -> Result<Match, AuthError> {
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

    /// Asks for the nonce of a request whose signature held.
    pub(super) fn claim_nonce(self, matched: &Match, covered: Coverage) -> Option<Answer<Claim>> {
        let Config { replay, scheme, leeway, .. } = self.config;
        replay.claim(scheme.profile(), *leeway, self.presented, covered, &matched.mac, self.now)
    }

    /// What must be covered is the server's decision, never the sender's.
    fn judge_coverage(self, bases: &[SignatureBase<'_>], no_body: bool) -> Result<Coverage, AuthError> {
        if bases.iter().map(SignatureBase::head_len).fold(0, usize::saturating_add) > MAX_SIGNED_HEAD {
            return Err(Malformed::new("what is signed of the head is too long").into());
        }
        let mut covered = bases.iter().map(|base| base.covers()).reduce(Coverage::common).unwrap_or_default();
        if self.presented.created.is_none() {
            covered = covered.without(Coverage::CREATED);
        }
        // Without a body there is nothing of it to cover: whoever adds one makes the signature insufficient.
        let required = self.config.required;
        let required = if no_body { required.without(Coverage::BODY) } else { required };
        if covered.contains(required) { Ok(covered) } else { Err(AuthErrorKind::InsufficientCoverage.into()) }
    }

    /// Finds the key's secrets: kept ready, in a store that answers at once, or in one that has to be waited for.
    #[inline]
    fn find_keys(self) -> Found {
        let Self { config, presented, now } = self;
        match config.cache.as_ref().and_then(|cache| cache.look_up(&presented.key_id, now)) {
            Some(Some(prepared)) if prepared.has_live(now) => {
                return Found::Now(Ok(Keys { prepared, known: true, asked: false }));
            }
            Some(None) => return Found::Now(Ok(self.decoy())),
            _ => {}
        }
        let (store, key_id) = (config.store.clone(), presented.key_id.clone());
        match Ask::now(async move { (*store).secrets(&key_id).await }) {
            Answer::Now(secrets) => Found::Now(secrets.map(|secrets| self.prepare(&secrets))),
            Answer::Later(ask) => Found::Later(ask),
        }
    }

    #[inline]
    fn begin(self, bases: &[SignatureBase<'_>], keys: Keys, body: &impl Body) -> Result<Proof, AuthError> {
        let scheme = &self.config.scheme;
        let algorithm = scheme.profile().algorithm_of(self.presented)?;
        let steps = scheme.key_steps(self.presented);
        let (prepared, steps) = (&keys.prepared, steps.as_ref());
        let undescribable =
            |_| AuthError::new(AuthErrorKind::Misconfigured).with_reason("the scheme describes the body twice");
        if !body.is_end_stream() {
            let verifier = Verifier::new(bases, prepared, self.now, algorithm, steps).map_err(undescribable)?;
            return Ok(Proof::Begun(Box::new(verifier), keys));
        }
        let encoding = scheme.profile().encoding;
        let matched = find_match_without_body(bases, prepared, self.now, algorithm, steps, encoding, self.presented);
        let matched = self.judge_match(matched.map_err(undescribable)?, &keys)?;
        let mut claims = bases.iter().flat_map(|base| &base.claims);
        judge_claims(claims.all(|claim| WholeBody::EMPTY.meets(claim)))?;
        Ok(Proof::Whole(matched))
    }

    fn prepare(self, secrets: &Secrets) -> Keys {
        let Self { config, presented, now } = self;
        self.warn_once(secrets);
        let prepared = PreparedKeys::new(secrets, config.scheme.profile().algorithm, now);
        if prepared.has_live(now) {
            return Keys { prepared: Arc::new(prepared), known: true, asked: true };
        }
        if let (true, Some(cache)) = (secrets.is_empty(), &config.cache) {
            cache.keep_absent(&presented.key_id, now);
        }
        self.decoy()
    }

    fn decoy(self) -> Keys {
        Keys { prepared: self.config.decoy.clone(), known: false, asked: false }
    }

    fn warn_once(self, secrets: &Secrets) {
        if let Some(weakness) = secrets.weakness()
            && !self.config.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(target: "countersign::store", key_id = %self.presented.key_id, weakness, "weak secret");
        }
    }
}

pub(super) fn judge_claims(met: bool) -> Result<(), AuthError> {
    if met {
        Ok(())
    } else {
        Err(AuthError::new(AuthErrorKind::BadSignature).with_reason("the body is not what its digest says"))
    }
}

/// The most bytes of the head that are signed, over all bases: a list that names one long field many times must not make
/// us hash more than anybody can send.
const MAX_SIGNED_HEAD: usize = 256 << 10;
