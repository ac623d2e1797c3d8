//! Records, written anew.

use std::time::SystemTime;

use countersign_core::TokenInfo;

pub(super) type With<T> = fn(TokenInfo, T) -> TokenInfo;

/// A record written anew from what the change knows of, as by somebody who saves the whole row.
pub(super) fn unrevoked(old: &TokenInfo) -> TokenInfo {
    let texts: [(_, With<String>); 6] = [
        (old.id(), TokenInfo::with_id),
        (old.client_id(), TokenInfo::with_client_id),
        (old.organisation(), TokenInfo::with_organisation),
        (old.note(), TokenInfo::with_note),
        (old.format(), TokenInfo::with_format),
        (old.last_four(), TokenInfo::with_last_four),
    ];
    let times: [(_, With<SystemTime>); 4] = [
        (old.created_at(), TokenInfo::with_created_at),
        (old.last_used_at(), TokenInfo::with_last_used_at),
        (old.not_before(), TokenInfo::with_not_before),
        (old.expires_at(), TokenInfo::with_expires_at),
    ];
    let mut new = TokenInfo::new(old.subject()).with_scope(old.scope().clone());
    for (text, with) in texts {
        new = text.map(str::to_owned).into_iter().fold(new, with);
    }
    for (time, with) in times {
        new = time.into_iter().fold(new, with);
    }
    new
}
