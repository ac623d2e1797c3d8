//! The date as mail has it.

use std::time::SystemTime;

use crate::hmac::Malformed;
use crate::hmac::schemes::text::{http_date, spell_http_date};

/// `Tue, 14 Nov 2023 22:13:20 -0000` (RFC 5322 §3.3), or `+0000` or `GMT` in the place of the zone. It is signed as it was
/// spelled.
pub(super) fn read(text: &str) -> Result<SystemTime, Malformed> {
    let zone = ["-0000", "+0000", "GMT"].into_iter().find_map(|zone| text.strip_suffix(zone));
    let without_zone = zone.ok_or(Malformed::new("the date is not in UTC, or does not say so"))?;
    http_date(&[without_zone, "GMT"].concat())
}

pub(super) fn spell(time: SystemTime) -> Result<String, Malformed> {
    Ok(spell_http_date(time)?.replace("GMT", "-0000"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_date_says_that_it_is_in_utc() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(spell(at).as_deref(), Ok("Tue, 14 Nov 2023 22:13:20 -0000"));
        for zone in ["-0000", "+0000", "GMT"] {
            assert_eq!(read(&format!("Tue, 14 Nov 2023 22:13:20 {zone}")), Ok(at));
        }
        for bad in
            ["", "GMT", "Tue, 14 Nov 2023 22:13:20", "Tue, 14 Nov 2023 22:13:20 +0100", "Tue, 14 Nov 2023 22:13:20GMT"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
