//! Consents that are given.

use countersign_core::StoreError;
use countersign_core::oauth::{ApplicationStatus, Consent};

use super::{Bound, Database, Lock, Transaction, columns, statements};
use crate::changed::Changed;
use crate::conditions::{Conditions, Value};

pub(crate) async fn give_consent(
    mut transaction: impl Transaction,
    consent: Consent,
) -> Result<Option<Consent>, StoreError> {
    let Consent { subject, client_id, organisation, .. } = &consent;
    let application = vec![Bound::text(client_id), Bound::text(organisation)];
    // Of several consents at once to one application the later finds what the earlier has kept.
    if transaction.locked(statements::IS_IN_ORGANISATION, Lock::Change, application).await?.is_none() {
        transaction.end(&Changed::nothing()).await?;
        return Ok(None);
    }
    let parties = parties(subject, client_id, organisation);
    let given = match transaction.locked(statements::CONSENT, Lock::Change, parties).await? {
        Some(known) => {
            let given = columns::consent(&known)?.given_again(&consent);
            let values =
                vec![Bound::id(&given.id), Bound::text(&given.scope.to_string()), Bound::time(given.updated_at)?];
            transaction.rows(statements::UPDATE_CONSENT, values).await?;
            given
        }
        None => {
            insert(&mut transaction, &consent).await?;
            consent
        }
    };
    transaction.end(&Changed::nothing()).await?;
    Ok(Some(given))
}

pub(crate) async fn consent(
    database: &impl Database,
    subject: &str,
    client_id: &str,
    organisation: &str,
) -> Result<Option<Consent>, StoreError> {
    let rows = database.read(statements::CONSENT, parties(subject, client_id, organisation)).await?;
    rows.first().map(columns::consent).transpose()
}

pub(crate) async fn list_consents(
    database: &impl Database,
    subject: &str,
    below: Option<&str>,
    limit: usize,
) -> Result<Vec<Consent>, StoreError> {
    let conditions = Conditions::none(2).and("subject = #", Some(Value::Text(subject.into()))).and_below(below);
    let list = statements::list_consents(conditions.sql());
    let rows = database.read(&list, conditions.into_bound([Bound::limit(limit)])).await?;
    rows.iter().map(columns::consent).collect()
}

/// Whether this may be given to this application: its row and the consent's stay as they are until the end.
pub(super) async fn may_give(
    transaction: &mut impl Transaction,
    subject: &str,
    client_id: &str,
    organisation: &str,
) -> Result<bool, StoreError> {
    let active = vec![Bound::text(client_id), Bound::text(ApplicationStatus::Active.as_str())];
    let parties = parties(subject, client_id, organisation);
    Ok(transaction.locked(statements::IS_ACTIVE, Lock::Share, active).await?.is_some()
        && transaction.locked(statements::CONSENT, Lock::Share, parties).await?.is_some())
}

fn parties(subject: &str, client_id: &str, organisation: &str) -> Vec<Bound> {
    [subject, client_id, organisation].map(Bound::text).to_vec()
}

async fn insert(transaction: &mut impl Transaction, consent: &Consent) -> Result<(), StoreError> {
    let values = vec![
        Bound::id(&consent.id),
        Bound::text(&consent.subject),
        Bound::text(&consent.client_id),
        Bound::text(&consent.organisation),
        Bound::text(&consent.scope.to_string()),
        Bound::time(consent.created_at)?,
        Bound::time(consent.updated_at)?,
    ];
    transaction.rows(statements::INSERT_CONSENT, values).await.map(drop)
}
