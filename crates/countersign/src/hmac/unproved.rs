//! A body that is handed on before the signature over it can be judged.

use std::sync::Arc;
use std::time::SystemTime;

use crate::auth::{Answer, AuthError, AuthErrorKind, Authenticated, Unproved};
use crate::body::{Judgement, Promise};
use crate::hmac::authenticator::Config;
use crate::hmac::judge::{Judge, Match};
use crate::hmac::lookup::Keys;
use crate::hmac::replay::settle;
use crate::hmac::verifier::{Verifier, judge_claims};
use crate::hmac::{Coverage, Presented};

/// A request whose head has passed, and whose signature is judged when all of its body has.
pub(super) struct Unjudged {
    pub(super) config: Arc<Config>,
    pub(super) presented: Presented,
    pub(super) covered: Coverage,
    pub(super) now: SystemTime,
    pub(super) verifier: Box<Verifier>,
    pub(super) keys: Keys,
    pub(super) mark: Unproved,
}

impl Unjudged {
    fn judge_body(mut self: Box<Self>) -> Result<(Box<Self>, Match), AuthError> {
        let Self { config, presented, now, verifier, keys, .. } = &mut *self;
        let judge = Judge { config, presented, now: *now };
        let matched = judge.judge_signature(verifier, keys, &config.limits.nothing_read())?;
        judge_claims(verifier.take_claims())?;
        // A nonce is remembered for as long as a body may take: whoever keeps it waiting must not outlive that.
        let took = config.clock.now().duration_since(*now).unwrap_or_default();
        if took > config.limits.timeout { Err(AuthErrorKind::BodyTimedOut.into()) } else { Ok((self, matched)) }
    }

    fn settle(&self, claim: Result<(), AuthError>, matched: Match) -> Result<(), AuthError> {
        claim?;
        let Self { config, covered, now, mark, .. } = self;
        config.record(&matched.key, *now);
        mark.prove(Authenticated::by_known_key(matched.key, *now).with_covered(*covered));
        Ok(())
    }
}

impl Promise for Unjudged {
    fn feed(&mut self, bytes: &[u8]) {
        self.verifier.feed_body(bytes);
    }

    fn judge(self: Box<Self>) -> Judgement {
        let key_id = self.presented.key_id.clone();
        let named = |error: AuthError| error.with_key_id(key_id.clone());
        let (own, matched) = match self.judge_body() {
            Ok(judged) => judged,
            Err(error) => return Judgement::Now(Err(named(error))),
        };
        let judge = Judge { config: &own.config, presented: &own.presented, now: own.now };
        match judge.claim_nonce(&matched, own.covered) {
            None => Judgement::Now(own.settle(Ok(()), matched)),
            Some(Answer::Now(claim)) => Judgement::Now(own.settle(settle(claim), matched).map_err(named)),
            Some(claim) => Judgement::Later(Box::pin(async move {
                let claim = claim.within(own.config.store_timeout).await;
                own.settle(settle(claim), matched).map_err(|error| error.with_key_id(key_id))
            })),
        }
    }
}
