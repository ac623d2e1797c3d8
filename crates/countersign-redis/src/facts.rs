//! Facts as they are kept in hashes: an absent fact has no field, an empty one has an empty field.

use std::collections::HashMap;
use std::time::SystemTime;

use countersign_core::{Scope, StoreError, TokenInfo, micros};

/// What is kept of a token.
pub(crate) type Fields = HashMap<String, Vec<u8>>;

/// The fields of a token's record.
pub(crate) fn of_token(info: &TokenInfo) -> Result<Vec<(&'static str, Vec<u8>)>, StoreError> {
    let mut facts = vec![("subject", info.subject().as_bytes().to_vec())];
    if !info.scope().is_empty() {
        facts.push(("scope", info.scope().to_string().into_bytes()));
    }
    for (name, of, _) in TEXTS {
        facts.extend(of(info).map(|text| (name, text.as_bytes().to_vec())));
    }
    for (name, of, _) in TIMES {
        if let Some(time) = of(info) {
            facts.push((name, written(time)?));
        }
    }
    Ok(facts)
}

/// The token of this record, if there is one. Fields of other names are passed over.
pub(crate) fn token(mut fields: Fields) -> Result<Option<TokenInfo>, StoreError> {
    if fields.is_empty() {
        return Ok(None);
    }
    let subject = fields.remove("subject").ok_or_else(|| StoreError::new("a stored token has no subject"))?;
    let mut info = TokenInfo::new(text(subject)?);
    if let Some(scope) = fields.remove("scope") {
        info = info.with_scope(text(scope)?.parse::<Scope>().map_err(StoreError::new)?);
    }
    for (name, _, with) in TEXTS {
        if let Some(value) = fields.remove(name) {
            info = with(info, text(value)?);
        }
    }
    for (name, _, with) in TIMES {
        if let Some(value) = fields.remove(name) {
            info = with(info, read(&value)?);
        }
    }
    Ok(Some(info))
}

pub(crate) fn text(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(|error| StoreError::new(error.utf8_error()))
}

/// A time as it is kept: the last whole microsecond not after it.
pub(crate) fn written(time: SystemTime) -> Result<Vec<u8>, StoreError> {
    Ok(micros::floor(time)?.to_string().into_bytes())
}

/// A time that was kept.
pub(crate) fn read(bytes: &[u8]) -> Result<SystemTime, StoreError> {
    let micros = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
    micros::time(micros.ok_or_else(|| StoreError::new("a stored time is not a number"))?)
}

type OfText = fn(&TokenInfo) -> Option<&str>;
type WithText = fn(TokenInfo, String) -> TokenInfo;
type OfTime = fn(&TokenInfo) -> Option<SystemTime>;
type WithTime = fn(TokenInfo, SystemTime) -> TokenInfo;

const TEXTS: [(&str, OfText, WithText); 7] = [
    ("id", TokenInfo::id, TokenInfo::with_id),
    ("client_id", TokenInfo::client_id, TokenInfo::with_client_id),
    ("organisation", TokenInfo::organisation, TokenInfo::with_organisation),
    ("note", TokenInfo::note, TokenInfo::with_note),
    ("format", TokenInfo::format, TokenInfo::with_format),
    ("last_four", TokenInfo::last_four, TokenInfo::with_last_four),
    ("revoked_reason", TokenInfo::revoked_reason, TokenInfo::with_revoked_reason),
];

const TIMES: [(&str, OfTime, WithTime); 6] = [
    ("created_at", TokenInfo::created_at, TokenInfo::with_created_at),
    ("updated_at", TokenInfo::updated_at, TokenInfo::with_updated_at),
    ("last_used_at", TokenInfo::last_used_at, TokenInfo::with_last_used_at),
    ("not_before", TokenInfo::not_before, TokenInfo::with_not_before),
    ("expires_at", TokenInfo::expires_at, TokenInfo::with_expires_at),
    ("revoked_at", TokenInfo::revoked_at, TokenInfo::with_revoked_at),
];
