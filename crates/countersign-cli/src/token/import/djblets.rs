//! Djblets' tokens.

use std::time::SystemTime;

use countersign_core::TokenInfo;

use super::fields::{Fields, with};
use super::source::{BadRow, Reason, Row, Terms};

/// The columns without which a token would be good for more, or for longer, than it was.
pub(super) fn needed(terms: &Terms) -> Vec<&'static str> {
    let mut needed = vec!["token", "expires", "valid"];
    if !terms.without_policy {
        needed.push("policy");
    }
    needed
}

/// Djblets 3.0 and later: what `djblets.webapi.models.BaseWebAPIToken` keeps.
pub(super) fn read(fields: &Fields<'_>, terms: &Terms) -> Result<Row, BadRow> {
    let (token, info) = fields.token("token")?;
    let had_policy = fields.text("policy").is_some_and(restricts);
    if had_policy && !terms.without_policy {
        return Ok(Row::LeftOut(Reason::Policy));
    }
    let (created_at, updated_at) = (fields.time("time_added")?, fields.time("last_updated")?);
    let info = with(info, created_at, TokenInfo::with_created_at);
    let info = with(info, updated_at, TokenInfo::with_updated_at);
    let info = with(info, fields.time("last_used")?, TokenInfo::with_last_used_at);
    let info = with(info, fields.time("expires")?, TokenInfo::with_expires_at);
    let info = with(info, fields.text("token_generator_id"), TokenInfo::with_format);
    let info = with(info, fields.text("note"), TokenInfo::with_note);
    let valid = fields.flag("valid")?.ok_or("valid is neither true nor false")?;
    let info = if valid {
        info
    } else {
        // Tokens may be invalid since nobody knows when. The record was last saved at about that time.
        let since = fields.time("invalid_date")?.or(updated_at).or(created_at).unwrap_or(SystemTime::UNIX_EPOCH);
        with(info.with_revoked_at(since), fields.text("invalid_reason"), TokenInfo::with_revoked_reason)
    };
    Ok(Row::Token { token, info, had_policy })
}

/// Whether a policy forbids anything: an empty one does not. What cannot be read does, for all that is known.
fn restricts(policy: &str) -> bool {
    match serde_json::from_str::<serde_json::Value>(policy) {
        Ok(serde_json::Value::Object(policy)) => !policy.is_empty(),
        Ok(serde_json::Value::Null) => false,
        _ => true,
    }
}
