//! Secrets made ready to verify with.

use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{KeyId, Secret, SecretVersion, Secrets};
use zeroize::Zeroizing;

use crate::auth::{AuthError, AuthErrorKind, KeyFacts};
use crate::hmac::mac::RunningMac;
#[cfg(feature = "sentry")]
use crate::hmac::mac::same;
use crate::hmac::steps::Derived;
use crate::hmac::{Algorithm, KeyDecoding, KeySteps, SchemeProfile};

/// The secrets of a key, made ready for one algorithm: everything of an HMAC that does not depend on the message is done.
pub(crate) struct PreparedKeys {
    algorithm: Algorithm,
    keys: Vec<PreparedKey>,
    /// The application's own value that the store attached.
    data: Option<Arc<dyn Any + Send + Sync>>,
}

struct PreparedKey {
    version: SecretVersion,
    /// The key itself, where the secret is only its spelling.
    decoded: Option<Zeroizing<Vec<u8>>>,
    fresh: RunningMac,
    derived: Derived,
    /// What a handler is told of it, where it was asked for by its key id.
    facts: Option<Arc<KeyFacts>>,
}

impl PreparedKeys {
    /// Makes ready what has not run out. Versions whose time has yet to come are kept: what is prepared may be used for a
    /// while.
    ///
    /// # Errors
    /// When one of them is not the spelling of a key.
    pub(crate) fn new(secrets: &Secrets, profile: &SchemeProfile, now: SystemTime) -> Result<Self, Undecodable> {
        let usable = secrets.iter().filter(|version| version.not_after().is_none_or(|end| now < end));
        let most = 4 * Secrets::MAX_LIVE;
        // One mostly: as much room as it needs.
        let mut keys = Vec::with_capacity(secrets.iter().count().min(most));
        for version in usable.take(most) {
            keys.push(PreparedKey::new(version, profile)?);
        }
        Ok(Self { algorithm: profile.algorithm, keys, data: secrets.data().cloned() })
    }

    /// The keys of whoever has none: costs what a real one costs, and never matches anything that anybody can make.
    pub(crate) fn decoy(profile: &SchemeProfile) -> Self {
        let version = SecretVersion::new(Secret::random());
        let fresh = RunningMac::new(profile.algorithm, version.secret().expose_secret());
        Self {
            algorithm: profile.algorithm,
            keys: vec![PreparedKey { version, decoded: None, fresh, derived: Derived::default(), facts: None }],
            data: None,
        }
    }

    /// Says whose they are, so that nothing needs to be put together when a request comes.
    #[must_use]
    pub(super) fn belonging_to(mut self, key_id: &KeyId, profile: &SchemeProfile) -> Self {
        for key in &mut self.keys {
            key.facts = Some(Arc::new(KeyFacts {
                method: profile.name,
                challenge: Some(profile.challenge),
                key_id: key_id.clone(),
                secret_label: key.version.label().cloned(),
                data: self.data.clone(),
            }));
        }
        self
    }

    pub(crate) fn has_live(&self, now: SystemTime) -> bool {
        self.live(now).next().is_some()
    }

    /// A MAC for each live secret, newest first.
    pub(crate) fn start(
        &self,
        now: SystemTime,
        algorithm: Algorithm,
        steps: Option<&KeySteps<'_>>,
    ) -> impl Iterator<Item = RunningMac> {
        self.live(now).map(move |key| key.start(self.algorithm, algorithm, steps))
    }

    /// A MAC with the live secret of this place, newest first.
    pub(crate) fn start_with(&self, now: SystemTime, place: usize) -> Option<RunningMac> {
        self.live(now).nth(place).map(|key| key.fresh.clone())
    }

    /// Which of the live secrets these very bytes are, newest first. All of them are compared.
    #[cfg(feature = "sentry")]
    pub(crate) fn place_of(&self, now: SystemTime, presented: &[u8]) -> Option<usize> {
        let compared = self.live(now).map(|key| same(key.version.secret().expose_secret(), presented));
        compared.enumerate().fold(None, |found, (place, is_same)| match found {
            None if is_same => Some(place),
            _ => found,
        })
    }

    /// What is known of the live secret of this place, newest first.
    pub(super) fn facts(&self, now: SystemTime, place: usize) -> Option<&Arc<KeyFacts>> {
        self.live(now).nth(place).and_then(|key| key.facts.as_ref())
    }

    /// The labels of the live secrets, newest first.
    #[cfg(feature = "explain")]
    pub(crate) fn labels(&self, now: SystemTime) -> impl Iterator<Item = Option<&Arc<str>>> {
        self.live(now).map(|key| key.version.label())
    }

    fn live(&self, now: SystemTime) -> impl Iterator<Item = &PreparedKey> {
        self.keys.iter().filter(move |key| key.version.is_live(now)).take(Secrets::MAX_LIVE)
    }
}

impl PreparedKey {
    fn new(version: &SecretVersion, profile: &SchemeProfile) -> Result<Self, Undecodable> {
        let secret = version.secret().expose_secret();
        let decoded = match profile.key_decoding {
            KeyDecoding::Raw => None,
            decoding => Some(decoding.key(secret).ok_or(Undecodable)?),
        };
        let fresh = RunningMac::new(profile.algorithm, decoded.as_deref().map_or(secret, Vec::as_slice));
        Ok(Self { version: version.clone(), decoded, fresh, derived: Derived::default(), facts: None })
    }

    fn key(&self) -> &[u8] {
        self.decoded.as_deref().map_or_else(|| self.version.secret().expose_secret(), Vec::as_slice)
    }

    #[inline]
    fn start(&self, prepared: Algorithm, algorithm: Algorithm, steps: Option<&KeySteps<'_>>) -> RunningMac {
        match steps {
            None if prepared == algorithm => self.fresh.clone(),
            None => RunningMac::new(algorithm, self.key()),
            Some(steps) => self.derived.start(self.key(), algorithm, steps),
        }
    }
}

/// A secret is not spelled as its format spells keys.
#[derive(Debug)]
pub(crate) struct Undecodable;

impl From<Undecodable> for AuthError {
    fn from(_: Undecodable) -> Self {
        Self::new(AuthErrorKind::Misconfigured)
            .with_reason("a secret of this key is not spelled as its format spells keys")
    }
}
