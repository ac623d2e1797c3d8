//! Times and periods, as people write and read them.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Span, Timestamp, TimestampRound, Unit, Zoned};

use crate::failure::{Failure, Result};

/// A period that is not negative: `90d`, `1h 30m`, `500ms`, `1 year`, `P90D`. Days, months and years are those of UTC's
/// calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period(Span);

impl FromStr for Period {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text.parse::<Span>() {
            Ok(span) if !span.is_negative() => Ok(Self(span)),
            _ => Err("a period is a number with a unit, such as 90d, 12h, 1h 30m or 500ms"),
        }
    }
}

impl Period {
    pub(crate) fn after(self, now: SystemTime) -> Result<SystemTime> {
        let end = zoned(now).checked_add(self.0);
        end.map(|end| end.timestamp().into()).map_err(|_| Failure::usage("that is too far in the future"))
    }

    pub(crate) fn before(self, now: SystemTime) -> Result<SystemTime> {
        let start = zoned(now).checked_sub(self.0);
        start.map(|start| start.timestamp().into()).map_err(|_| Failure::usage("that is too long ago"))
    }

    /// How long it is if it begins now.
    pub(crate) fn from(self, now: SystemTime) -> Result<Duration> {
        Ok(self.after(now)?.duration_since(now).unwrap_or_default())
    }
}

/// A point in time: RFC 3339, or a date, whose first instant in UTC is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) SystemTime);

impl FromStr for Instant {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        // A date is tried first, and only where nothing but a date can be meant.
        let time = if text.len() == 10 { date() } else { text.parse().ok() };
        time.map(|time| Self(time.into())).ok_or("a time is written as 2027-01-31T12:00:00Z, or as 2027-01-31")
    }
}

/// As RFC 3339 writes it, in UTC. Years beyond 9999 are cut to the end of 9999.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    timestamp(time).to_string()
}

/// Short enough for a table: `2027-01-31 12:00`, in UTC.
pub(crate) fn minute(time: SystemTime) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What stores keep of a time: whole microseconds.
pub(crate) fn storable(time: SystemTime) -> SystemTime {
    let whole = TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Floor);
    timestamp(time).round(whole).map_or(time, SystemTime::from)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let end = if time < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(time).unwrap_or(end)
}

fn zoned(time: SystemTime) -> Zoned {
    timestamp(time).to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SystemTime {
        text.parse::<Instant>().unwrap().0
    }

    #[test]
    fn periods_follow_the_calendar() {
        let after = |period: &str| rfc3339(period.parse::<Period>().unwrap().after(at("2026-01-31")).unwrap());
        assert_eq!(after("90d"), "2026-05-01T00:00:00Z");
        assert_eq!(after("1 month"), "2026-02-28T00:00:00Z");
        assert_eq!(after("1y 1h 30m"), "2027-01-31T01:30:00Z");
        assert_eq!(after("500ms"), "2026-01-31T00:00:00.5Z");
        assert_eq!(after("P1DT1H"), "2026-02-01T01:00:00Z");
        assert!("9998y".parse::<Period>().unwrap().after(at("2026-01-31")).is_err());
        for bad in ["", "90", "-1d", "1d ago", "soon", "1 fortnight"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn instants_are_rfc_3339_or_dates() {
        assert_eq!(rfc3339(at("2027-01-31")), "2027-01-31T00:00:00Z");
        assert_eq!(rfc3339(at("2027-01-31T12:00:00.25+02:00")), "2027-01-31T10:00:00.25Z");
        assert_eq!(minute(at("2027-01-31T12:00:59Z")), "2027-01-31 12:00");
        for bad in ["", "2027", "2027-02-30", "2027-01-31T12:00:00", "tomorrow", "1700000000"] {
            assert!(bad.parse::<Instant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_shown_as_its_end() {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert!(rfc3339(far).starts_with("9999-12-30T22:00:00"), "{}", rfc3339(far));
    }
}
