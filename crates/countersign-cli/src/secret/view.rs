//! What is known of secrets, and secrets that were just made, as they are shown.

use std::time::SystemTime;

use countersign_core::{KeyId, KeySummary, Secret, SecretSummary};
use serde::Serialize;

use super::encoding::Spelling;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::table::Value;
use crate::text;
use crate::time::rfc3339;

/// A key as JSON.
#[derive(Serialize)]
pub(super) struct KeyView<'a> {
    key_id: &'a str,
    versions: Vec<VersionView<'a>>,
}

/// A version of a key's secret as JSON, the secret excepted. What is not known is null.
#[derive(Serialize)]
struct VersionView<'a> {
    label: Option<&'a str>,
    state: &'static str,
    not_before: Option<String>,
    not_after: Option<String>,
    last_matched: Option<String>,
}

impl<'a> KeyView<'a> {
    pub(super) fn of(key: &'a KeySummary, now: SystemTime) -> Self {
        let version = |version: &'a SecretSummary| VersionView {
            label: version.label.as_deref(),
            state: state(version, now),
            not_before: version.not_before.map(rfc3339),
            not_after: version.not_after.map(rfc3339),
            last_matched: version.last_matched.map(rfc3339),
        };
        Self { key_id: key.key_id.as_str(), versions: key.versions.iter().map(version).collect() }
    }
}

/// What a version is at a given time.
pub(super) fn state(version: &SecretSummary, now: SystemTime) -> &'static str {
    if version.not_after.is_some_and(|end| now >= end) {
        "expired"
    } else if version.not_before.is_some_and(|start| now < start) {
        "not-yet-valid"
    } else {
        "active"
    }
}

/// A state in its colour.
pub(super) fn coloured(state: &'static str) -> Value {
    if state == "active" { Value::good(state) } else { Value::doubtful(state) }
}

/// A secret that was just made, as JSON.
#[derive(Serialize)]
struct MadeView<'a> {
    key_id: &'a str,
    label: &'a str,
    secret: &'a str,
    not_before: Option<String>,
    not_after: Option<String>,
}

/// Prints a secret that was just made: the only time that it is.
pub(super) fn hand_out(
    context: &Context,
    (key_id, label): (&KeyId, &str),
    (secret, spelling): (&Secret, Spelling),
    (not_before, not_after): (Option<SystemTime>, Option<SystemTime>),
) -> Result {
    let spelled = spelling.spell(secret);
    let printed = if context.out.json {
        let (not_before, not_after) = (not_before.map(rfc3339), not_after.map(rfc3339));
        context.out.document(&MadeView { key_id: key_id.as_str(), label, secret: &spelled, not_before, not_after })
    } else {
        context.out.line(&*spelled)
    };
    if printed.is_err() {
        text::error(format!(
            "secret {label} of key {key_id} was stored and could not be printed; retire it and add another"
        ));
        return Err(Failure::Told);
    }
    context.out.note(format!("Secret {label} of key {key_id}: 32 random bytes. It will not be shown again."));
    Ok(())
}
