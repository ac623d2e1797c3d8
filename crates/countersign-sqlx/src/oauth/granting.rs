//! Tokens that grants give.

use std::time::SystemTime;

use countersign_core::oauth::{GrantedToken, RefreshToken, Rotation};
use countersign_core::{StoreError, TokenDigest};

use super::consents::may_give;
use super::{Bound, Database, Lock, Transaction, columns, statements};
use crate::changed::Changed;

pub(crate) async fn add_granted_token(
    mut transaction: impl Transaction,
    grant_id: Option<String>,
    token: GrantedToken,
) -> Result<bool, StoreError> {
    let may = may_add(&mut transaction, grant_id.as_deref(), &token).await?;
    let mut changed = Changed::nothing();
    if may {
        changed = add(&mut transaction, grant_id.as_deref(), &token).await?;
    }
    transaction.end(&changed).await?;
    Ok(may)
}

pub(crate) async fn refresh_token(
    database: &impl Database,
    digest: &TokenDigest,
) -> Result<Option<RefreshToken>, StoreError> {
    let rows = database.read(statements::REFRESH_TOKEN, vec![Bound::digest(digest)]).await?;
    rows.first().map(columns::refresh_token).transpose()
}

pub(crate) async fn rotate_refresh_token(
    mut transaction: impl Transaction,
    old: TokenDigest,
    token: GrantedToken,
    now: SystemTime,
) -> Result<Rotation, StoreError> {
    let mut changed = Changed::nothing();
    let rotation = match known(&mut transaction, &old).await? {
        None => Rotation::Refused,
        Some(known) if known.rotated_at.is_some() => Rotation::Reused(known),
        Some(known) if known.expires_at.is_some_and(|end| end <= now) => Rotation::Refused,
        Some(known) if !may_add(&mut transaction, Some(&known.grant_id), &token).await? => Rotation::Refused,
        Some(known) => {
            let rotation = rotate(&mut transaction, &old, now).await?;
            if rotation == Rotation::Rotated {
                changed = add(&mut transaction, Some(&known.grant_id), &token).await?;
            }
            rotation
        }
    };
    transaction.end(&changed).await?;
    Ok(rotation)
}

/// Whether the grant, the consent and the application of a token allow it; they stay as they are until the end.
async fn may_add(
    transaction: &mut impl Transaction,
    grant_id: Option<&str>,
    token: &GrantedToken,
) -> Result<bool, StoreError> {
    let (subject, (client_id, organisation)) = (token.info.subject(), token.client(grant_id)?);
    if !may_give(transaction, subject, client_id, organisation).await? {
        return Ok(false);
    }
    let Some(id) = grant_id else { return Ok(true) };
    let grant = transaction.locked(statements::GRANT, Lock::Share, vec![Bound::id(id)]).await?;
    let Some(code) = grant.as_ref().map(columns::code).transpose()?.filter(|code| code.redeemed_at.is_some()) else {
        return Ok(false);
    };
    if code.is_of(subject, client_id, organisation) {
        Ok(true)
    } else {
        Err(StoreError::new("the token is not of the same subject and application as its grant"))
    }
}

async fn add(
    transaction: &mut impl Transaction,
    grant_id: Option<&str>,
    token: &GrantedToken,
) -> Result<Changed, StoreError> {
    if let Some(id) = grant_id {
        let given = vec![Bound::id(id), Bound::digest(&token.digest)];
        transaction.rows(statements::INSERT_GRANTED_TOKEN, given).await?;
    }
    if let Some(refresh) = &token.refresh {
        insert(transaction, refresh).await?;
    }
    transaction.insert_token(token.digest, &token.info).await?;
    Ok(Changed::token(token.digest))
}

async fn known(transaction: &mut impl Transaction, digest: &TokenDigest) -> Result<Option<RefreshToken>, StoreError> {
    let row = transaction.row(statements::REFRESH_TOKEN, vec![Bound::digest(digest)]).await?;
    row.as_ref().map(columns::refresh_token).transpose()
}

async fn rotate(
    transaction: &mut impl Transaction,
    old: &TokenDigest,
    now: SystemTime,
) -> Result<Rotation, StoreError> {
    let values = vec![Bound::digest(old), Bound::time(now)?];
    if transaction.row(statements::ROTATE_REFRESH_TOKEN, values).await?.is_some() {
        return Ok(Rotation::Rotated);
    }
    Ok(known(transaction, old).await?.map_or(Rotation::Refused, Rotation::Reused))
}

async fn insert(transaction: &mut impl Transaction, refresh: &RefreshToken) -> Result<(), StoreError> {
    let values = vec![
        Bound::digest(&refresh.digest),
        Bound::id(&refresh.grant_id),
        Bound::text(&refresh.scope.to_string()),
        Bound::time(refresh.created_at)?,
        Bound::maybe_time(refresh.expires_at)?,
        Bound::maybe_time(refresh.rotated_at)?,
    ];
    transaction.rows(statements::INSERT_REFRESH_TOKEN, values).await.map(drop)
}
