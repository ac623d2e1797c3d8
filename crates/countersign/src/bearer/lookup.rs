//! Finding out what is known of a token: kept a while ago, or in the store.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{PresentedToken, TokenDigest, TokenInfo};
use http::HeaderValue;

use super::authenticator::Config;
use super::credentials;
use crate::auth::{Answer, Ask, AuthError};
use crate::cache::{Cache, Engine, Joined, Known, ask_together};

pub(super) type TokenCache = Cache<TokenDigest, TokenInfo, Option<TokenInfo>>;

/// What is known of a token, and the time by which that is to be judged: not when the request came, but when the answer is
/// there. A token that ran out while the store was asked is not good.
pub(super) struct Finding {
    pub(super) digest: TokenDigest,
    pub(super) info: Option<TokenInfo>,
    pub(super) now: SystemTime,
}

pub(super) enum Found {
    Now(Result<Finding, AuthError>),
    /// The store has to be waited for; then [`settle`](Config::settle).
    Later(TokenDigest, Ask<Option<TokenInfo>>),
}

impl Config {
    /// What is kept of the token in this field, where it was admitted before and would be again.
    #[inline]
    pub(super) fn look_up_admitted(&self, field: &HeaderValue) -> Option<(TokenDigest, TokenInfo, SystemTime)> {
        let engine = self.cache.engine()?;
        let token = credentials::unjudged(field, self.scheme)?;
        let deprecated = self.formats.judge_unjudged(token)?;
        let (digest, now) = (TokenDigest::of(token), self.clock.now());
        let info = engine.look_up_proved(&digest, now)?;
        // Where something has to be said of its format, that takes longer.
        let admitted = self.judge(&info, now).is_ok() && self.formats.notice_of(deprecated, &info).is_none();
        admitted.then_some((digest, info, now))
    }

    pub(super) fn look_up(self: &Arc<Self>, text: &str) -> Found {
        let Some(engine) = self.cache.engine() else { return self.ask_alone(PresentedToken::new(text)) };
        let (digest, now) = (TokenDigest::of(text), self.clock.now());
        match engine.look_up(&digest, now) {
            Some(known) => Found::Now(Ok(Finding { digest, info: into_info(known), now })),
            None => self.ask_with_others(engine, PresentedToken::new(text), now),
        }
    }

    /// What the store answered; what was kept before, where it fails and the configuration takes even that.
    pub(super) fn settle(
        &self,
        digest: TokenDigest,
        answer: Result<Option<TokenInfo>, AuthError>,
    ) -> Result<Finding, AuthError> {
        let now = self.clock.now();
        let info = match answer {
            Ok(info) => info,
            Err(error) => Some(self.cache.look_up_stale(&digest, now, &error).ok_or(error)?),
        };
        Ok(Finding { digest, info, now })
    }

    fn ask_alone(&self, token: PresentedToken) -> Found {
        let (store, digest) = (self.store.clone(), *token.digest());
        self.found(digest, Ask::now(async move { (*store).token(&token).await }))
    }

    #[cold]
    fn ask_with_others(
        self: &Arc<Self>,
        engine: &Arc<Engine<TokenDigest, TokenInfo, Option<TokenInfo>>>,
        token: PresentedToken,
        now: SystemTime,
    ) -> Found {
        let digest = *token.digest();
        let seat = match engine.join(&digest, now, self.store_timeout, |_| true) {
            Joined::Known(known) => return Found::Now(Ok(Finding { digest, info: into_info(known), now })),
            Joined::Seat(seat) => seat,
        };
        let (engine, config) = (engine.clone(), self.clone());
        let answer = Ask::together(async move {
            let keep = |info: &Option<TokenInfo>, stamp| {
                let now = config.clock.now();
                let (known, ends) = match info {
                    None => (Known::Absent, None),
                    Some(info) if config.judge(info, now).is_ok() => (Known::Proved(info.clone()), info.expires_at()),
                    Some(info) => (Known::Refused(info.clone()), None),
                };
                engine.keep(token.digest(), known, stamp, ends, now);
            };
            let arrival = ask_together(seat, &*config.clock, || (*config.store).token(&token), keep).await?;
            Ok(arrival.answer)
        });
        self.found(digest, answer)
    }

    fn found(&self, digest: TokenDigest, answer: Answer<Option<TokenInfo>>) -> Found {
        match answer {
            Answer::Now(answer) => Found::Now(self.settle(digest, answer)),
            Answer::Later(ask) => Found::Later(digest, ask),
        }
    }
}

fn into_info(known: Known<TokenInfo>) -> Option<TokenInfo> {
    match known {
        Known::Proved(info) | Known::Refused(info) => Some(info),
        Known::Absent => None,
    }
}
