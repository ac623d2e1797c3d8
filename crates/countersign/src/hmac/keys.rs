//! Secrets made ready to verify with.

use std::sync::Arc;
use std::time::SystemTime;

use countersign_core::{Secret, SecretVersion, Secrets};

use crate::hmac::mac::{Feed, RunningMac};
use crate::hmac::{Algorithm, KeySteps};

/// The secrets of a key, made ready for one algorithm: everything of an HMAC that does not depend on the message is done.
pub(crate) struct PreparedKeys {
    algorithm: Algorithm,
    keys: Vec<PreparedKey>,
}

struct PreparedKey {
    version: SecretVersion,
    fresh: RunningMac,
}

impl PreparedKeys {
    pub(crate) fn new(secrets: &Secrets, algorithm: Algorithm, now: SystemTime) -> Self {
        // Versions whose time has yet to come are kept: what is prepared may be used for a while.
        let usable = secrets.iter().filter(|version| version.not_after().is_none_or(|end| now < end));
        let keys = usable.take(4 * Secrets::MAX_LIVE).map(|version| PreparedKey {
            version: version.clone(),
            fresh: RunningMac::new(algorithm, version.secret().expose_secret()),
        });
        Self { algorithm, keys: keys.collect() }
    }

    /// The keys of whoever has none: costs what a real one costs, and never matches anything that anybody can make.
    pub(crate) fn decoy(algorithm: Algorithm) -> Self {
        Self::new(&Secret::random().into(), algorithm, SystemTime::UNIX_EPOCH)
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

    /// The labels of the live secrets, newest first.
    pub(crate) fn labels(&self, now: SystemTime) -> impl Iterator<Item = Option<&Arc<str>>> {
        self.live(now).map(|key| key.version.label())
    }

    fn live(&self, now: SystemTime) -> impl Iterator<Item = &PreparedKey> {
        self.keys.iter().filter(move |key| key.version.is_live(now)).take(Secrets::MAX_LIVE)
    }
}

impl PreparedKey {
    #[inline]
    fn start(&self, prepared: Algorithm, algorithm: Algorithm, steps: Option<&KeySteps<'_>>) -> RunningMac {
        match steps {
            None if prepared == algorithm => self.fresh.clone(),
            None => RunningMac::new(algorithm, self.version.secret().expose_secret()),
            Some(steps) => {
                let first = zeroize::Zeroizing::new([steps.prefix, self.version.secret().expose_secret()].concat());
                steps.steps.iter().fold(RunningMac::new(algorithm, &first), |mut mac, step| {
                    mac.feed(step);
                    RunningMac::new(algorithm, mac.finish().as_slice())
                })
            }
        }
    }
}
