//! What is there at the first start, and what makes room later.

use std::error::Error;
use std::time::Duration;

use countersign::{Clock as _, StoreError, SystemClock, TokenAdmin as _};
use countersign_core::oauth::{
    AddedApplication, ApiApplication, ApplicationStore as _, GrantStore as _, UriList, new_client_id,
};
use countersign_sqlx::SqliteStore;

use crate::customer::{CALLBACK, ORGANISATION};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Registers the customer's toolbar, as one of its admins would on the settings page; leaves alone what is there.
pub(crate) async fn register(store: &SqliteStore, customer: &str) -> Result<(), Box<dyn Error>> {
    let application = ApiApplication::new(new_client_id(), ORGANISATION, SystemClock::new().now())
        .with_name("Developer toolbar")
        .with_allowed_origins(UriList::new([customer])?)
        .with_redirect_uris(UriList::new([format!("{customer}{CALLBACK}")])?);
    if let AddedApplication::Existing(existing) = store.add_only_application(&application).await?
        && !existing.allowed_origins.contains(customer)
    {
        tracing::warn!("{customer} is not registered for {ORGANISATION}: its settings page has the list of origins");
    }
    Ok(())
}

/// Forgets once an hour what has been over for a day. Grants first: they know which tokens they gave.
pub(crate) async fn tidy(store: SqliteStore) {
    let mut hours = tokio::time::interval(HOUR);
    loop {
        hours.tick().await;
        if let Err(error) = forget(&store).await {
            tracing::warn!(%error, "what is over could not be forgotten");
        }
    }
}

async fn forget(store: &SqliteStore) -> Result<(), StoreError> {
    let Some(before) = SystemClock::new().now().checked_sub(24 * HOUR) else { return Ok(()) };
    store.prune_grants(before).await?;
    store.prune_tokens(before).await?;
    Ok(())
}
