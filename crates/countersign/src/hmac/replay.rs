//! Refusing what was seen before.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::{Claim, Nonce, NonceStore};

use crate::auth::{Answer, Ask, AuthError, AuthErrorKind};
use crate::hmac::mac::Output;
use crate::hmac::{Coverage, Leeway, Presented, SchemeProfile};

/// Whether and where spent nonces are remembered.
#[derive(Clone)]
pub(super) enum Replay {
    Off,
    /// For as long as a signature is fresh, or as long as the application says where signatures carry no time.
    On {
        store: Arc<dyn NonceStore>,
        remember: Option<Duration>,
    },
}

impl Replay {
    /// Whether there is anything to ask.
    pub(super) const fn is_on(&self) -> bool {
        matches!(self, Self::On { .. })
    }

    /// Asks for the nonce of a request whose signature held, which is remembered for as long as it may be `fresh`; `None` where
    /// nothing is remembered.
    pub(super) fn claim(
        &self,
        profile: &SchemeProfile,
        fresh: Duration,
        presented: &Presented,
        covered: Coverage,
        mac: &Output,
        now: SystemTime,
    ) -> Option<Answer<Claim>> {
        let Self::On { store, remember } = self else { return None };
        let value = match presented.nonce() {
            Some(nonce) if profile.single_use_nonce && covered.contains(Coverage::NONCE) => nonce,
            // Our own MAC, not what was presented: however a signature is spelled, it is the same one.
            _ => mac.as_slice(),
        };
        let nonce = Nonce::new(profile.name, presented.key_id.clone(), value);
        let expires = match (remember, presented.created) {
            (Some(remember), _) => now.checked_add(*remember),
            // Past the last instant at which it is fresh, by any clock that agrees with ours within the leeway.
            (None, created) => created.unwrap_or(now).max(now).checked_add(fresh.saturating_add(SECOND)),
        };
        let (store, expires) = (store.clone(), expires.unwrap_or(SystemTime::UNIX_EPOCH + FOR_EVER));
        Some(Ask::now(async move { (*store).claim(&nonce, now, expires).await }))
    }
}

/// What the nonce store's answer means.
pub(super) fn settle(claim: Result<Claim, AuthError>) -> Result<(), AuthError> {
    match claim? {
        Claim::Fresh => Ok(()),
        Claim::Full => Err(AuthErrorKind::NonceStoreFull.into()),
        Claim::Seen => Err(AuthErrorKind::Replayed.into()),
    }
}

/// Judges a signature's time; both limits of the leeway are included.
pub(crate) fn judge_time(presented: &Presented, leeway: Leeway, now: SystemTime) -> Result<(), AuthError> {
    if let Some(created) = presented.created {
        let (kind, skew) = match now.duration_since(created) {
            Ok(age) => ((age > leeway.past).then_some(AuthErrorKind::Stale), seconds(age)),
            Err(ahead) => {
                let ahead = ahead.duration();
                ((ahead > leeway.future).then_some(AuthErrorKind::FromTheFuture), -seconds(ahead))
            }
        };
        if let Some(kind) = kind {
            return Err(AuthError::new(kind).with_skew(skew));
        }
    }
    match presented.expires {
        Some(expires) if now >= expires => {
            Err(AuthError::new(AuthErrorKind::Stale).with_reason("its own time has run out"))
        }
        _ => Ok(()),
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

const SECOND: Duration = Duration::from_secs(1);
/// The year 5138, as far as whoever asks to remember for ever needs to care.
const FOR_EVER: Duration = Duration::from_secs(100_000_000_000);
