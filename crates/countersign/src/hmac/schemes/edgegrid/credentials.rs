//! What stands in `Authorization`.

use std::time::SystemTime;

use crate::hmac::schemes::text::{basic_date, is_spelled, spell_basic_date};
use crate::hmac::{Encoding, Malformed};

/// What is signed beside the request, as it was spelled.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) client_token: String,
    pub(super) access_token: String,
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) has_body: bool,
    /// Starts of a body that is longer than what clients cover of it.
    pub(super) starts: Vec<Vec<u8>>,
}

impl Signed {
    /// The credentials after the auth-scheme, and the signature among them.
    pub(super) fn read(text: &str) -> Result<(Self, &str), Malformed> {
        let bad = Malformed::new("the credentials are not the five that the format has, in its order");
        let mut members = text.split(';');
        let mut next = |name| {
            let value = members.next().and_then(|member| member.strip_prefix(name)?.strip_prefix('='));
            value.filter(|value| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic())).ok_or(bad)
        };
        let signed = Self {
            client_token: next("client_token")?.to_owned(),
            access_token: next("access_token")?.to_owned(),
            timestamp: next("timestamp")?.to_owned(),
            nonce: next("nonce")?.to_owned(),
            has_body: false,
            starts: Vec::new(),
        };
        let signature = next("signature")?;
        if members.next().is_some() || !is_spelled(signature.as_bytes(), Encoding::Base64, 32) {
            return Err(bad);
        }
        Ok((signed, signature))
    }

    /// The credentials up to the signature.
    pub(super) fn credentials(&self) -> String {
        let Self { client_token, access_token, timestamp, nonce, .. } = self;
        format!("{NAME} client_token={client_token};access_token={access_token};timestamp={timestamp};nonce={nonce};")
    }
}

/// `20231114T22:13:20+0000`.
pub(super) fn time(text: &str) -> Result<SystemTime, Malformed> {
    let bad = Malformed::new("the time is not yyyymmddThh:mm:ss+0000");
    let (date, rest) = text.strip_suffix("+0000").and_then(|rest| rest.split_once(':')).ok_or(bad)?;
    let (minute, second) = rest.split_once(':').ok_or(bad)?;
    basic_date(&[date, minute, second, "Z"].concat())
        .ok()
        .filter(|time| spell_time(*time).as_deref() == Ok(text))
        .ok_or(bad)
}

pub(super) fn spell_time(time: SystemTime) -> Result<String, Malformed> {
    let basic = spell_basic_date(time)?;
    let part = |from, to| basic.get(from..to).unwrap_or_default();
    Ok(format!("{}:{}:{}+0000", part(0, 11), part(11, 13), part(13, 15)))
}

/// The auth-scheme.
pub(super) const NAME: &str = "EG1-HMAC-SHA256";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_has_one_spelling() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(time("20231114T22:13:20+0000"), Ok(at));
        assert_eq!(spell_time(at).as_deref(), Ok("20231114T22:13:20+0000"));
        for bad in [
            "",
            "20231114T221320+0000",
            "20231114T22:13:20Z",
            "20231114T22:13:20+0100",
            "20231114T2213::20+0000",
            "20231114T:2213:20+0000",
            "20231114T22:13:60+0000",
            "20231114T22:13:20:00+0000",
            "20231131T22:13:20+0000",
        ] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
