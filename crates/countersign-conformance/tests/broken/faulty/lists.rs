//! Lists, with faults.

use std::time::Duration;

use countersign_core::{KeyId, KeySummary, SecretAdmin, StoreError, TokenFilter, TokenInfo};

use super::{Fault, FaultyStore};

impl FaultyStore {
    pub(super) fn page_of_tokens(&self, filter: &TokenFilter, below: Option<&str>, limit: usize) -> Vec<TokenInfo> {
        let mut all: Vec<_> = self.tokens().values().cloned().collect();
        all.sort_by(|one, two| two.id().cmp(&one.id()));
        if self.has(Fault::ListAscending) {
            all.reverse();
        }
        let limit = if self.has(Fault::ListAll) { limit } else { limit.min(1000) };
        let after = |info: &TokenInfo| {
            let id = info.id().unwrap_or_default();
            below.is_none_or(|below| match self.fault {
                Fault::ListAscending => id > below,
                Fault::ListFromBelow => id <= below,
                _ => id < below,
            })
        };
        if self.has(Fault::ListThenFilter) {
            let page = all.into_iter().filter(after).take(limit);
            return page.filter(|info| self.picks(filter, info)).collect();
        }
        all.retain(|info| self.picks(filter, info));
        if self.has(Fault::ListByNumber)
            && let Some(last) = below
        {
            // Pages have numbers: how many there were before is rounded to whole ones.
            let before = all.iter().filter(|info| info.id() >= Some(last)).count();
            return all.into_iter().skip(before.next_multiple_of(limit.max(1))).take(limit).collect();
        }
        all.into_iter().filter(after).take(limit).collect()
    }

    pub(super) fn picks(&self, filter: &TokenFilter, info: &TokenInfo) -> bool {
        let mut info = info.clone();
        if let (Fault::ExpireLate, Some(end)) = (self.fault, info.expires_at()) {
            info = info.with_expires_at(end + Duration::from_micros(1));
        }
        if let (Fault::FoldFilters, Some(asked), Some(own)) = (self.fault, filter.organisation(), info.organisation())
            && asked.eq_ignore_ascii_case(own)
        {
            info = info.with_organisation(asked);
        }
        filter.picks(&info)
    }

    pub(super) async fn page_of_keys(
        &self,
        above: Option<&KeyId>,
        limit: usize,
    ) -> Result<Vec<KeySummary>, StoreError> {
        let secrets = &self.shared.secrets;
        let mut all = secrets.list_secrets(None, usize::MAX).await?;
        if let Some(last) = all.last().filter(|_| all.len() == 1000).map(|summary| summary.key_id.clone()) {
            all.extend(secrets.list_secrets(Some(&last), usize::MAX).await?);
        }
        let most = if self.has(Fault::ListAllKeys) { limit } else { limit.min(1000) };
        match self.fault {
            Fault::ListEmptyKeys => {
                all.insert(0, KeySummary { key_id: "!".parse().unwrap(), versions: Vec::new() });
            }
            Fault::ListKeysByNumber if above.is_some() => {
                let before = all.iter().filter(|summary| Some(&summary.key_id) <= above).count();
                return Ok(all.into_iter().skip(before.next_multiple_of(most.max(1))).take(most).collect());
            }
            Fault::ListKeysDescending => all.reverse(),
            Fault::ListOldestVersionFirst => all.iter_mut().for_each(|summary| summary.versions.reverse()),
            Fault::ListVersionsAsRows => return Ok(rows(all, above, most)),
            _ => {}
        }
        all.retain(|summary| above.is_none_or(|above| summary.key_id > *above));
        all.truncate(most);
        Ok(all)
    }
}

/// A page of a joined table: its limit counts versions, so that the last key lacks some.
fn rows(all: Vec<KeySummary>, above: Option<&KeyId>, most: usize) -> Vec<KeySummary> {
    let mut left = most;
    let mut page = Vec::new();
    for KeySummary { key_id, mut versions } in all {
        versions.truncate(left);
        if above.is_none_or(|above| key_id > *above) && !versions.is_empty() {
            left -= versions.len();
            page.push(KeySummary { key_id, versions });
        }
    }
    page
}
