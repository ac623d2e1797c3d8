//! The parameters in a message's credentials.

use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};

use super::SentryProtocol;
use crate::hmac::Malformed;

/// The auth-scheme.
pub(super) const NAME: &str = "Sentry";

/// The field that came with Sentry 2.0.
pub(super) const X_SENTRY_AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");

/// The fields that credentials may be in, the one that counts where both do first.
pub(super) static CREDENTIALS: [HeaderName; 2] = [X_SENTRY_AUTH, AUTHORIZATION];

/// What a message says of itself; nothing of it is empty but a key, perhaps.
#[derive(Debug, Default)]
pub(super) struct Parameters<'a> {
    pub(super) signature: Option<&'a [u8]>,
    pub(super) timestamp: Option<&'a [u8]>,
    pub(super) nonce: Option<&'a [u8]>,
    pub(super) key: Option<&'a [u8]>,
}

impl<'a> Parameters<'a> {
    /// Finds and reads the credentials where the protocol has them; `None` when there are none.
    pub(super) fn find(headers: &'a HeaderMap, protocol: SentryProtocol) -> Result<Option<Self>, Malformed> {
        let [own, authorization] = &CREDENTIALS;
        let of = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes).filter_map(list);
        let (mut own, mut authorization) = (of(own), of(authorization));
        let (first, second) = match protocol {
            SentryProtocol::V1 | SentryProtocol::V1_7 | SentryProtocol::Nonce => {
                (authorization.next(), authorization.next())
            }
            SentryProtocol::V2 => match own.next() {
                None => (authorization.next(), authorization.next()),
                first => (first, own.next()),
            },
            SentryProtocol::Any => {
                let mut either = own.chain(authorization);
                (either.next(), either.next())
            }
        };
        match (first, second) {
            (None, _) => Ok(None),
            (Some(list), None) => Self::read(list, protocol).map(Some),
            (Some(_), Some(_)) => Err(Malformed::several()),
        }
    }

    /// Reads `name=value, name=value`: names in any order, each once, those unknown left alone. A value may have `=` in it.
    fn read(list: &'a [u8], protocol: SentryProtocol) -> Result<Self, Malformed> {
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
            let ours = if protocol == SentryProtocol::Nonce { Some(name) } else { name.strip_prefix(b"sentry_") };
            let some = Some(value).filter(|value| !value.is_empty());
            match ours {
                Some(b"signature") => found.signature = some,
                Some(b"timestamp") => found.timestamp = some,
                Some(b"nonce") if protocol == SentryProtocol::Nonce => found.nonce = some,
                Some(b"key") if protocol.names_keys() => found.key = Some(value),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// What follows the auth-scheme, if it is ours. The word is compared byte by byte, as the original does.
fn list(value: &[u8]) -> Option<&[u8]> {
    match value.strip_prefix(NAME.as_bytes())? {
        b"" => Some(b""),
        rest => rest.strip_prefix(b" "),
    }
}

const MAX_PARAMETERS: usize = 32;
