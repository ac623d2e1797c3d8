//! Kallithea's API keys.

use std::time::{Duration, SystemTime};

use countersign_core::{TokenFormat, TokenInfo};
use jiff::Timestamp;

use super::fields::{Fields, with};
use super::source::{BadRow, Reason, Row};

/// The columns of `user_api_keys`, or of `users`, whose built-in keys never expire.
pub(super) fn needed(there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    if KEYS_ALONE.into_iter().any(there) { vec!["api_key", "expires"] } else { vec!["api_key"] }
}

/// A row of either table.
pub(super) fn read(fields: &Fields<'_>) -> Result<Row, BadRow> {
    if fields.text("username") == Some("default") {
        return Ok(Row::LeftOut(Reason::DefaultUser));
    }
    if fields.flag("active")? == Some(false) {
        return Ok(Row::LeftOut(Reason::InactiveUser));
    }
    let (token, info) = fields.token("api_key")?;
    let info = info.with_format(TokenFormat::kallithea().id());
    let info = with(info, fields.time("created_on")?, TokenInfo::with_created_at);
    let info = with(info, fields.text("description"), TokenInfo::with_note);
    let info = match fields.text("expires") {
        Some(expires) => with(info, end(expires)?, TokenInfo::with_expires_at),
        None if KEYS_ALONE.into_iter().any(|name| fields.text(name).is_some()) => {
            return Err("expires is empty, where -1 stands for never".to_owned());
        }
        None => info,
    };
    Ok(Row::Token { token, info, had_policy: false })
}

/// Seconds since 1970, or -1 for never. There a key is still good at that very instant; here it is not any more.
fn end(expires: &str) -> Result<Option<SystemTime>, BadRow> {
    let seconds: f64 = expires.trim().parse().map_err(|_| "expires is not a number")?;
    if seconds == -1.0 {
        return Ok(None);
    }
    let since = Duration::try_from_secs_f64(seconds.max(0.0)).ok().filter(|_| !seconds.is_nan());
    let end = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
    let end = end.filter(|end| Timestamp::try_from(*end).is_ok());
    end.map(Some).ok_or_else(|| "expires is beyond all calendars".to_owned())
}

/// What only `user_api_keys` has.
const KEYS_ALONE: [&str; 2] = ["user_api_key_id", "description"];
