//! The wire format of Sentry's signed messages.

use std::time::{Duration, SystemTime};

use countersign_core::KeyId;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};

use super::python_float::python2_str;
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// `Sentry sentry_signature=…, sentry_timestamp=…, sentry_client=…[, sentry_key=…]` in `X-Sentry-Auth` or `Authorization`:
/// HMAC-SHA-1 over the timestamp, a blank and the raw body.
///
/// Sentry 1.x signed not the timestamp it was sent but that number as Python 2 writes a float; Sentry 2.0 signed the text.
/// Both are computed, always, and either may match. The signer's timestamps read the same both ways, until the year 2286:
/// Python writes twelve digits.
///
/// Without a `sentry_key` in the credentials, the store is asked for the key id `global`, or the one given.
#[derive(Clone, Debug)]
pub struct SentryMessage {
    global_key_id: KeyId,
}

impl SentryMessage {
    /// Messages that are signed with the key they name, or with that of key id `global`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_global_key_id(KeyId::new("global").expect("six bytes make a key id"))
    }

    /// Messages that are signed with the key they name, or with that of this key id.
    #[must_use]
    pub const fn with_global_key_id(key_id: KeyId) -> Self {
        Self { global_key_id: key_id }
    }
}

impl Default for SentryMessage {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for SentryMessage {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new(NAME, Algorithm::HmacSha1, Encoding::Hex, COVERS, &CREDENTIALS)
                .with_leeway(Leeway::new(Duration::from_secs(3600), Duration::from_secs(60)))
                .with_method("POST");
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let fields = CREDENTIALS.iter().flat_map(|name| head.headers().get_all(name));
        let mut ours = fields.filter_map(|value| parameters(value.as_bytes()));
        let Some(parameters) = ours.next() else { return Ok(None) };
        if ours.next().is_some() {
            return Err(Malformed::several());
        }
        let found = Parameters::read(parameters)?;
        let (Some(signature), Some(timestamp)) = (found.signature, found.timestamp) else {
            return Err(Malformed::new("the signature or the timestamp is missing"));
        };
        let timestamp = Timestamp::read(timestamp).ok_or(
            Malformed::new("the timestamp is not decimal digits with a point at most")
                .with_status(StatusCode::BAD_REQUEST),
        )?;
        let key_id = match found.key {
            None => self.global_key_id.clone(),
            Some(key) => std::str::from_utf8(key)
                .ok()
                .and_then(|key| KeyId::new(key).ok())
                .ok_or(Malformed::new("the sentry_key is empty, too long or not UTF-8"))?,
        };
        // What is longer than any signature matches nothing, as surely as an empty one does.
        let signature = if signature.len() <= 40 { signature } else { b"" };
        let created = timestamp.time;
        Ok(Some(Presented::new(key_id).with_signature(signature)?.with_created(created).with_extra(timestamp)))
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let timestamp = presented.extra::<Timestamp>().ok_or(Malformed::new("there is no timestamp"))?;
        let base = |text: &'r str| {
            let mut base = SignatureBase::new();
            base.push(Coverage::CREATED, text);
            base.push_literal(" ");
            base.push_body();
            base
        };
        let mut bases = Bases::new();
        bases.push(base(&timestamp.text));
        // Where both versions write the same, both sign the same. Which it is, everybody can see.
        if timestamp.as_python_2 != timestamp.text {
            bases.push(base(&timestamp.as_python_2));
        }
        Ok(bases)
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let fits = intent.key_id().as_str().bytes().all(|b| b.is_ascii_graphic() && b != b',');
        if !fits {
            return Err(Malformed::new("the key has commas, blanks or other than ASCII in it"));
        }
        let timestamp = Timestamp::at(intent.now()).ok_or(Malformed::new("the time of signing lies before 1970"))?;
        Ok(Presented::new(intent.key_id().clone()).with_created(timestamp.time).with_extra(timestamp))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let timestamp = presented.extra::<Timestamp>().ok_or(Malformed::new("there is no timestamp"))?;
        let key = match presented.key_id() == &self.global_key_id {
            true => String::new(),
            false => format!(", sentry_key={}", presented.key_id().as_str()),
        };
        let value = format!(
            "{NAME} sentry_signature={signature}, sentry_timestamp={}, sentry_client={CLIENT}{key}",
            timestamp.text
        );
        let value = HeaderValue::try_from(value).map_err(|_| Malformed::new("the key cannot stand in a field"))?;
        // Every version reads `Authorization`; `X-Sentry-Auth` came with 2.0.
        head.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

/// What follows the auth-scheme, if it is ours. The word is compared byte by byte, as the original does.
fn parameters(value: &[u8]) -> Option<&[u8]> {
    match value.strip_prefix(NAME.as_bytes())? {
        b"" => Some(b""),
        rest => rest.strip_prefix(b" "),
    }
}

#[derive(Default)]
struct Parameters<'a> {
    signature: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
    key: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    /// Reads `name=value, name=value`: names in any order, each once, those unknown left alone. A value may have `=` in it.
    fn read(list: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self::default();
        let mut names: Vec<&[u8]> = Vec::new();
        for item in list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let split = item.iter().position(|byte| *byte == b'=').and_then(|at| item.split_at_checked(at));
            let (name, value) = split.ok_or(Malformed::new("a parameter has no ="))?;
            let value = value.get(1..).unwrap_or_default();
            if names.contains(&name) {
                return Err(Malformed::new("a parameter occurs twice"));
            }
            if names.len() >= MAX_PARAMETERS {
                return Err(Malformed::new("there are more than 32 parameters"));
            }
            names.push(name);
            match name {
                b"sentry_signature" => found.signature = Some(value).filter(|value| !value.is_empty()),
                b"sentry_timestamp" => found.timestamp = Some(value).filter(|value| !value.is_empty()),
                b"sentry_key" => found.key = Some(value),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// A timestamp in both renderings that may have been signed.
struct Timestamp {
    text: Box<str>,
    as_python_2: Box<str>,
    time: SystemTime,
}

impl Timestamp {
    /// Reads decimal digits with a point at most: no sign, no exponent, no blanks, nothing that is not a number.
    fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok().filter(|text| text.len() <= MAX_TIMESTAMP)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !(all_digits(whole) && all_digits(fraction)) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let seconds: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let nanoseconds: u32 = format!("{fraction:0<9.9}").parse().ok()?;
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))?;
        let as_python_2 = python2_str(text.parse().ok()?).into();
        Some(Self { text: text.into(), as_python_2, time })
    }

