//! `Credential=<key id>/<day>/<region>/<service>/aws4_request, SignedHeaders=…, Signature=<hex>`.

use std::borrow::Cow;

use countersign_core::KeyId;

use crate::hmac::schemes::text::{cut, is_spelled, key_id};
use crate::hmac::{Encoding, Malformed};

/// What a request presents, in a field or in the query.
pub(super) struct Credential<'a> {
    pub(super) key_and_scope: Cow<'a, str>,
    pub(super) headers: Cow<'a, str>,
    pub(super) signature: Cow<'a, str>,
}

impl<'a> Credential<'a> {
    /// Reads what follows the auth-scheme: the three parts, each once, with commas between.
    pub(super) fn read(text: &'a str) -> Result<Self, Malformed> {
        let bad = Malformed::new("the credentials are not Credential, SignedHeaders and Signature");
        let (mut credential, mut headers, mut signature) = (None, None, None);
        let mut rest = Some(text);
        while let Some(text) = rest {
            let part;
            (part, rest) = cut(text, b',');
            let (name, value) = cut(part.trim_matches([' ', '\t']), b'=');
            let value = value.ok_or(bad)?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut headers,
                "Signature" => &mut signature,
                _ => return Err(bad),
            };
            if place.replace(value).is_some() {
                return Err(Malformed::new("a part of the credentials occurs twice"));
            }
        }
        let (Some(credential), Some(headers), Some(signature)) = (credential, headers, signature) else {
            return Err(bad);
        };
        Self::new(credential.into(), headers.into(), signature.into())
    }

    pub(super) fn new(
        key_and_scope: Cow<'a, str>,
        headers: Cow<'a, str>,
        signature: Cow<'a, str>,
    ) -> Result<Self, Malformed> {
        let (mut before, mut rest) = cut(&headers, b';');
        let mut sorted = true;
        while let Some(text) = rest {
            let name;
            (name, rest) = cut(text, b';');
            sorted &= before < name;
            before = name;
        }
        if !sorted {
            return Err(Malformed::new("the signed fields are not in order, or one is listed twice"));
        }
        if !is_spelled(signature.as_bytes(), Encoding::Hex, 32) {
            return Err(Malformed::new("the signature is not 64 lower-case hexadecimal digits"));
        }
        Ok(Self { key_and_scope, headers, signature })
    }
}

/// What a key is derived for.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) region: Box<str>,
    pub(super) service: Box<str>,
    /// `/<region>/<service>/aws4_request`.
    pub(super) after_day: Box<str>,
}

impl Scope {
    pub(super) fn new(region: Box<str>, service: Box<str>) -> Self {
        let after_day = ["", &region, &service, TERMINATOR].join("/").into();
        Self { region, service, after_day }
    }

    pub(super) fn credential(&self, key_id: &KeyId, date: &str) -> String {
        [key_id.as_str(), "/", day(date), &self.after_day].concat()
    }

    /// The key id of a credential for this scope on this date.
    pub(super) fn key_id(&self, credential: &str, date: &str) -> Result<KeyId, Malformed> {
        let key = credential.strip_suffix(&*self.after_day).and_then(|rest| rest.strip_suffix(day(date)));
        let key = key.and_then(|rest| rest.strip_suffix('/'));
        let key = key.filter(|key| key.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'/' | b',')));
        key_id(key.ok_or(Malformed::new("the credential is not a key id and our scope, of the day of its date"))?)
    }
}

/// The day of a date.
pub(super) fn day(date: &str) -> &str {
    date.get(..8).unwrap_or_default()
}

pub(super) const TERMINATOR: &str = "aws4_request";
