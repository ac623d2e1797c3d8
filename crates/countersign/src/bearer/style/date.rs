//! Dates as Django writes them in English: its format `N j, Y, P`.

use std::time::SystemTime;

/// `Aug. 2, 2022, 10:45 a.m.`, `Jan. 5, 2022, midnight`: so many seconds east of UTC.
pub(super) fn django_date(at: SystemTime, utc_offset: i32) -> String {
    let seconds = unix_seconds(at).saturating_add(utc_offset.into());
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute) = (of_day / 3600, of_day / 60 % 60);
    let half = if hour < 12 { "a.m." } else { "p.m." };
    let on_the_clock = (hour + 11) % 12 + 1;
    let time = match (hour, minute) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{on_the_clock} {half}"),
        _ => format!("{on_the_clock}:{minute:02} {half}"),
    };
    format!("{month} {day}, {year}, {time}")
}

/// Whole seconds since 1970, rounded down.
fn unix_seconds(at: SystemTime) -> i64 {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration();
            let seconds = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            i64::try_from(seconds).map_or(i64::MIN, |seconds| -seconds)
        }
    }
}

/// Year, month and day of the Gregorian calendar, so many days after 1 January 1970. Counts in years that begin in March, of
/// which 400 have 146,097 days: leap days come last then.
fn civil(days: i64) -> (i64, &'static str, i64) {
    let since_march_of_year_0 = days + 719_468;
    let (era, of_era) = (since_march_of_year_0.div_euclid(146_097), since_march_of_year_0.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400 + i64::from(month >= 10);
    let name = usize::try_from(month).ok().and_then(|month| MONTHS_FROM_MARCH.get(month)).copied().unwrap_or_default();
    (year, name, day)
}

const MONTHS_FROM_MARCH: [&str; 12] =
    ["March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.", "Jan.", "Feb."];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn date(seconds: i64) -> String {
        let away = Duration::from_secs(seconds.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        django_date(if seconds < 0 { epoch - away } else { epoch + away }, 0)
    }

    #[test]
    fn times_of_day_are_written_as_people_say_them() {
        let second_of_august = 1_659_398_400;
        for (hour, minute, second, time) in [
            (0, 0, 0, "midnight"),
            (0, 0, 59, "midnight"),
            (0, 1, 0, "12:01 a.m."),
            (1, 0, 0, "1 a.m."),
            (10, 45, 0, "10:45 a.m."),
            (11, 59, 59, "11:59 a.m."),
            (12, 0, 0, "noon"),
            (12, 30, 0, "12:30 p.m."),
            (13, 0, 0, "1 p.m."),
            (17, 0, 0, "5 p.m."),
            (23, 9, 0, "11:09 p.m."),
        ] {
            let at = second_of_august + hour * 3600 + minute * 60 + second;
            assert_eq!(date(at), format!("Aug. 2, 2022, {time}"));
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "Jan. 1, 1970, midnight"),
            (-1, "Dec. 31, 1969, 11:59 p.m."),
            (951_782_400, "Feb. 29, 2000, midnight"),
            (951_868_800, "March 1, 2000, midnight"),
            (4_107_542_400, "March 1, 2100, midnight"),
            (4_107_456_000, "Feb. 28, 2100, midnight"),
            (1_709_164_800, "Feb. 29, 2024, midnight"),
            (253_402_300_799, "Dec. 31, 9999, 11:59 p.m."),
            (-2_208_988_800, "Jan. 1, 1900, midnight"),
            (-62_135_596_800, "Jan. 1, 1, midnight"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }

    /// Counts every day from 1600 to 2400, by the rule of leap years alone.
    #[test]
    fn no_day_is_left_out_and_none_is_there_twice() {
        let mut days = -135_140;
        for year in 1600..2400 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            let months = [
                ("Jan.", 31),
                ("Feb.", february),
                ("March", 31),
                ("April", 30),
                ("May", 31),
                ("June", 30),
                ("July", 31),
                ("Aug.", 31),
                ("Sept.", 30),
                ("Oct.", 31),
                ("Nov.", 30),
                ("Dec.", 31),
            ];
            for (month, length) in months {
                for day in 1..=length {
                    assert_eq!(civil(days), (year, month, day));
                    days += 1;
                }
            }
        }
    }

    #[test]
    fn a_date_is_that_of_the_place() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_659_398_400);
        assert_eq!(django_date(at, -7 * 3600), "Aug. 1, 2022, 5 p.m.");
        assert_eq!(django_date(at, 5 * 3600 + 1800), "Aug. 2, 2022, 5:30 a.m.");
        assert_eq!(django_date(SystemTime::UNIX_EPOCH - Duration::from_millis(1), 0), "Dec. 31, 1969, 11:59 p.m.");
    }
}
