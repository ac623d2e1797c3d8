//! `sntrys_<payload>_<secret>`: Sentry's organisation auth tokens.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

use super::InvalidTokenFormat;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentryOrg {
    org: Box<str>,
    url: Box<str>,
    region_url: Box<str>,
}

impl SentryOrg {
    pub(super) fn new(org: Box<str>, url: Box<str>, region_url: Box<str>) -> Result<Self, InvalidTokenFormat> {
        if org.is_empty() {
            return Err(NO_ORG);
        }
        let format = Self { org, url, region_url };
        // No time is written longer than this one.
        let longest = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_722_222_222_222_222_222);
        if format.mint(longest).len() + SPARE <= MAX_LEN { Ok(format) } else { Err(TOO_LONG) }
    }

    pub(super) fn mint(&self, now: SystemTime) -> Zeroizing<String> {
        // A payload without a time of issue is none: to the original's parser, 1970 is no time either.
        let since = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()).max(1.0);
        let [iat, url, region_url, org] =
            [Value::from(since), (*self.url).into(), (*self.region_url).into(), (*self.org).into()];
        // In the original's order, which serde_json's maps do not keep.
        let payload = format!(r#"{{"iat": {iat}, "url": {url}, "region_url": {region_url}, "org": {org}}}"#);
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(&mut *secret).expect("the system's random source answers");
        let capacity = PREFIX.len() + payload.len().div_ceil(3) * 4 + 1 + SECRET_LEN;
        let mut text = Zeroizing::new(String::with_capacity(capacity));
        text.push_str(PREFIX);
        STANDARD.encode_string(payload, &mut text);
        text.push('_');
        STANDARD_NO_PAD.encode_string(*secret, &mut text);
        text
    }

    pub(super) fn matches(text: &str) -> bool {
        let parts = text.strip_prefix(PREFIX).filter(|_| text.len() <= MAX_LEN).and_then(|rest| rest.split_once('_'));
        // Neither alphabet has an underscore, so that a third one is refused with the secret.
        parts.is_some_and(|(payload, secret)| is_secret(secret) && is_payload(payload))
    }
}

fn is_secret(text: &str) -> bool {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    text.len() == SECRET_LEN && STANDARD_NO_PAD.decode_slice(text, &mut *bytes) == Ok(SECRET_BYTES)
}

fn is_payload(text: &str) -> bool {
    let json = STANDARD.decode(text).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    json.and_then(|json| json.get("iat")?.as_f64()).is_some_and(|iat| iat > 0.0)
}

const PREFIX: &str = "sntrys_";
const SECRET_BYTES: usize = 32;
/// 32 bytes in base64 without padding.
const SECRET_LEN: usize = 43;
const MAX_LEN: usize = 4096;
/// Room for times that are written longer than today's, in base64.
const SPARE: usize = 32;
const NO_ORG: InvalidTokenFormat = InvalidTokenFormat::new("an organisation's token names the organisation");
const TOO_LONG: InvalidTokenFormat = InvalidTokenFormat::new("an organisation's token has at most 4,096 characters");

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn token(payload: &str) -> String {
        format!("sntrys_{}_{SECRET}", STANDARD.encode(payload))
    }

    #[test]
    fn the_payload_says_when_where_and_for_whom() {
        let format =
            SentryOrg::new("acme".into(), "https://sentry.io".into(), "https://\"us\".sentry.io".into()).unwrap();
        let text = format.mint(SystemTime::UNIX_EPOCH + Duration::from_millis(1_725_192_000_500));
        assert!(SentryOrg::matches(&text));
        let payload = STANDARD.decode(text.split('_').nth(1).unwrap()).unwrap();
        assert_eq!(
            String::from_utf8(payload).unwrap(),
            r#"{"iat": 1725192000.5, "url": "https://sentry.io", "region_url": "https://\"us\".sentry.io", "org": "acme"}"#
        );
    }

    #[test]
    fn times_at_the_edges_are_minted_too() {
        let format = SentryOrg::new("acme".into(), "".into(), "".into()).unwrap();
        let far = SystemTime::UNIX_EPOCH + Duration::new(1 << 40, 999_999_999);
        for now in [SystemTime::UNIX_EPOCH - Duration::from_secs(5), SystemTime::UNIX_EPOCH, far] {
            assert!(SentryOrg::matches(&format.mint(now)), "{now:?}");
        }
    }

    #[test]
    fn what_was_never_issued_is_refused() {
        assert!(SentryOrg::matches(&token(r#"{"iat": 1}"#)));
        for payload in [
            "",
            "{}",
            "[]",
            "1",
            "null",
            "{\"iat\": 1",
            r#"{"iat": 0}"#,
            r#"{"iat": -1}"#,
            r#"{"iat": null}"#,
            r#"{"iat": "1"}"#,
            r#"{"iat": true}"#,
            r#"{"iat": 1e999}"#,
            r#"{"iat": NaN}"#,
            r#"{"iat": 1} x"#,
        ] {
            assert!(!SentryOrg::matches(&token(payload)), "{payload}");
        }
        let good = token(r#"{"iat": 1}"#);
        for text in [
            good.replace("sntrys_", "sntryu_"),
            good.replace(SECRET, ""),
            good.replace(SECRET, "secret"),
            good.replace(SECRET, &format!("{SECRET}=")),
            good.replace(SECRET, &format!("{}9", &SECRET[..42])), // bits beyond the 32 bytes
            good.replace(SECRET, &format!("_{}", &SECRET[1..])),
            good.trim_end_matches(SECRET).trim_end_matches('_').to_owned(),
            good.replace("sntrys_", "sntrys_*"),
            good.replace('=', ""),
            format!("{good}_"),
            token(&format!(r#"{{"iat": 1, "org": "{}"}}"#, "x".repeat(3100))),
            token(&"[".repeat(3000)),
        ] {
            assert!(!SentryOrg::matches(&text), "{text}");
        }
    }

    #[test]
    fn an_organisation_is_named_and_fits() {
        assert_eq!(SentryOrg::new("".into(), "u".into(), "r".into()), Err(NO_ORG));
        let url = |len| "x".repeat(len).into();
        assert_eq!(SentryOrg::new("acme".into(), url(4000), "".into()), Err(TOO_LONG));
        let long = SentryOrg::new("acme".into(), url(2900), "".into()).unwrap();
        assert!(SentryOrg::matches(&long.mint(SystemTime::UNIX_EPOCH + Duration::new(1 << 40, 999_999_999))));
    }
}
