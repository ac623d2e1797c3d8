//! When versions last matched, with faults.

use std::time::SystemTime;

use countersign_core::{KeyId, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion, StoreError};

use super::{Fault, FaultyStore};

impl FaultyStore {
    pub(super) async fn match_all(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        if self.has(Fault::MatchAPage) && matches.len() * 3 > 32_766 {
            return Err(StoreError::new("too many SQL variables"));
        }
        for SecretMatch { key_id, label, at } in matches {
            let known = self.shared.secrets.secrets(&self.key_id(key_id)).await?;
            let version = known.iter().find(|version| version.label() == Some(label));
            if version.is_none() && !self.has(Fault::MatchMakesUp) {
                continue;
            }
            let at = self.time(*at);
            let place = self.place(key_id, label);
            {
                let mut matched = self.shared.matched.lock().unwrap();
                let time = matched.entry(place).or_insert(at);
                *time = if self.has(Fault::MatchBackwards) { at } else { at.max(*time) };
            }
            if let (Fault::MatchEnds, Some(version)) = (self.fault, version) {
                self.end(key_id, version).await?;
            }
        }
        Ok(())
    }

    pub(super) fn note_matches(&self, key_id: &KeyId, versions: &mut [SecretSummary]) {
        let matched = self.shared.matched.lock().unwrap();
        for version in versions {
            let time = version.label.as_ref().and_then(|label| matched.get(&self.place(key_id, label)));
            version.last_matched = time.copied();
        }
    }

    pub(super) fn forget_match(&self, key_id: &KeyId, label: &str) {
        if !self.has(Fault::KeepMatches) {
            self.shared.matched.lock().unwrap().remove(&self.place(key_id, label));
        }
    }

    /// Under which name a match is kept.
    fn place(&self, key_id: &KeyId, label: &str) -> (KeyId, Box<str>) {
        let key_id = if self.has(Fault::MatchAnyKey) { "any".parse().unwrap() } else { self.key_id(key_id) };
        (key_id, label.into())
    }

    /// Writes the whole row, and with it what does not belong there.
    async fn end(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        let secrets = &self.shared.secrets;
        secrets.retire_secret(key_id, version.label().unwrap()).await?;
        secrets.add_secret(key_id, &version.clone().with_not_after(SystemTime::UNIX_EPOCH)).await
    }
}
