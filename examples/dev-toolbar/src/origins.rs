//! Which pages may use tokens: those whose origin an organisation has registered.

use countersign::gate::{AllowedOrigins, Origin, Origins, RegisteredOrigins};
use countersign::{StoreError, async_trait};
use countersign_core::oauth::{ApiApplication, ApplicationStatus, ApplicationStore as _};
use countersign_sqlx::SqliteStore;

/// How many applications are read at once.
const PAGE: usize = 100;

/// The origins of the applications in a store.
#[derive(Clone)]
pub(crate) struct Registered(SqliteStore);

impl Registered {
    pub(crate) fn new(store: SqliteStore) -> Self {
        Self(store)
    }
}

fn origins(application: &ApiApplication) -> Origins {
    if application.status != ApplicationStatus::Active {
        return Origins::none();
    }
    application.allowed_origins.iter().filter_map(|origin| origin.parse::<Origin>().ok()).collect()
}

/// For requests: the pages of the application that the token was issued to.
#[async_trait]
impl AllowedOrigins for Registered {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        let application = self.0.application(client_id).await?;
        Ok(application.as_ref().map_or_else(Origins::none, origins))
    }
}

/// For preflights, which have no token: the pages of any. Where there are many applications, ask an index instead.
#[async_trait]
impl RegisteredOrigins for Registered {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        let mut above = None::<Box<str>>;
        loop {
            let page = self.0.list_applications(None, above.as_deref(), PAGE).await?;
            if page.iter().any(|application| origins(application).contains(origin)) {
                return Ok(true);
            }
            match page.into_iter().next_back() {
                Some(last) => above = Some(last.client_id),
                None => return Ok(false),
            }
        }
    }
}
