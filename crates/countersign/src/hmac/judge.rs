//! What is judged of a request: what its signature covers, whose key it names, and whether the signature holds.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::Claim;
use http::request::Parts;

use crate::auth::{Answer, Ask, AuthError, AuthErrorKind, KeyFacts, SignedHead};
use crate::body::Chunks;
use crate::hmac::authenticator::{Config, Streaming};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::lookup::{Fetched, Found, Keys};
use crate::hmac::mac::Output;
use crate::hmac::reading::BodyShape;
use crate::hmac::replay::judge_time;
use crate::hmac::run::Undescribable;
use crate::hmac::verifier::{self, Verifier, find_match_without_body, judge_claims, not_as_claimed};
use crate::hmac::whole::WholeBody;
use crate::hmac::{Coverage, Malformed, Presented, SignatureBase};

/// One request's credentials and the time by which they are judged.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    pub(super) presented: &'a Presented,
    pub(super) now: SystemTime,
}

/// How far a request whose head has passed has come.
pub(super) enum Opened {
    /// As far as it could without its body.
    Now(Proof),
    /// A store has to be waited for.
    Later(Ask<Fetched>),
}

pub(super) enum Proof {
    /// There is no body, and the signature held.
    Whole(Match),
    /// The body is to be fed to the verifier.
    Begun(Keys),
}

/// A signature that held: whose, and by which secret.
#[derive(Clone)]
pub(super) struct Match {
    pub(super) key: Arc<KeyFacts>,
    /// Its place among the live ones, newest first.
    pub(super) place: usize,
    /// All of them, where the response is to be signed.
    pub(super) keys: Option<Arc<PreparedKeys>>,
    pub(super) mac: Output,
}

