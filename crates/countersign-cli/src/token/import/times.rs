//! Times, as databases and Django write them.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;

/// Reads a time: ISO 8601 and its relatives in SQL dumps, or what Django shows (`Aug. 2, 2022, 10:45 a.m.`). One that does
/// not say its offset has `offset`.
pub(super) fn read(text: &str, offset: Offset) -> Option<SystemTime> {
    let text = text.trim();
    let stated = text.parse::<Timestamp>().ok().or_else(|| utc(text)).or_else(|| short_offset(text));
    let local = || text.parse::<DateTime>().ok().or_else(|| django(text));
    stated.or_else(|| offset.to_timestamp(local()?).ok()).map(SystemTime::from)
}

/// Reads `+02:00`.
pub(super) fn offset(text: &str) -> Result<Offset, &'static str> {
    let offset = BrokenDownTime::parse("%:z", text).ok().and_then(|read| read.offset());
    offset.ok_or("an offset is written as +02:00")
}

fn utc(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT"))?;
    Offset::UTC.to_timestamp(text.parse().ok()?).ok()
}

/// `2022-08-02 10:45:00 +0000`, and without the blank.
fn short_offset(text: &str) -> Option<Timestamp> {
    let at = text.rfind(['+', '-']).filter(|at| *at > "2022-08-02".len())?;
    let (time, offset) = text.split_at_checked(at)?;
    let offset = BrokenDownTime::parse("%z", offset).ok()?.offset()?;
    offset.to_timestamp(time.trim_end().parse().ok()?).ok()
}

/// Django's `N j, Y, P`: the month as the Associated Press shortens it, and the time without `:00`.
fn django(text: &str) -> Option<DateTime> {
    let (month_day, rest) = text.split_once(", ")?;
    let (year, time) = rest.split_once(", ")?;
    let (month, day) = month_day.split_once(' ')?;
    let month = MONTHS.iter().position(|known| *known == month)? + 1;
    let date = Date::new(year.parse().ok()?, i8::try_from(month).ok()?, day.parse().ok()?).ok()?;
    Some(date.to_datetime(hour(time)?))
}

fn hour(text: &str) -> Option<Time> {
    if let "midnight" | "noon" = text {
        return Time::new(if text == "noon" { 12 } else { 0 }, 0, 0, 0).ok();
    }
    let (time, half) = text.split_once(' ')?;
    let (hour, minute) = time.split_once(':').unwrap_or((time, "0"));
    let hour: i8 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    let hour = match half {
        "a.m." => hour % 12,
        "p.m." => hour % 12 + 12,
        _ => return None,
    };
    Time::new(hour, minute.parse().ok()?, 0, 0).ok()
}

const MONTHS: [&str; 12] =
    ["Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Option<String> {
        Some(crate::time::rfc3339(read(text, offset(zone).unwrap())?))
    }

    #[test]
    fn times_are_read_as_others_write_them() {
        for text in [
            "2022-08-02T10:45:00+00:00",
            "2022-08-02T12:45:00.000000+02:00",
            "2022-08-02T10:45:00Z",
            "2022-08-02 10:45:00+00",
            "2022-08-02 10:45:00 +0000",
            "2022-08-02 12:45:00+0200",
            "2022-08-02 10:45:00 UTC",
            " 2022-08-02 11:45:00",
            "2022-08-02T11:45",
            "Aug. 2, 2022, 11:45 a.m.",
        ] {
            assert_eq!(at(text, "+01:00").as_deref(), Some("2022-08-02T10:45:00Z"), "{text}");
        }
        assert_eq!(at("2022-08-02 10:45:00.123456", "+00:00").as_deref(), Some("2022-08-02T10:45:00.123456Z"));
    }

    #[test]
    fn djangos_hours_are_those_of_a_clock_with_hands() {
        for (text, shown) in [
            ("Sept. 1, 2021, midnight", "2021-09-01T00:00:00Z"),
            ("March 15, 2021, noon", "2021-03-15T12:00:00Z"),
            ("May 5, 2022, 12:30 a.m.", "2022-05-05T00:30:00Z"),
            ("Dec. 31, 2022, 5 p.m.", "2022-12-31T17:00:00Z"),
            ("Jan. 5, 2022, 12:30 p.m.", "2022-01-05T12:30:00Z"),
        ] {
            assert_eq!(at(text, "+00:00").as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "yesterday", "2022-13-01", "Aug. 2, 2022", "Aug. 2, 2022, 13 p.m.", "1659437100", "2022-08-02 25:00"]
        {
            assert_eq!(at(text, "+00:00"), None, "{text}");
        }
        assert!(offset("2").is_err() && offset("+26:00").is_err() && offset("").is_err());
    }
}
