//! `countersign secret list`.

use std::time::SystemTime;

use clap::Args;
use countersign_core::{KeyId, KeySummary, SecretSummary};

use super::view::{KeyView, coloured, state};
use crate::context::{Context, Session};
use crate::failure::{Failure, Result};
use crate::table::{self, Column, Value};
use crate::text::visible;
use crate::time::minute;

/// List keys and the versions of their secrets, the newest first; never a secret
///
/// Times are in UTC. When a version last matched is known to within a minute or so, where servers record it (`with_usage`). A
/// version without a label was added by a program, and can be retired by none but a program.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct List {
    /// Only this key
    #[arg(value_name = "KEY_ID")]
    key_id: Option<KeyId>,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result {
        context
            .with_store(async |session| {
                let keys = match &self.key_id {
                    None => all(session).await?,
                    Some(key_id) => vec![one(session, key_id).await?],
                };
                show(context, &keys, context.now())
            })
            .await
    }
}

async fn one(session: &Session, key_id: &KeyId) -> Result<KeySummary> {
    let versions = session.ask(session.store().list_versions(key_id)).await?;
    if versions.is_empty() { Err(no_key(key_id)) } else { Ok(KeySummary { key_id: key_id.clone(), versions }) }
}

pub(super) fn no_key(key_id: &KeyId) -> Failure {
    Failure::failed(format!("there is no key {key_id}; `countersign secret create` makes one"))
}

async fn all(session: &Session) -> Result<Vec<KeySummary>> {
    let mut keys: Vec<KeySummary> = Vec::new();
    loop {
        let above = keys.last().map(|key| &key.key_id);
        let more = session.ask(session.store().list_secrets(above, 1000)).await?;
        if more.is_empty() {
            return Ok(keys);
        }
        keys.extend(more);
    }
}

fn show(context: &Context, keys: &[KeySummary], now: SystemTime) -> Result {
    let out = context.out;
    if out.json {
        return out.document(&keys.iter().map(|key| KeyView::of(key, now)).collect::<Vec<_>>());
    }
    if out.quiet {
        return keys.iter().try_for_each(|key| out.line(visible(key.key_id.as_str())));
    }
    if keys.is_empty() {
        out.note("There is no key.");
        return Ok(());
    }
    let rows = keys.iter().flat_map(|key| key.versions.iter().map(move |version| row(&key.key_id, version, now)));
    table::print(out, &COLUMNS, rows)
}

fn row(key_id: &KeyId, version: &SecretSummary, now: SystemTime) -> Vec<Value> {
    let time = |time: Option<SystemTime>| Value::from(time.map(minute).unwrap_or_default());
    vec![
        Value::from(key_id.as_str()),
        Value::from(version.label.as_deref().unwrap_or_default()),
        coloured(state(version, now)),
        time(version.not_before),
        time(version.not_after),
        time(version.last_matched),
    ]
}

const COLUMNS: [Column; 6] = [
    Column::text("KEY ID", 0),
    Column::text("LABEL", 0),
    Column::whole("STATE", 1),
    Column::whole("NOT BEFORE", 4),
    Column::whole("NOT AFTER", 3),
    Column::whole("LAST MATCHED", 2),
];

const AFTER_HELP: &str = "\
Examples:
  countersign secret list
  countersign secret list partner --json";
