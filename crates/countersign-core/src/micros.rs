//! For whoever writes a store: times as microseconds since 1970, as a signed number.
//!
//! What the contracts ask of times is kept with these: the facts of a token or a secret are [cut off](floor), the end of a
//! nonce is [rounded up](ceil).

use std::time::{Duration, SystemTime};

use crate::StoreError;

/// The last whole microsecond not after `time`: what is kept of a token or a secret is never rounded up.
///
/// # Errors
/// When the time is more than some 292,000 years away from 1970.
pub fn floor(time: SystemTime) -> Result<i64, StoreError> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()),
        Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1000)).map(|micros| -micros),
    }
    .map_err(|_| StoreError::new("a time is too far from now to be stored"))
}

/// The first whole microsecond not before `time`, or the last there is: a nonce is never forgotten early.
#[must_use]
pub fn ceil(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    }
}

/// The time that was kept.
///
/// # Errors
/// When the system has no such time.
pub fn time(micros: i64) -> Result<SystemTime, StoreError> {
    let distance = Duration::from_micros(micros.unsigned_abs());
    let time = if micros < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.ok_or_else(|| StoreError::new("a stored time is too far from now"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn floor_never_rounds_up_and_ceil_never_down() {
        for nanos in [0, 1, 999, 1_000, 1_001, 1_500_000_000_000_000_999] {
            for time_of in [EPOCH + Duration::from_nanos(nanos), EPOCH - Duration::from_nanos(nanos)] {
                let (low, high) = (floor(time_of).unwrap(), ceil(time_of));
                assert!(time(low).unwrap() <= time_of && time_of <= time(high).unwrap(), "{time_of:?}");
                assert!(high - low <= 1, "{time_of:?}");
            }
        }
    }

    #[test]
    fn times_out_of_reach_are_an_error_to_keep_and_the_last_time_to_forget() {
        let far = EPOCH + Duration::from_secs(u64::MAX / 4);
        assert!(floor(far).is_err());
        assert_eq!(ceil(far), i64::MAX);
        assert!(floor(EPOCH - Duration::from_secs(u64::MAX / 4)).is_err());
        assert_eq!(ceil(EPOCH - Duration::from_secs(u64::MAX / 4)), i64::MIN);
    }
}
