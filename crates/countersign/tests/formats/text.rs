//! What several formats read: numbers, dates, parameters.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use countersign::auth::SignedHead;
use countersign::hmac::Malformed;
use http::HeaderName;

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

/// The `name="value"` parameters of a field, each name once, no escapes.
pub struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    pub fn read(mut text: &'a str) -> Result<Self, Malformed> {
        let bad = Malformed::new("the parameters are not name=\"value\" with commas between");
        let mut read = Vec::new();
        loop {
            let (name, rest) = text.split_once("=\"").ok_or(bad)?;
            let (value, rest) = rest.split_once('"').ok_or(bad)?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) || value.contains('\\') {
                return Err(bad);
            }
            if read.iter().any(|(other, _)| *other == name) {
                return Err(Malformed::several());
            }
            read.push((name, value));
            match rest.strip_prefix(',') {
                None if rest.is_empty() => return Ok(Self(read)),
                None => return Err(bad),
                Some(rest) => text = rest.trim_start_matches(' '),
            }
        }
    }

    pub fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    pub fn want(&self, name: &str) -> Result<&'a str, Malformed> {
        self.find(name).ok_or(Malformed::new("a parameter is missing"))
    }
}

/// The one value that several fields of a name stand for: each trimmed, `, ` between.
pub fn joined<'h>(head: &SignedHead<'h>, name: &HeaderName) -> Option<Cow<'h, [u8]>> {
    let mut values = head.headers().get_all(name).iter().map(|value| value.as_bytes().trim_ascii());
    let first = values.next()?;
    Some(match values.next() {
        None => Cow::Borrowed(first),
        Some(second) => {
            let all: Vec<_> = [first, second].into_iter().chain(values).collect();
            Cow::Owned(all.join(b", ".as_slice()))
        }
    })
}

pub fn date(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> Result<SystemTime, Malformed> {
    let fits = (1970..9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 59 {
        return Err(Malformed::new("no such time"));
    }
    // Days since 1970, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * days + 3600 * hour + 60 * minute + second))
}

/// Year, month, day, hour, minute and second of the numbers in these places.
fn numbers(text: &str, places: [(usize, usize); 6]) -> Result<[u64; 6], Malformed> {
    let bad = Malformed::new("the time has no number where one belongs");
    let mut numbers = [0; 6];
    for (number, (from, to)) in numbers.iter_mut().zip(places) {
        let digits = text.get(from..to).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        *number = digits.and_then(|digits| digits.parse().ok()).ok_or(bad)?;
    }
    Ok(numbers)
}

/// `20231114T221320Z`.
pub fn basic_date(text: &str) -> Result<SystemTime, Malformed> {
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return Err(Malformed::new("the time is not YYYYMMDDThhmmssZ"));
    }
    let [year, month, day, hour, minute, second] =
        numbers(text, [(0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15)])?;
    date(year, month, day, hour, minute, second)
}

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// `Tue, 14 Nov 2023 22:13:20 GMT`.
pub fn http_date(text: &str) -> Result<SystemTime, Malformed> {
    let bad = Malformed::new("the time is not an HTTP date");
    let month = text.get(8..11).and_then(|month| MONTHS.find(month)).filter(|at| at % 3 == 0).ok_or(bad)?;
    let [year, _, day, hour, minute, second] = numbers(text, [(12, 16), (5, 7), (5, 7), (17, 19), (20, 22), (23, 25)])?;
    let time = date(year, month as u64 / 3 + 1, day, hour, minute, second)?;
    if spell_http_date(time) == text { Ok(time) } else { Err(bad) }
}

/// The time at which the day is in year, month, day.
fn calendar(time: SystemTime) -> (u64, u64, u64, u64) {
    let seconds = seconds_since_1970(time);
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + 400 * era, if month < 10 { month + 3 } else { month - 9 });
    (if month > 2 { year } else { year + 1 }, month, day, seconds % 86_400)
}

pub fn spell_http_date(time: SystemTime) -> String {
    let (year, month, day, second) = calendar(time);
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(seconds_since_1970(time) / 86_400 % 7) as usize];
    let month = &MONTHS[(month as usize - 1) * 3..][..3];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

pub fn spell_basic_date(time: SystemTime) -> String {
    let (year, month, day, second) = calendar(time);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
