//! Managing applications.

use std::ops::Bound;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::StoreError;
use crate::memory::MemoryStore;
use crate::oauth::{AddedApplication, ApiApplication, ApplicationChange, ApplicationStore, GrantFilter};

use super::Records;

impl Records {
    fn add_application(&mut self, capacity: usize, application: &ApiApplication) -> Result<(), StoreError> {
        if self.applications.contains_key(&application.client_id) {
            return Err(StoreError::new("there is an application of this client id already"));
        }
        if self.applications.len() >= capacity {
            return Err(StoreError::new("no room for another application"));
        }
        self.applications.insert(application.client_id.clone(), application.clone());
        Ok(())
    }
}

#[async_trait]
impl ApplicationStore for MemoryStore {
    async fn add_application(&self, application: &ApiApplication) -> Result<(), StoreError> {
        self.records().add_application(self.0.capacity, application)
    }

    async fn add_only_application(&self, application: &ApiApplication) -> Result<AddedApplication, StoreError> {
        let mut records = self.records();
        let is_its = |known: &&ApiApplication| known.organisation == application.organisation;
        if let Some(known) = records.applications.values().find(is_its) {
            return Ok(AddedApplication::Existing(known.clone()));
        }
        records.add_application(self.0.capacity, application)?;
        Ok(AddedApplication::Added)
    }

    async fn application(&self, client_id: &str) -> Result<Option<ApiApplication>, StoreError> {
        Ok(self.records().applications.get(client_id).cloned())
    }

    async fn list_applications(
        &self,
        organisation: Option<&str>,
        above: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ApiApplication>, StoreError> {
        let records = self.records();
        let above = above.map_or(Bound::Unbounded, Bound::Excluded);
        let all = records.applications.range::<str, _>((above, Bound::Unbounded)).map(|(_, application)| application);
        let picked = all.filter(|application| organisation.is_none_or(|own| *application.organisation == *own));
        Ok(picked.take(limit.min(1000)).cloned().collect())
    }

    async fn update_application(
        &self,
        client_id: &str,
        change: &ApplicationChange,
        at: SystemTime,
    ) -> Result<bool, StoreError> {
        let mut records = self.records();
        let Some(application) = records.applications.get_mut(client_id) else { return Ok(false) };
        *application = change.of(application.clone()).with_updated_at(at);
        Ok(true)
    }

    async fn delete_application(
        &self,
        client_id: &str,
        at: SystemTime,
        reason: &str,
    ) -> Result<Option<u64>, StoreError> {
        let revoked = {
            let mut records = self.records();
            if records.applications.remove(client_id).is_none() {
                return Ok(None);
            }
            let consents = records.consents.values().filter(|consent| *consent.client_id == *client_id);
            for id in consents.map(|consent| consent.id.clone()).collect::<Vec<_>>() {
                records.take_consent(&id);
            }
            let filter = GrantFilter::all().with_client_id(client_id);
            records.take_grants(&mut self.tokens(), &filter, at, reason)
        };
        Ok(Some(self.announce(revoked)))
    }
}
