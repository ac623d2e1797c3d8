//! Finding the secrets of a key: kept ready, or in a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use countersign_core::{KeyId, Secrets};

use crate::auth::{Answer, Ask, AuthError};
use crate::cache::{Cache, Engine, Joined, Known, Stamp, ask_together};
use crate::hmac::judge::Judge;
use crate::hmac::keys::PreparedKeys;

pub(super) type KeyCache = Cache<KeyId, Arc<PreparedKeys>, Secrets>;

/// The keys to verify with.
pub(super) struct Keys {
    pub(super) prepared: Arc<PreparedKeys>,
    /// Whether they are the key id's own, rather than the decoy that hides that it has none.
    pub(super) known: bool,
    /// Where they are worth keeping once a signature was verified with them: when the store was asked.
    stamp: Option<Stamp>,
}

/// What the store answered, and when it was asked, where that is to be kept.
pub(super) struct Fetched {
    secrets: Secrets,
    stamp: Option<Stamp>,
}

pub(super) enum Found {
    Now(Result<Keys, AuthError>),
    Later(Ask<Fetched>),
}

impl Judge<'_> {
    /// Finds the key's secrets: kept ready, in a store that answers at once, or in one that has to be waited for.
    #[inline]
    pub(super) fn find_keys(self) -> Found {
        let Some(engine) = self.config.cache.engine() else { return self.ask_alone() };
        match self.find_kept_keys() {
            Some(keys) => Found::Now(Ok(keys)),
            None => self.ask_with_others(engine),
        }
    }

    /// Finds the key's secrets where they are kept ready, or the decoy where it is known that there are none.
    #[inline]
    pub(super) fn find_kept_keys(self) -> Option<Keys> {
        let known = self.config.cache.engine()?.look_up(&self.presented.key_id, self.now)?;
        self.usable(known)
    }

    fn ask_alone(self) -> Found {
        let (store, key_id) = (self.config.store.clone(), self.presented.key_id.clone());
        self.found(Ask::now(async move {
            let secrets = (*store).secrets(&key_id).await?;
            Ok(Fetched { secrets, stamp: None })
        }))
    }

    fn ask_with_others(self, engine: &Arc<Engine<KeyId, Arc<PreparedKeys>, Secrets>>) -> Found {
        let Self { config, presented, now } = self;
        let enough = |known: &Known<_>| self.usable(known.clone()).is_some();
        let seat = match engine.join(&presented.key_id, now, config.store_timeout, enough) {
            Joined::Known(known) => return Found::Now(Ok(self.usable(known).unwrap_or_else(|| self.decoy()))),
            Joined::Seat(seat) => seat,
        };
        let (engine, clock) = (engine.clone(), config.clock.clone());
        let (store, key_id) = (config.store.clone(), presented.key_id.clone());
        self.found(Ask::together(async move {
            // Of a key that exists nothing is kept before a signature was verified with it.
            let keep = |secrets: &Secrets, stamp| {
                if secrets.is_empty() {
                    engine.keep(&key_id, Known::Absent, stamp, None, clock.now());
                }
            };
            let arrival = ask_together(seat, &*clock, || (*store).secrets(&key_id), keep).await?;
            Ok(Fetched { secrets: arrival.answer, stamp: Some(arrival.stamp) })
        }))
    }

    fn found(self, answer: Answer<Fetched>) -> Found {
        match answer {
            Answer::Now(fetched) => Found::Now(self.settle(fetched)),
            Answer::Later(ask) => Found::Later(ask),
        }
    }

    /// Makes ready what the store answered; what was kept before, where it fails and the configuration takes even that.
    pub(super) fn settle(self, fetched: Result<Fetched, AuthError>) -> Result<Keys, AuthError> {
        match fetched {
            Ok(fetched) => self.prepare(fetched),
            Err(error) => {
                let stale = self.config.cache.look_up_stale(&self.presented.key_id, self.now, &error);
                stale.and_then(|prepared| self.usable(Known::Proved(prepared))).ok_or(error)
            }
        }
    }

    /// Keeps keys with which a signature was just verified.
    #[inline]
    pub(super) fn keep(self, keys: &Keys) {
        if let (Some(stamp), Some(engine)) = (keys.stamp, self.config.cache.engine()) {
            let proved = Known::Proved(keys.prepared.clone());
            engine.keep(&self.presented.key_id, proved, stamp, None, self.config.clock.now());
        }
    }

    /// What is kept is judged again: keys of which all have run out must be asked for anew.
    #[inline]
    fn usable(self, known: Known<Arc<PreparedKeys>>) -> Option<Keys> {
        match known {
            Known::Proved(prepared) if prepared.has_live(self.now) => Some(Keys { prepared, known: true, stamp: None }),
            Known::Absent => Some(self.decoy()),
            Known::Proved(_) | Known::Refused(_) => None,
        }
    }

    fn prepare(self, Fetched { secrets, stamp }: Fetched) -> Result<Keys, AuthError> {
        let Self { config, presented, now } = self;
        self.warn_once(&secrets);
        let profile = config.scheme.profile();
        let prepared = PreparedKeys::new(&secrets, profile, now)?;
        if prepared.has_live(now) {
            let prepared = Arc::new(prepared.belonging_to(&presented.key_id, profile));
            return Ok(Keys { prepared, known: true, stamp });
        }
        Ok(self.decoy())
    }

    fn decoy(self) -> Keys {
        Keys { prepared: self.config.decoy.clone(), known: false, stamp: None }
    }

    fn warn_once(self, secrets: &Secrets) {
        if let Some(weakness) = secrets.weakness()
            && !self.config.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(target: "countersign::store", key_id = %self.presented.key_id, weakness, "weak secret");
        }
    }
}
