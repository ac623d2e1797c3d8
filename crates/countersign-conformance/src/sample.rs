//! What the cases put into stores.

use std::time::{Duration, SystemTime};

use countersign_core::{KeyId, Nonce, Secret, SecretVersion, Secrets, TokenInfo};

/// A time long past, in seconds after 1970.
pub(crate) const PAST: u64 = 1_000_000_000;
/// A time so far off that a store which judges by its own clock finds it to come: the year 2100.
pub(crate) const FUTURE: u64 = 4_102_444_800;

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn at_nanos(seconds: u64, nanos: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)
}

pub(crate) fn key(name: &str) -> KeyId {
    name.parse().unwrap()
}

pub(crate) fn secret(bytes: impl Into<Vec<u8>>) -> SecretVersion {
    SecretVersion::new(Secret::new(bytes).unwrap())
}

/// A labelled secret whose bytes say which one it is.
pub(crate) fn labelled(label: &str) -> SecretVersion {
    secret(format!("the secret labelled {label}")).with_label(label)
}

pub(crate) fn bytes_of(secrets: &Secrets) -> Vec<Vec<u8>> {
    secrets.iter().map(|version| version.secret().expose_secret().to_vec()).collect()
}

pub(crate) fn labels_of(secrets: &Secrets) -> Vec<String> {
    secrets.iter().map(|version| version.label().map_or("(none)", |label| label).to_owned()).collect()
}

pub(crate) fn nonce(value: &str) -> Nonce {
    Nonce::new("conformance", key("key"), value.as_bytes())
}

/// Every fact of a token except the application's own value, to be compared.
pub(crate) fn facts(info: &TokenInfo) -> (Vec<Option<String>>, Vec<Option<SystemTime>>) {
    let text = |fact: Option<&str>| fact.map(str::to_owned);
    let texts = vec![
        text(Some(info.subject())),
        text(info.id()),
        text(info.client_id()),
        text(info.organisation()),
        text(Some(&info.scope().to_string())),
        text(info.note()),
        text(info.format()),
        text(info.last_four()),
        text(info.revoked_reason()),
    ];
    let times = vec![
        info.created_at(),
        info.updated_at(),
        info.last_used_at(),
        info.not_before(),
        info.expires_at(),
        info.revoked_at(),
    ];
    (texts, times)
}

/// The same facts with an id, if they have none yet: no store need keep a token that nobody can speak of.
pub(crate) fn named(text: &str, info: &TokenInfo) -> TokenInfo {
    if info.id().is_some() { info.clone() } else { info.clone().with_id(format!("the id of {text}")) }
}

/// Whether a time came back as it was put in, or cut off to the microsecond at most.
pub(crate) fn is_cut_off_at_most(found: Option<SystemTime>, put: SystemTime) -> bool {
    found.is_some_and(|found| put.duration_since(found).is_ok_and(|lost| lost < Duration::from_micros(1)))
}
