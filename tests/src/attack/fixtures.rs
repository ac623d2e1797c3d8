//! Keys, tokens and clock, from a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use countersign::{Scope, TokenInfo};
use serde_json::{Map, Value};

/// What the server under attack holds.
#[derive(Clone, Debug)]
pub struct Fixtures {
    clock_unix: u64,
    fixtures: Map<String, Value>,
    config_default: Map<String, Value>,
}

impl Fixtures {
    pub fn read(path: &Path) -> Result<Self, String> {
        let file = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let file: Value =
            serde_json::from_slice(&file).map_err(|error| format!("{} is not JSON: {error}", path.display()))?;
        Self::of(&file).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub fn of(file: &Value) -> Result<Self, String> {
        let object = |name: &str| match &file[name] {
            Value::Object(object) => Ok(object.clone()),
            _ => Err(format!("there is no object `{name}`")),
        };
        let fixtures = object("fixtures")?;
        let clock_unix = fixtures.get("clock_unix").and_then(Value::as_u64).ok_or("`clock_unix` is not a number")?;
        Ok(Self { clock_unix, fixtures, config_default: object("config_default")? })
    }

    /// The instant at which the clock stands.
    pub fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.clock_unix)
    }

    /// The texts by name in one of the fixtures' tables: `hmac_keys`, say.
    pub fn table(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let table =
            self.fixtures.get(name).and_then(Value::as_object).ok_or_else(|| format!("there are no `{name}`"))?;
        let text = |(key, value): (&String, &Value)| match value.as_str() {
            Some(value) => Ok((key.clone(), value.to_owned())),
            None => Err(format!("`{name}.{key}` is not a text")),
        };
        table.iter().map(text).collect()
    }

    /// One text among the fixtures.
    pub fn text(&self, name: &str) -> Result<String, String> {
        let text = self.fixtures.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("there is no `{name}`"))
    }

    /// The tokens, and what is known of each by its name.
    pub fn tokens(&self) -> Result<Vec<(String, TokenInfo)>, String> {
        let tokens = self.table("bearer_tokens")?.into_iter();
        tokens.map(|(name, token)| self.token(&name).map(|info| (token, info))).collect()
    }

    fn token(&self, name: &str) -> Result<TokenInfo, String> {
        let of = |organisation: &str, scope: &str| {
            let scope: Scope = scope.parse().expect("written as a scope is");
            TokenInfo::new(name).with_organisation(organisation).with_scope(scope)
        };
        let acme = || of("acme", "things:read");
        let seconds = Duration::from_secs;
        match name {
            "valid" => Ok(acme()),
            "noscope" => Ok(of("acme", "")),
            "orgB" => Ok(of("orgb", "things:read")),
            "revoked" => Ok(acme().with_revoked_at(self.now() - seconds(1))),
            "expired" => Ok(acme().with_expires_at(self.now() - seconds(1))),
            "expnow" => Ok(acme().with_expires_at(self.now())),
            "future" => Ok(acme().with_not_before(self.now() + seconds(60))),
            other => Err(format!("nobody said what a token named `{other}` is good for")),
        }
    }

    pub(super) const fn config_default(&self) -> &Map<String, Value> {
        &self.config_default
    }
}
