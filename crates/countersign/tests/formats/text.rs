//! What several formats read: numbers, dates, parameters.

use std::time::{Duration, SystemTime};

use countersign::hmac::Malformed;

/// Seconds since 1970 in the one canonical spelling.
pub fn unix_seconds(text: &str) -> Result<SystemTime, Malformed> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if digits && !text.starts_with('0') => Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)),
        _ => Err(Malformed::new("the time is not a plain number of seconds")),
    }
}

pub fn seconds_since_1970(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

pub fn is_lower_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
