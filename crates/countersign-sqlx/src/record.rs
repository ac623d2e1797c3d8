//! A token's record, as columns: the same names in both databases.

use std::time::SystemTime;

use countersign_core::{Scope, StoreError, TokenInfo, micros};

/// All columns, in the order in which they are bound: the digest, the id, the subject, the scope, [`texts`] and [`times`].
/// Written out, so that nobody who reads them is put out by a column that a newer version has added.
macro_rules! columns {
    () => {
        "digest, id, subject, scope, client_id, organisation, note, format, last_four, revoked_reason, created_at, \
         updated_at, last_used_at, not_before, expires_at, revoked_at"
    };
}
pub(crate) use columns;

/// What follows the name of the table when a token is added.
macro_rules! insert {
    () => {
        concat!(
            " (",
            crate::record::columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
        )
    };
}
pub(crate) use insert;

/// The id, without which a token is not kept.
pub(crate) fn id(info: &TokenInfo) -> Result<&str, StoreError> {
    info.id().ok_or_else(|| StoreError::new("a token without id cannot be revoked"))
}

/// The texts that may be absent.
pub(crate) fn texts(info: &TokenInfo) -> [Option<&str>; 6] {
    TEXTS.map(|(_, _, text)| text(info))
}

/// The times, in microseconds.
pub(crate) fn times(info: &TokenInfo) -> Result<[Option<i64>; 6], StoreError> {
    let mut times = [None; 6];
    for (micros, (_, _, time)) in times.iter_mut().zip(TIMES) {
        *micros = time(info).map(micros::floor).transpose()?;
    }
    Ok(times)
}

/// The record that a row holds; the closures read a column of it.
pub(crate) fn read(
    text: impl Fn(&'static str) -> Result<Option<String>, StoreError>,
    time: impl Fn(&'static str) -> Result<Option<i64>, StoreError>,
) -> Result<TokenInfo, StoreError> {
    let must = |column| text(column)?.ok_or_else(|| StoreError::new("a stored token lacks its subject or its scope"));
    let mut info = TokenInfo::new(must("subject")?);
    info = info.with_scope(must("scope")?.parse::<Scope>().map_err(StoreError::new)?);
    if let Some(id) = text("id")? {
        info = info.with_id(id);
    }
    for (column, with, _) in TEXTS {
        if let Some(text) = text(column)? {
            info = with(info, text);
        }
    }
    for (column, with, _) in TIMES {
        if let Some(micros) = time(column)? {
            info = with(info, micros::time(micros)?);
        }
    }
    Ok(info)
}

type Text = (&'static str, fn(TokenInfo, String) -> TokenInfo, fn(&TokenInfo) -> Option<&str>);
type Time = (&'static str, fn(TokenInfo, SystemTime) -> TokenInfo, fn(&TokenInfo) -> Option<SystemTime>);

const TEXTS: [Text; 6] = [
    ("client_id", TokenInfo::with_client_id, TokenInfo::client_id),
    ("organisation", TokenInfo::with_organisation, TokenInfo::organisation),
    ("note", TokenInfo::with_note, TokenInfo::note),
    ("format", TokenInfo::with_format, TokenInfo::format),
    ("last_four", TokenInfo::with_last_four, TokenInfo::last_four),
    ("revoked_reason", TokenInfo::with_revoked_reason, TokenInfo::revoked_reason),
];

const TIMES: [Time; 6] = [
    ("created_at", TokenInfo::with_created_at, TokenInfo::created_at),
    ("updated_at", TokenInfo::with_updated_at, TokenInfo::updated_at),
    ("last_used_at", TokenInfo::with_last_used_at, TokenInfo::last_used_at),
    ("not_before", TokenInfo::with_not_before, TokenInfo::not_before),
    ("expires_at", TokenInfo::with_expires_at, TokenInfo::expires_at),
    ("revoked_at", TokenInfo::with_revoked_at, TokenInfo::revoked_at),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_in_the_order_in_which_they_are_bound() {
        let names = TEXTS.iter().map(|text| text.0).chain(TIMES.iter().map(|time| time.0));
        let all: Vec<_> = ["digest", "id", "subject", "scope"].into_iter().chain(names).collect();
        assert_eq!(columns!(), all.join(", "));
    }
}
