//! What both databases say of a secret's versions.

use countersign_core::{KeyId, KeySummary, Secret, SecretSummary, SecretVersion, StoreError, micros};

/// The columns of a version, the secret excepted.
macro_rules! columns {
    () => {
        "label, not_before, not_after, last_matched"
    };
}
pub(crate) use columns;

/// A version from its columns; the closure reads one of those that hold times.
pub(crate) fn read(
    label: Option<Vec<u8>>,
    micros: impl Fn(&'static str) -> Result<Option<i64>, StoreError>,
) -> Result<SecretSummary, StoreError> {
    let time = |column| micros(column)?.map(micros::time).transpose();
    Ok(SecretSummary {
        label: label.map(text).transpose()?.map(Into::into),
        not_before: time("not_before")?,
        not_after: time("not_after")?,
        last_matched: time("last_matched")?,
    })
}

/// The version that has this secret.
pub(crate) fn version(secret: Secret, summary: &SecretSummary) -> SecretVersion {
    let mut version = SecretVersion::new(secret);
    if let Some(label) = &summary.label {
        version = version.with_label(&**label);
    }
    if let Some(start) = summary.not_before {
        version = version.with_not_before(start);
    }
    if let Some(end) = summary.not_after {
        version = version.with_not_after(end);
    }
    version
}

/// A key id from its column.
pub(crate) fn key(bytes: Option<Vec<u8>>) -> Result<KeyId, StoreError> {
    KeyId::new(text(bytes.unwrap_or_default())?).map_err(StoreError::new)
}

/// Puts the versions of a key together; they come one after the other.
pub(crate) fn group(
    versions: impl Iterator<Item = Result<(KeyId, SecretSummary), StoreError>>,
) -> Result<Vec<KeySummary>, StoreError> {
    let mut keys: Vec<KeySummary> = Vec::new();
    for version in versions {
        let (key_id, summary) = version?;
        match keys.last_mut() {
            Some(last) if last.key_id == key_id => last.versions.push(summary),
            _ => keys.push(KeySummary { key_id, versions: vec![summary] }),
        }
    }
    Ok(keys)
}

fn text(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(|error| StoreError::new(error.utf8_error()))
}
