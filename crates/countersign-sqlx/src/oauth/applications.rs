//! Changes to applications.

use std::time::SystemTime;

use countersign_core::StoreError;
use countersign_core::oauth::{AddedApplication, ApiApplication, ApplicationChange};

use super::{Bound, Database, Transaction, columns, statements};
use crate::changed::Changed;
use crate::conditions::{Conditions, Value};

pub(crate) async fn add_application(
    mut transaction: impl Transaction,
    application: ApiApplication,
) -> Result<(), StoreError> {
    insert(&mut transaction, &application).await?;
    transaction.end(&Changed::nothing()).await
}

pub(crate) async fn add_only_application(
    mut transaction: impl Transaction,
    application: ApiApplication,
) -> Result<AddedApplication, StoreError> {
    let organisation = &application.organisation;
    transaction.lock_organisation(organisation).await?;
    let known = transaction.row(statements::APPLICATION_OF, vec![Bound::text(organisation)]).await?;
    if let Some(known) = known {
        let known = columns::application(&known)?;
        transaction.end(&Changed::nothing()).await?;
        return Ok(AddedApplication::Existing(known));
    }
    insert(&mut transaction, &application).await?;
    transaction.end(&Changed::nothing()).await?;
    Ok(AddedApplication::Added)
}

pub(crate) async fn update_application(
    mut transaction: impl Transaction,
    client_id: String,
    change: ApplicationChange,
    at: SystemTime,
) -> Result<bool, StoreError> {
    let values = vec![
        Bound::text(&client_id),
        Bound::Text(change.name),
        Bound::Text(change.allowed_origins.map(|list| list.to_string().into())),
        Bound::Text(change.redirect_uris.map(|list| list.to_string().into())),
        Bound::Text(change.status.map(|status| status.as_str().into())),
        Bound::time(at)?,
    ];
    let changed = transaction.row(statements::UPDATE_APPLICATION, values).await?.is_some();
    transaction.end(&Changed::nothing()).await?;
    Ok(changed)
}

pub(crate) async fn application(
    database: &impl Database,
    client_id: &str,
) -> Result<Option<ApiApplication>, StoreError> {
    let rows = database.read(statements::APPLICATION, vec![Bound::text(client_id)]).await?;
    rows.first().map(columns::application).transpose()
}

pub(crate) async fn list_applications(
    database: &impl Database,
    organisation: Option<&str>,
    above: Option<&str>,
    limit: usize,
) -> Result<Vec<ApiApplication>, StoreError> {
    let text = |text: &str| Value::Text(text.into());
    let conditions = Conditions::none(2).and("organisation = #", organisation.map(text));
    let conditions = conditions.and("client_id > #", above.map(text));
    let list = statements::list_applications(conditions.sql());
    let rows = database.read(&list, conditions.into_bound([Bound::limit(limit)])).await?;
    rows.iter().map(columns::application).collect()
}

async fn insert(transaction: &mut impl Transaction, application: &ApiApplication) -> Result<(), StoreError> {
    let values = vec![
        Bound::text(&application.client_id),
        Bound::text(&application.organisation),
        Bound::text(&application.name),
        Bound::text(&application.allowed_origins.to_string()),
        Bound::text(&application.redirect_uris.to_string()),
        Bound::text(application.status.as_str()),
        Bound::time(application.created_at)?,
        Bound::time(application.updated_at)?,
    ];
    transaction.rows(statements::INSERT_APPLICATION, values).await.map(drop)
}
