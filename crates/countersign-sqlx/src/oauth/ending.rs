//! What ends: applications, consents, grants; and the tokens that go with them.

use std::time::SystemTime;

use countersign_core::oauth::GrantFilter;
use countersign_core::{StoreError, micros};

use super::{Bound, Lock, Transaction, columns, statements};
use crate::changed::Changed;
use crate::conditions::{Conditions, Value};

pub(crate) async fn delete_application(
    mut transaction: impl Transaction,
    client_id: String,
    at: SystemTime,
    reason: String,
) -> Result<Option<u64>, StoreError> {
    let client = || vec![Bound::text(&client_id)];
    if transaction.locked(statements::LOCK_APPLICATION, Lock::Delete, client()).await?.is_none() {
        transaction.end(&Changed::nothing()).await?;
        return Ok(None);
    }
    // Consents and grants go with it. They are locked before, in the order in which everybody locks them.
    transaction.locked(statements::LOCK_CONSENTS, Lock::Delete, client()).await?;
    let filter = GrantFilter::all().with_client_id(client_id.as_str());
    lock_grants(&mut transaction, &filter).await?;
    transaction.rows(statements::DELETE_APPLICATION, client()).await?;
    revoke(transaction, &filter, at, &reason).await.map(Some)
}

pub(crate) async fn withdraw_consent(
    mut transaction: impl Transaction,
    subject: String,
    id: String,
    at: SystemTime,
    reason: String,
) -> Result<Option<u64>, StoreError> {
    let values = vec![Bound::id(&id), Bound::text(&subject)];
    let Some(row) = transaction.locked(statements::CONSENT_BY_ID, Lock::Delete, values).await? else {
        transaction.end(&Changed::nothing()).await?;
        return Ok(None);
    };
    let consent = columns::consent(&row)?;
    let filter = GrantFilter::all().with_subject(subject).with_client_id(consent.client_id);
    let filter = filter.with_organisation(consent.organisation);
    delete_grants(&mut transaction, &filter).await?;
    transaction.rows(statements::DELETE_CONSENT, vec![Bound::id(&id)]).await?;
    revoke(transaction, &filter, at, &reason).await.map(Some)
}

pub(crate) async fn revoke_grants(
    mut transaction: impl Transaction,
    filter: GrantFilter,
    at: SystemTime,
    reason: String,
) -> Result<u64, StoreError> {
    delete_grants(&mut transaction, &filter).await?;
    revoke(transaction, &filter, at, &reason).await
}

pub(crate) async fn revoke_grant<T: Transaction>(
    mut transaction: T,
    id: String,
    at: SystemTime,
    reason: String,
) -> Result<Option<u64>, StoreError> {
    if transaction.locked(statements::GRANT, Lock::Delete, vec![Bound::id(&id)]).await?.is_none() {
        transaction.end(&Changed::nothing()).await?;
        return Ok(None);
    }
    let given = "digest IN (SELECT digest FROM @oauth_granted_token WHERE grant_id = #)";
    let picked = Conditions::none(T::FIRST).and(given, Some(Value::Id(id.as_str().into())));
    let (changed, count) = transaction.revoke_picked(picked, at, &reason).await?;
    transaction.rows(statements::DELETE_GRANT, vec![Bound::id(&id)]).await?;
    transaction.end(&changed).await?;
    Ok(Some(count))
}

/// Forgets some that are over; 0 when there are none.
pub(crate) async fn prune_grants(mut transaction: impl Transaction, before: SystemTime) -> Result<u64, StoreError> {
    let values = || vec![Bound::Number(Some(micros::ceil(before))), Bound::limit(STEP)];
    // What others are adding to meanwhile is waited for, and judged again.
    transaction.locked(statements::LOCK_GRANTS_THAT_ARE_OVER, Lock::Delete, values()).await?;
    let pruned = transaction.rows(statements::PRUNE_GRANTS, values()).await?.len() as u64;
    transaction.end(&Changed::nothing()).await?;
    Ok(pruned)
}

/// Forgets the grants first and revokes their tokens then: so none is added in between.
async fn delete_grants(transaction: &mut impl Transaction, filter: &GrantFilter) -> Result<(), StoreError> {
    lock_grants(transaction, filter).await?;
    let conditions = Conditions::of(&filter.tokens(), 1)?;
    let delete = statements::delete_grants(conditions.sql());
    transaction.rows(&delete, conditions.into_bound([])).await.map(drop)
}

async fn lock_grants(transaction: &mut impl Transaction, filter: &GrantFilter) -> Result<(), StoreError> {
    let conditions = Conditions::of(&filter.tokens(), 1)?;
    let lock = statements::lock_grants(conditions.sql());
    transaction.locked(&lock, Lock::Delete, conditions.into_bound([])).await.map(drop)
}

/// Revokes the tokens of applications that a filter picks, and ends the change; says how many these were.
async fn revoke<T: Transaction>(
    mut transaction: T,
    filter: &GrantFilter,
    at: SystemTime,
    reason: &str,
) -> Result<u64, StoreError> {
    let picked = Conditions::of(&filter.tokens(), T::FIRST)?.and_fixed("client_id IS NOT NULL");
    let (changed, count) = transaction.revoke_picked(picked, at, reason).await?;
    transaction.end(&changed).await?;
    Ok(count)
}

/// How many grants are forgotten in one transaction.
pub(crate) const STEP: usize = 1000;
