//! Making tokens and secrets: what is minted is handed out once, and stored.

use std::time::{Duration, SystemTime};

use crate::{
    KeyId, PresentedToken, Secret, SecretAdmin, SecretVersion, StoreError, TokenAdmin, TokenFormat, TokenInfo,
};

/// A token just issued: the only time that its text is known.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The token. Show it to its owner once.
    pub token: PresentedToken,
    /// What was stored about it.
    pub info: TokenInfo,
}

/// Mints a token, stores its digest with `info`, and hands the token out, once.
///
/// Sets the format and the last four characters, the time of issue to `now`, and an id if `info` has none: 48 bits of the
/// time in milliseconds and 80 random bits, in hexadecimal, so that ids sort by age.
///
/// # Errors
/// When it could not be stored; the token is worthless then.
pub async fn issue_token(
    store: &(impl TokenAdmin + ?Sized),
    format: &TokenFormat,
    info: TokenInfo,
    now: SystemTime,
) -> Result<IssuedToken, StoreError> {
    let issued = mint(format, info, now);
    store.add_token(issued.token.digest(), &issued.info).await?;
    Ok(issued)
}

/// Mints a token in place of the one with this id and hands it out, once; the old one ends after `grace`, or when it would
/// have ended anyway. `None` when there is no such token or it is revoked.
///
/// The new token has the old one's subject, scope, organisation, application and note. If the old one was issued for a
/// certain time, so is the new one, from `now` on.
///
/// # Errors
/// When it could not be stored; the new token is worthless then, and the old one as it was.
pub async fn rotate_token(
    store: &(impl TokenAdmin + ?Sized),
    id: &str,
    format: &TokenFormat,
    grace: Duration,
    now: SystemTime,
) -> Result<Option<IssuedToken>, StoreError> {
    let Some(old) = store.token_by_id(id).await? else { return Ok(None) };
    let until = now.checked_add(grace).ok_or_else(|| StoreError::new("the grace period is too long"))?;
    let issued = mint(format, successor(&old, now), now);
    let replaced = store.replace_token(id, until, issued.token.digest(), &issued.info).await?;
    Ok(replaced.then_some(issued))
}

/// Makes a secret of 32 random bytes the newest of `key_id`, under this label, and hands it out.
///
/// # Errors
/// When it could not be stored, or this key has a version of the same label already; the secret is worthless then.
pub async fn issue_secret(
    store: &(impl SecretAdmin + ?Sized),
    key_id: &KeyId,
    label: &str,
) -> Result<Secret, StoreError> {
    let secret = Secret::random();
    store.add_secret(key_id, &SecretVersion::new(secret.clone()).with_label(label)).await?;
    Ok(secret)
}

/// Makes a secret of 32 random bytes the newest of `key_id`, under this label, and hands it out; the older ones end after
/// `overlap`, or when they would have ended anyway.
///
/// # Errors
/// When it could not be stored, or this key has a version of the same label already; the secret is worthless then, and the
/// older ones as they were.
pub async fn rotate_secret(
    store: &(impl SecretAdmin + ?Sized),
    key_id: &KeyId,
    label: &str,
    overlap: Duration,
    now: SystemTime,
) -> Result<Secret, StoreError> {
    let until = now.checked_add(overlap).ok_or_else(|| StoreError::new("the overlap is too long"))?;
    let secret = Secret::random();
    store.replace_secrets(key_id, until, &SecretVersion::new(secret.clone()).with_label(label)).await?;
    Ok(secret)
}

fn mint(format: &TokenFormat, info: TokenInfo, now: SystemTime) -> IssuedToken {
    let token = format.mint(now);
    let mut info = info.with_format(format.id()).with_last_four(token.last_four()).with_created_at(now);
    if info.id().is_none() {
        info = info.with_id(new_token_id(now));
    }
    IssuedToken { token, info }
}

/// What the token that follows `old` is good for.
fn successor(old: &TokenInfo, now: SystemTime) -> TokenInfo {
    let new = TokenInfo::new(old.subject()).with_scope(old.scope().clone());
    let new = old.client_id().into_iter().fold(new, |new, client_id| new.with_client_id(client_id));
    let new = old.organisation().into_iter().fold(new, |new, organisation| new.with_organisation(organisation));
    let new = old.note().into_iter().fold(new, |new, note| new.with_note(note));
    let Some(expires_at) = old.expires_at() else { return new };
    // Of a token of which nobody knows when it was issued only the end is known: the new one has that end too.
    let lifetime = old.created_at().and_then(|created_at| expires_at.duration_since(created_at).ok());
    new.with_expires_at(lifetime.and_then(|lifetime| now.checked_add(lifetime)).unwrap_or(expires_at))
}

/// A new id for the record of a token issued at `created_at`, such as [`issue_token`] gives: never met twice, and sorted by
/// time. For tokens that come from elsewhere.
///
/// # Panics
/// When the system has no random source.
#[must_use]
pub fn new_token_id(created_at: SystemTime) -> String {
    let millis = created_at
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64 & 0xffff_ffff_ffff);
    let mut random = [0; 10];
    getrandom::fill(&mut random).expect("the system's random source answers");
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{millis:012x}{random}")
}