impl Judge<'_> {
    /// Judges what the head says, finds the key's secrets, and begins to verify where they are at hand. Where there is a body,
    /// `verifier` is what to feed it to.
    #[inline]
    pub(super) fn open(
        self,
        head: &SignedHead<'_>,
        body: BodyShape,
        verifier: &mut Verifier,
    ) -> Result<(Coverage, Opened), AuthError> {
        self.judge_head(body)?;
        let bases = self.config.scheme.bases(head, self.presented);
        let bases = bases.as_ref().map_err(|malformed| *malformed)?;
        let covered = self.judge_coverage(bases, body.is_none)?;
        let opened = match self.find_keys() {
            Found::Now(keys) => Opened::Now(self.begin(bases, keys?, body, verifier)?),
            Found::Later(ask) => Opened::Later(ask),
        };
        Ok((covered, opened))
    }

    /// Judges a request without a body by keys that are at hand.
    #[inline]
    pub(super) fn judge_without_body(
        self,
        head: &SignedHead<'_>,
        body: BodyShape,
        keys: &Keys,
    ) -> Result<(Coverage, Match), AuthError> {
        self.judge_head(body)?;
        let bases = self.config.scheme.bases(head, self.presented);
        let bases = bases.as_ref().map_err(|malformed| *malformed)?;
        let covered = self.judge_coverage(bases, true)?;
        Ok((covered, self.prove_without_body(bases, keys)?))
    }

    /// Begins to verify with secrets that had to be waited for.
    pub(super) fn resume(
        self,
        fetched: Result<Fetched, AuthError>,
        parts: &Parts,
        body: BodyShape,
        verifier: &mut Verifier,
    ) -> Result<Proof, AuthError> {
        let keys = self.settle(fetched)?;
        let head = SignedHead::read(parts, self.config.public_url.as_ref())?;
        self.begin(&self.config.scheme.bases(&head, self.presented)?, keys, body, verifier)
    }

    /// What is judged of the head before what it signs is looked at.
    #[inline]
    fn judge_head(self, body: BodyShape) -> Result<(), AuthError> {
        let Self { config, presented, now } = self;
        let profile = config.scheme.profile();
        profile.algorithm_of(presented)?;
        if !profile.staleness_last {
            judge_time(presented, config.leeway, now)?;
        }
        if config.streaming == Streaming::Off {
            config.limits.admit_declared(body)?;
        }
        Ok(())
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

    /// The same where all of the body was fed, and what was claimed of it.
    #[inline]
    pub(super) fn judge_read(self, verifier: &mut Verifier, keys: &Keys, body: &Chunks) -> Result<Match, AuthError> {
        let matched = self.judge_signature(verifier, keys, body)?;
        judge_claims(verifier.take_claims())?;
        Ok(matched)
    }

    #[inline]
    fn judge_match(self, matched: Option<verifier::Match>, keys: &Keys) -> Result<Match, AuthError> {
        match matched {
            _ if !keys.known => Err(AuthErrorKind::UnknownKey.into()),
            None => Err(AuthErrorKind::BadSignature.into()),
            Some((place, mac)) => {
                let key = keys.prepared.facts(self.now, place).ok_or(AuthErrorKind::UnknownKey)?.clone();
                self.keep(keys);
                let profile = self.config.scheme.profile();
                if profile.staleness_last {
                    judge_time(self.presented, self.config.leeway, self.now)
                        .map_err(|error| self.tell_time(error, keys, place))?;
                }
                let keys = profile.signs_responses.then(|| keys.prepared.clone());
                Ok(Match { key, place, keys, mac })
            }
        }
    }

    /// Adds what the format tells a proved caller whose clock is wrong.
    #[cold]
    fn tell_time(self, error: AuthError, keys: &Keys, place: usize) -> AuthError {
        let Self { config, now, .. } = self;
        let mac = |base: &SignatureBase<'_>| {
            let fresh = keys.prepared.start_with(now, place);
            let mac = fresh.and_then(|fresh| WholeBody::EMPTY.mac(fresh, base).ok());
            mac.map(|mac| config.scheme.profile().encoding.encode(&mac).as_str().to_owned()).unwrap_or_default()
        };
        match config.scheme.stale_challenge(now, &mac) {
            Some(challenge) => error.with_challenges(vec![challenge]),
            None => error,
        }
    }

    /// Asks for the nonce of a request whose signature held.
    pub(super) fn claim_nonce(self, matched: &Match, covered: Coverage) -> Option<Answer<Claim>> {
        let Config { replay, scheme, leeway, limits, store_timeout, .. } = self.config;
        // And then for as long as a replay that began in time may keep us waiting: for its body, and for two stores.
        let fresh = [leeway.past, leeway.future, limits.timeout, *store_timeout, *store_timeout];
        let fresh = fresh.into_iter().fold(Duration::ZERO, Duration::saturating_add);
        replay.claim(scheme.profile(), fresh, self.presented, covered, &matched.mac, self.now)
    }

    /// What must be covered is the server's decision, never the sender's.
    fn judge_coverage(self, bases: &[SignatureBase<'_>], no_body: bool) -> Result<Coverage, AuthError> {
        let covered = covered_by(bases, self.presented, no_body)?;
        let required = self.config.required;
        let mut fields = self.config.required_fields.iter();
        if covered.contains(required) && fields.all(|name| bases.iter().all(|base| base.covers_field(name))) {
            Ok(covered)
        } else {
            Err(AuthErrorKind::InsufficientCoverage.into())
        }
    }

    fn begin(
        self,
        bases: &[SignatureBase<'_>],
        keys: Keys,
        body: BodyShape,
        verifier: &mut Verifier,
    ) -> Result<Proof, AuthError> {
        if body.is_none {
            return self.prove_without_body(bases, &keys).map(Proof::Whole);
        }
        let algorithm = self.config.scheme.profile().algorithm_of(self.presented)?;
        let steps = self.config.scheme.key_steps(self.presented);
        verifier.begin(bases, &keys.prepared, self.now, algorithm, steps.as_ref()).map_err(undescribable)?;
        Ok(Proof::Begun(keys))
    }

    #[inline]
    fn prove_without_body(self, bases: &[SignatureBase<'_>], keys: &Keys) -> Result<Match, AuthError> {
        let Self { config, presented, now } = self;
        let profile = config.scheme.profile();
        let algorithm = profile.algorithm_of(presented)?;
        let steps = config.scheme.key_steps(presented);
        let (prepared, steps) = (&keys.prepared, steps.as_ref());
        let matched = find_match_without_body(bases, prepared, now, algorithm, steps, profile.encoding, presented);
        let matched = self.judge_match(matched.map_err(undescribable)?, keys)?;
        let mut claims = bases.iter().flat_map(|base| &base.claims);
        if claims.all(|claim| WholeBody::EMPTY.meets(claim)) { Ok(matched) } else { Err(not_as_claimed()) }
    }
}

#[cold]
fn undescribable(_: Undescribable) -> AuthError {
    AuthError::new(AuthErrorKind::Misconfigured).with_reason("the scheme describes the body twice")
}

/// What is covered, whichever of the bases the signature matches.
pub(crate) fn covered_by(
    bases: &[SignatureBase<'_>],
    presented: &Presented,
    no_body: bool,
) -> Result<Coverage, Malformed> {
    if bases.iter().map(SignatureBase::head_len).fold(0, usize::saturating_add) > MAX_SIGNED_HEAD {
        return Err(Malformed::new("what is signed of the head is too long"));
    }
    let mut covered = bases.iter().map(|base| base.covers()).reduce(Coverage::common).unwrap_or_default();
    if presented.created.is_none() {
        covered = covered.without(Coverage::CREATED);
    }
    // Without a body there is nothing of it to cover: whoever adds one makes the signature insufficient.
    let nothing_to_cover = no_body && !bases.is_empty();
    Ok(if nothing_to_cover { covered | Coverage::BODY } else { covered })
}

/// The most bytes of the head that are signed, over all bases: a list that names one long field many times must not make
/// us hash more than anybody can send.
const MAX_SIGNED_HEAD: usize = 256 << 10;