    /// A timestamp that every version reads as it is written: one or two decimals.
    fn at(now: SystemTime) -> Option<Self> {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let text = format!("{}.{:02}", since.as_secs(), since.subsec_millis() / 10);
        Self::read(text.strip_suffix('0').unwrap_or(&text).as_bytes())
    }
}

const NAME: &str = "Sentry";
const CLIENT: &str = concat!("countersign/", env!("CARGO_PKG_VERSION"));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const MAX_PARAMETERS: usize = 32;
const MAX_TIMESTAMP: usize = 64;
static CREDENTIALS: [HeaderName; 2] = [HeaderName::from_static("x-sentry-auth"), AUTHORIZATION];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_decimal_digits_with_a_point_at_most() {
        for good in ["0", "1304559408", "1304559408.", "1304559408.123456", ".5", "00.10"] {
            assert!(Timestamp::read(good.as_bytes()).is_some(), "{good}");
        }
        for bad in
            ["", ".", "-1", "+1", "1e9", "nan", "inf", "0x1", "1.0.0", " 1", "1 ", "1_0", "１", "9223372036854775808"]
        {
            assert!(Timestamp::read(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_signed_reads_the_same_in_every_version() {
        for nanoseconds in [0, 1, 10_000_000, 120_000_000, 125_999_999, 990_000_000, 999_999_999] {
            let now = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, nanoseconds);
            let timestamp = Timestamp::at(now).unwrap();
            assert_eq!(timestamp.text, timestamp.as_python_2, "{nanoseconds}");
        }
    }

    #[test]
    fn nanoseconds_are_not_lost() {
        let timestamp = Timestamp::read(b"1.1234567899").unwrap();
        assert_eq!(timestamp.time, SystemTime::UNIX_EPOCH + Duration::new(1, 123_456_789));
    }
}
