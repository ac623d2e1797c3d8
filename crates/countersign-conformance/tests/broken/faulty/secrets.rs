//! Secrets, with faults.

use std::time::SystemTime;

use countersign_core::{
    Invalidation, KeyId, KeySummary, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion, Secrets,
    StoreError, async_trait,
};

use super::store::dawdle;
use super::{Fault, FaultyStore};

#[async_trait]
impl SecretStore for FaultyStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        if self.pretends()? {
            return Ok(Secrets::none());
        }
        let found = self.shared.secrets.secrets(&self.key_id(key_id)).await?;
        match self.fault {
            Fault::ErrOnUnknown if found.is_empty() => Err(StoreError::new("row not found")),
            Fault::ForgetRotation => {
                let mut versions: Vec<_> = found.iter().cloned().collect();
                versions.sort_by(|one, two| one.label().cmp(&two.label()));
                Ok(versions.into_iter().collect())
            }
            Fault::KeepSecretsAsText => {
                let text = |version: &SecretVersion| {
                    String::from_utf8_lossy(version.secret().expose_secret()).into_owned().into_bytes()
                };
                Ok(Secrets::from_raw(found.iter().map(text).collect::<Vec<_>>()))
            }
            _ => Ok(found),
        }
    }
}

#[async_trait]
impl SecretAdmin for FaultyStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        self.shared.secrets.add_secret(&self.key_id(key_id), version).await?;
        self.tell(vec![Invalidation::Key(key_id.clone())]).await;
        Ok(())
    }

    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        self.replace(&self.key_id(key_id), until, version).await?;
        self.tell(vec![Invalidation::Key(key_id.clone())]).await;
        Ok(())
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        if self.pretends()? {
            return Ok(true);
        }
        let retired = self.shared.secrets.retire_secret(&self.key_id(key_id), label).await?;
        if retired {
            self.forget_match(key_id, label);
            self.tell(vec![Invalidation::Key(key_id.clone())]).await;
        }
        Ok(retired)
    }

    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
        if self.pretends()? {
            return Ok(Vec::new());
        }
        let mut page = self.page_of_keys(above, limit).await?;
        page.iter_mut().for_each(|key| self.note_matches(&key.key_id, &mut key.versions));
        Ok(page)
    }

    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
        if self.pretends()? {
            return Ok(Vec::new());
        }
        let mut versions = self.shared.secrets.list_versions(&self.key_id(key_id)).await?;
        if self.has(Fault::ListOldestVersionFirst) {
            versions.reverse();
        }
        self.note_matches(key_id, &mut versions);
        Ok(versions)
    }

    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        if self.pretends()? {
            return Ok(());
        }
        self.match_all(matches).await?;
        if self.has(Fault::TellMatches) {
            self.tell(matches.iter().map(|matched| Invalidation::Key(matched.key_id.clone())).collect()).await;
        }
        Ok(())
    }
}

impl FaultyStore {
    async fn replace(&self, key_id: &KeyId, until: SystemTime, version: &SecretVersion) -> Result<(), StoreError> {
        let secrets = &self.shared.secrets;
        let until = self.time(until);
        match self.fault {
            Fault::ReplaceByAdding => secrets.add_secret(key_id, version).await,
            Fault::ReplaceSecretsInTwoSteps => {
                let passing = version.clone().with_label(format!("passing {:?}", version.label()));
                secrets.replace_secrets(key_id, until, &passing).await?;
                secrets.retire_secret(key_id, passing.label().unwrap()).await?;
                dawdle().await;
                secrets.add_secret(key_id, version).await
            }
            Fault::ExtendReplacedSecrets => {
                let known = secrets.secrets(key_id).await?;
                secrets.replace_secrets(key_id, until, version).await?;
                let labelled: Vec<_> = known.iter().filter_map(|old| Some((old, old.label()?))).collect();
                for (old, label) in labelled.iter().rev() {
                    secrets.retire_secret(key_id, label).await?;
                    secrets.add_secret(key_id, &(*old).clone().with_not_after(until)).await?;
                }
                secrets.retire_secret(key_id, version.label().unwrap()).await?;
                secrets.add_secret(key_id, version).await
            }
            _ => secrets.replace_secrets(key_id, until, version).await,
        }
    }
}
