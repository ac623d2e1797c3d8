//! From which pages the tokens of registered applications may be used.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign::gate::{AllowedOrigins, Origin, Origins, RegisteredOrigins};
use countersign::{Clock, StoreError, SystemClock, async_trait};
use countersign_core::oauth::{ApiApplication, ApplicationStatus, ApplicationStore};
use tokio::sync::Mutex;

/// The origins that applications have registered (`allowedOrigins`), for [`OriginLayer`](countersign::OriginLayer) and, where
/// browsers ask first, for the layer of CORS.
///
/// An application is asked for each time. Preflights name none: for them all origins of all active applications are read
/// together, and remembered for ten seconds, so that strangers who send them do not keep the store busy.
///
/// ```
/// use countersign::{MemoryStore, OriginLayer};
/// use countersign_oauth::ApplicationOrigins;
///
/// let store = MemoryStore::new();
/// let only_own_pages = OriginLayer::new(ApplicationOrigins::new(store));
/// ```
#[must_use]
pub struct ApplicationOrigins {
    store: Arc<dyn ApplicationStore>,
    clock: Arc<dyn Clock>,
    all: Mutex<Option<Remembered>>,
}

/// All origins there are, as of a time.
struct Remembered {
    at: SystemTime,
    origins: BTreeSet<Origin>,
}

/// How long all origins are remembered.
const LIFETIME: Duration = Duration::from_secs(10);

/// How many applications are read at once: as many as a store gives.
const PAGE: usize = 1_000;

impl ApplicationOrigins {
    /// Those of the applications in this store.
    pub fn new(store: impl ApplicationStore) -> Self {
        Self { store: Arc::new(store), clock: Arc::new(SystemClock::new()), all: Mutex::new(None) }
    }

    /// The clock that judges what is remembered; the machine's unless told otherwise.
    pub fn with_clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    async fn read_all(&self) -> Result<BTreeSet<Origin>, StoreError> {
        let mut origins = BTreeSet::new();
        let mut above: Option<Box<str>> = None;
        loop {
            let page = self.store.list_applications(None, above.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(origins) };
            above = Some(last.client_id.clone());
            origins.extend(page.iter().flat_map(of));
        }
    }
}

/// The origins of an application that is given anything. What is no origin is none: nothing matches it.
fn of(application: &ApiApplication) -> impl Iterator<Item = Origin> {
    let active = application.status == ApplicationStatus::Active;
    application.allowed_origins.iter().filter(move |_| active).filter_map(|origin| origin.parse().ok())
}

#[async_trait]
impl AllowedOrigins for ApplicationOrigins {
    async fn allowed_origins(&self, client_id: &str) -> Result<Origins, StoreError> {
        let application = self.store.application(client_id).await?;
        Ok(application.iter().flat_map(of).collect())
    }
}

#[async_trait]
impl RegisteredOrigins for ApplicationOrigins {
    async fn is_registered(&self, origin: &Origin) -> Result<bool, StoreError> {
        // Whoever else asks meanwhile waits for the same answer.
        let mut all = self.all.lock().await;
        let now = self.clock.now();
        let fresh = |known: &Remembered| now.duration_since(known.at).is_ok_and(|age| age < LIFETIME);
        if !all.as_ref().is_some_and(fresh) {
            *all = None;
            *all = Some(Remembered { at: now, origins: self.read_all().await? });
        }
        Ok(all.as_ref().is_some_and(|known| known.origins.contains(origin)))
    }
}

impl fmt::Debug for ApplicationOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationOrigins").finish_non_exhaustive()
    }
}
