//! Dates: RFC 9110's, and ISO 8601's basic form.

use std::time::{Duration, SystemTime};

use super::since_1970;
use crate::hmac::Malformed;

/// `Tue, 14 Nov 2023 22:13:20 GMT` (RFC 9110 §5.6.7, IMF-fixdate): neither of the two obsolete forms, and with the right day of
/// the week.
pub(crate) fn http_date(text: &str) -> Result<SystemTime, Malformed> {
    let time = httpdate::parse_http_date(text).ok().filter(|time| httpdate::fmt_http_date(*time) == text);
    time.ok_or(Malformed::new("the date is not Www, dd Mmm yyyy hh:mm:ss GMT"))
}

pub(crate) fn spell_http_date(time: SystemTime) -> Result<String, Malformed> {
    in_years_of_four_digits(time)?;
    Ok(httpdate::fmt_http_date(time))
}

/// `20231114T221320Z`.
pub(crate) fn basic_date(text: &str) -> Result<SystemTime, Malformed> {
    let bad = Malformed::new("the time is not yyyymmddThhmmssZ");
    let number = |from, to| {
        let mut digits = text.as_bytes().get(from..to).ok_or(bad)?.iter();
        digits.try_fold(0, |number, b| b.is_ascii_digit().then(|| 10 * number + u64::from(b - b'0'))).ok_or(bad)
    };
    let [year, month, day] = [number(0, 4)?, number(4, 6)?, number(6, 8)?];
    let [hour, minute, second] = [number(9, 11)?, number(11, 13)?, number(13, 15)?];
    if text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return Err(bad);
    }
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59
    {
        return Err(bad);
    }
    let days = days_to(year, month, day);
    // No 30th of February.
    if date_after(days) != (year, month, day) {
        return Err(bad);
    }
    Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * days + 3600 * hour + 60 * minute + second))
}

pub(crate) fn spell_basic_date(time: SystemTime) -> Result<String, Malformed> {
    in_years_of_four_digits(time)?;
    let seconds = since_1970(time)?.as_secs();
    let ((year, month, day), second) = (date_after(seconds / 86_400), seconds % 86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Ok(format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"))
}

/// Days from 1970-01-01 to a date, in a calendar whose years begin in March, so that the leap day is the last.
const fn days_to(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// Year, month and day so many days after 1970-01-01.
const fn date_after(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (year + 400 * era, month, day)
}

/// Neither crate nor format can write more.
fn in_years_of_four_digits(time: SystemTime) -> Result<(), Malformed> {
    match since_1970(time)?.as_secs() {
        ..YEAR_10000 => Ok(()),
        _ => Err(Malformed::new("the time lies after the year 9999")),
    }
}

/// From the first of March of the year 0.
const DAYS_TO_1970: u64 = 719_468;
const YEAR_10000: u64 = 253_402_300_800;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_date_has_one_spelling() {
        assert_eq!(http_date("Tue, 14 Nov 2023 22:13:20 GMT"), Ok(at(1_700_000_000)));
        for bad in [
            "Wed, 14 Nov 2023 22:13:20 GMT",
            "Tuesday, 14-Nov-23 22:13:20 GMT",
            "Tue Nov 14 22:13:20 2023",
            "tue, 14 nov 2023 22:13:20 gmt",
            "Tue, 14 Nov 2023 22:13:20 +0000",
            "Tue, 14 Nov 2023 24:13:20 GMT",
            "Tue, 14 Nov 2023  22:13:20 GMT",
            " Tue, 14 Nov 2023 22:13:20 GMT",
            "Tue, 14 Nov 2023 22:13:60 GMT",
            "",
        ] {
            assert!(http_date(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_basic_date_has_one_spelling() {
        assert_eq!(basic_date("20231114T221320Z"), Ok(at(1_700_000_000)));
        assert_eq!(basic_date("20240229T000000Z"), Ok(at(1_709_164_800)));
        for bad in [
            "20230229T000000Z",
            "20231301T000000Z",
            "20231100T000000Z",
            "20231114T240000Z",
            "20231114T006000Z",
            "20231114T000060Z",
            "19691231T235959Z",
            "20231114 221320Z",
            "20231114T221320",
            "20231114T221320ZZ",
            "2023111éT221320Z",
            "+0231114T221320Z",
            "",
        ] {
            assert!(basic_date(bad).is_err(), "{bad}");
        }
        assert!(spell_basic_date(at(YEAR_10000 - 1)).unwrap().starts_with("99991231T235959"));
        assert!(spell_basic_date(at(YEAR_10000)).is_err());
        assert!(spell_http_date(at(YEAR_10000)).is_err());
        assert!(spell_basic_date(at(0) - Duration::from_secs(1)).is_err());
    }

    proptest! {
        /// The other crate's calendar agrees with this one.
        #[test]
        fn both_dates_say_the_same(seconds in 0..YEAR_10000) {
            let (basic, http) = (spell_basic_date(at(seconds)).unwrap(), spell_http_date(at(seconds)).unwrap());
            prop_assert_eq!(basic_date(&basic), Ok(at(seconds)));
            prop_assert_eq!(http_date(&http), Ok(at(seconds)));
            prop_assert_eq!(&basic[0..4], &http[12..16]);
            prop_assert_eq!(&basic[6..8], &http[5..7]);
            prop_assert_eq!([&basic[9..11], &basic[11..13], &basic[13..15]].join(":"), &http[17..25]);
        }

        #[test]
        fn a_basic_date_that_is_read_is_written_the_same(year in 1970..10_000, month in 0..14, day in 0..33) {
            let text = format!("{year:04}{month:02}{day:02}T000000Z");
            match basic_date(&text) {
                Ok(time) => prop_assert_eq!(spell_basic_date(time), Ok(text)),
                Err(_) => prop_assert!(day == 0 || day > 28 || month == 0 || month > 12),
            }
        }
    }
}
