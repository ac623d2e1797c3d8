//! Whether a token is good at a given time.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use crate::TokenInfo;

/// What a token is at a given time. Revoked comes before expired, expired before not yet valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a token is one of these four, and whoever judges must know them all")]
pub enum TokenState {
    /// Good.
    Active,
    /// Was good: `now >= expires_at`.
    Expired,
    /// Will be good: `now < not_before`.
    NotYetValid,
    /// Taken back, whatever its times say.
    Revoked,
}

impl TokenState {
    /// What the token is at `now`.
    #[must_use]
    pub fn of(token: &TokenInfo, now: SystemTime) -> Self {
        if token.revoked_at().is_some() {
            Self::Revoked
        } else if token.expires_at().is_some_and(|expires_at| now >= expires_at) {
            Self::Expired
        } else if token.not_before().is_some_and(|not_before| now < not_before) {
            Self::NotYetValid
        } else {
            Self::Active
        }
    }

    /// How it is written: `active`, `expired`, `not-yet-valid` or `revoked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for TokenState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TokenState {
    type Err = InvalidTokenState;

    fn from_str(text: &str) -> Result<Self, InvalidTokenState> {
        let all = [Self::Active, Self::Expired, Self::NotYetValid, Self::Revoked];
        all.into_iter().find(|state| state.as_str() == text).ok_or(InvalidTokenState)
    }
}

/// A text names none of the states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidTokenState;

impl fmt::Display for InvalidTokenState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token is active, expired, not-yet-valid or revoked")
    }
}

impl std::error::Error for InvalidTokenState {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_instant_of_expiry_is_too_late_and_that_of_the_beginning_is_in_time() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let token = TokenInfo::new("ada").with_not_before(at(10)).with_expires_at(at(20));
        let nanosecond = Duration::from_nanos(1);
        assert_eq!(TokenState::of(&token, at(10) - nanosecond), TokenState::NotYetValid);
        assert_eq!(TokenState::of(&token, at(10)), TokenState::Active);
        assert_eq!(TokenState::of(&token, at(20) - nanosecond), TokenState::Active);
        assert_eq!(TokenState::of(&token, at(20)), TokenState::Expired);
        let never_valid = TokenInfo::new("ada").with_not_before(at(20)).with_expires_at(at(10));
        assert_eq!(TokenState::of(&never_valid, at(15)), TokenState::Expired);
        let revoked = token.with_revoked_at(at(30));
        assert_eq!(TokenState::of(&revoked, at(15)), TokenState::Revoked);
    }

    #[test]
    fn a_state_is_read_as_it_is_written() {
        for state in [TokenState::Active, TokenState::Expired, TokenState::NotYetValid, TokenState::Revoked] {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert_eq!("ACTIVE".parse::<TokenState>(), Err(InvalidTokenState));
    }
}
