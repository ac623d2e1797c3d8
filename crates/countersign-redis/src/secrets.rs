//! Secrets.

use std::collections::BTreeMap;
use std::time::SystemTime;

use countersign_core::{
    Invalidation, KeyId, KeySummary, Secret, SecretAdmin, SecretMatch, SecretStore, SecretSummary, SecretVersion,
    Secrets, StoreError, async_trait,
};
use redis::cmd;

use crate::facts::{Fields, read, text, written};
use crate::script::{ADD_SECRET, Call, LIST_SECRETS, LIST_VERSIONS, RECORD_MATCHES, REPLACE_SECRETS, RETIRE_SECRET};
use crate::store::{Made, RedisStore};

#[async_trait]
impl SecretStore for RedisStore {
    async fn secrets(&self, key_id: &KeyId) -> Result<Secrets, StoreError> {
        let key = self.key("secret:", key_id.as_str().as_bytes());
        let fields: Fields = self.lookups().ask(cmd("HGETALL").arg(key)).await?;
        newest_first(fields)?.into_iter().map(version).collect()
    }
}

#[async_trait]
impl SecretAdmin for RedisStore {
    async fn add_secret(&self, key_id: &KeyId, version: &SecretVersion) -> Result<(), StoreError> {
        self.add(key_id, Call::new(&ADD_SECRET).arg(key_id.as_str()).facts(facts(version)?)).await
    }

    async fn replace_secrets(
        &self,
        key_id: &KeyId,
        until: SystemTime,
        version: &SecretVersion,
    ) -> Result<(), StoreError> {
        let call = Call::new(&REPLACE_SECRETS).arg(key_id.as_str()).arg(written(until)?);
        self.add(key_id, call.facts(facts(version)?)).await
    }

    async fn retire_secret(&self, key_id: &KeyId, label: &str) -> Result<bool, StoreError> {
        self.keeps_more_than_nonces()?;
        let changed = vec![Invalidation::Key(key_id.clone())];
        let doubtful = changed.clone();
        let call = Call::new(&RETIRE_SECRET).arg(key_id.as_str()).arg(label);
        self.change(call, doubtful, |answer, _| match answer {
            1 => Ok(Made { answer: true, changed: Some(changed) }),
            _ => Ok(Made::nothing(false)),
        })
        .await
    }

    async fn list_secrets(&self, above: Option<&KeyId>, limit: usize) -> Result<Vec<KeySummary>, StoreError> {
        let above = above.map_or_else(|| "-".to_owned(), |above| format!("({}", above.as_str()));
        let found: Vec<(Vec<u8>, Fields)> =
            self.look_up(Call::new(&LIST_SECRETS).arg(above).arg(limit.min(1000))).await?;
        let summary = |(key_id, fields)| {
            let key_id = KeyId::new(text(key_id)?).map_err(StoreError::new)?;
            Ok(KeySummary { key_id, versions: summaries(fields)? })
        };
        found.into_iter().map(summary).collect()
    }

    async fn list_versions(&self, key_id: &KeyId) -> Result<Vec<SecretSummary>, StoreError> {
        summaries(self.look_up(Call::new(&LIST_VERSIONS).arg(key_id.as_str())).await?)
    }

    async fn record_matches(&self, matches: &[SecretMatch]) -> Result<(), StoreError> {
        for matches in matches.chunks(STEP) {
            let mut call = Call::new(&RECORD_MATCHES);
            for SecretMatch { key_id, label, at } in matches {
                call = call.arg(key_id.as_str()).arg(&**label).arg(written(*at)?);
            }
            self.change(call, Vec::new(), |_, _| Ok(Made::nothing(()))).await?;
        }
        Ok(())
    }
}

impl RedisStore {
    /// Runs a script that adds a secret to this key.
    async fn add(&self, key_id: &KeyId, call: Call) -> Result<(), StoreError> {
        self.keeps_more_than_nonces()?;
        let changed = vec![Invalidation::Key(key_id.clone())];
        let doubtful = changed.clone();
        self.change(call, doubtful, |answer, _| match answer {
            1 => Ok(Made { answer: (), changed: Some(changed) }),
            _ => Err(StoreError::new("this key has a secret of that label already")),
        })
        .await
    }
}

/// The fields of a version, as they are named within its key.
fn facts(version: &SecretVersion) -> Result<Vec<(&'static str, Vec<u8>)>, StoreError> {
    let mut facts = vec![("secret", version.secret().expose_secret().to_vec())];
    facts.extend(version.label().map(|label| ("label", label.as_bytes().to_vec())));
    for (name, at) in [("not_before", version.not_before()), ("not_after", version.not_after())] {
        if let Some(at) = at {
            facts.push((name, written(at)?));
        }
    }
    Ok(facts)
}

fn summaries(fields: Fields) -> Result<Vec<SecretSummary>, StoreError> {
    newest_first(fields)?.into_iter().map(summary).collect()
}

/// The fields of each secret; see `scripts/secrets.lua`.
fn newest_first(fields: Fields) -> Result<Vec<Fields>, StoreError> {
    let mut by_number = BTreeMap::<u64, Fields>::new();
    for (name, value) in fields {
        let Some((number, name)) = name.split_once(':') else { continue };
        let number = number.parse().map_err(|_| StoreError::new("a stored secret has no number"))?;
        by_number.entry(number).or_default().insert(name.to_owned(), value);
    }
    Ok(by_number.into_values().rev().collect())
}

fn version(mut fields: Fields) -> Result<SecretVersion, StoreError> {
    let secret = fields.remove("secret").ok_or_else(|| StoreError::new("a stored secret has no bytes"))?;
    let mut version = SecretVersion::new(Secret::new(secret).map_err(StoreError::new)?);
    let SecretSummary { label, not_before, not_after, .. } = summary(fields)?;
    if let Some(label) = label {
        version = version.with_label(label);
    }
    if let Some(start) = not_before {
        version = version.with_not_before(start);
    }
    Ok(match not_after {
        Some(end) => version.with_not_after(end),
        None => version,
    })
}

fn summary(mut fields: Fields) -> Result<SecretSummary, StoreError> {
    let label = fields.remove("label").map(text).transpose()?.map(String::into_boxed_str);
    let mut time = |name| fields.remove(name).map(|time| read(&time)).transpose();
    let (not_before, not_after) = (time("not_before")?, time("not_after")?);
    Ok(SecretSummary { label, not_before, not_after, last_matched: time("last_matched")? })
}

/// How many matches a script records, at most, before others get their turn.
const STEP: usize = 500;
