//! A token's record, as it is shown.

use std::time::SystemTime;

use countersign_core::{PresentedToken, TokenInfo, TokenState};
use serde::Serialize;

use crate::table::Value;
use crate::time::rfc3339;

/// A token's record as JSON. Every field is always there; what is not known is null.
#[derive(Serialize)]
pub(super) struct TokenView<'a> {
    id: Option<&'a str>,
    subject: &'a str,
    state: &'static str,
    scope: Vec<&'a str>,
    organisation: Option<&'a str>,
    client_id: Option<&'a str>,
    note: Option<&'a str>,
    format: Option<&'a str>,
    last_four: Option<&'a str>,
    created_at: Option<String>,
    updated_at: Option<String>,
    last_used_at: Option<String>,
    not_before: Option<String>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    revoked_reason: Option<&'a str>,
}

impl<'a> TokenView<'a> {
    pub(super) fn of(token: &'a TokenInfo, now: SystemTime) -> Self {
        Self {
            id: token.id(),
            subject: token.subject(),
            state: TokenState::of(token, now).as_str(),
            scope: token.scope().iter().collect(),
            organisation: token.organisation(),
            client_id: token.client_id(),
            note: token.note(),
            format: token.format(),
            last_four: token.last_four(),
            created_at: token.created_at().map(rfc3339),
            updated_at: token.updated_at().map(rfc3339),
            last_used_at: token.last_used_at().map(rfc3339),
            not_before: token.not_before().map(rfc3339),
            expires_at: token.expires_at().map(rfc3339),
            revoked_at: token.revoked_at().map(rfc3339),
            revoked_reason: token.revoked_reason(),
        }
    }

    /// Names and values for people, without those that are not known.
    pub(super) fn pairs(&self) -> Vec<(&'static str, Value)> {
        let owned = |text: Option<&str>| text.map(Value::from);
        let time = |time: &Option<String>| time.clone().map(Value::from);
        let pairs = [
            ("id", owned(self.id)),
            ("subject", owned(Some(self.subject))),
            ("state", Some(state(self.state))),
            ("scope", Some(Value::from(self.scope.join(" ")))),
            ("organisation", owned(self.organisation)),
            ("client id", owned(self.client_id)),
            ("note", owned(self.note)),
            ("format", owned(self.format)),
            ("last four", owned(self.last_four)),
            ("created", time(&self.created_at)),
            ("updated", time(&self.updated_at)),
            ("last used", time(&self.last_used_at)),
            ("not before", time(&self.not_before)),
            ("expires", Some(Value::from(self.expires_at.clone().unwrap_or_else(|| "never".to_owned())))),
            ("revoked", time(&self.revoked_at)),
            ("reason", owned(self.revoked_reason)),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A token that was just issued, as JSON: its record and, this once, its text.
#[derive(Serialize)]
pub(crate) struct IssuedView<'a> {
    token: &'a str,
    #[serde(flatten)]
    record: TokenView<'a>,
}

impl<'a> IssuedView<'a> {
    pub(super) fn of(token: &'a PresentedToken, info: &'a TokenInfo, now: SystemTime) -> Self {
        Self { token: token.expose_secret(), record: TokenView::of(info, now) }
    }
}

/// A state in its colour.
pub(super) fn state(state: &'static str) -> Value {
    match state {
        "active" => Value::good(state),
        "revoked" => Value::bad(state),
        _ => Value::doubtful(state),
    }
}
