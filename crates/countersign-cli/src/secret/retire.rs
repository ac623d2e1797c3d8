//! `countersign secret retire`.

use std::time::Duration;

use clap::Args;
use countersign_core::{KeyId, Retirement, SecretSummary, retire_unused_secret};
use serde::Serialize;

use super::quiet::{QuietFor, ago};
use crate::context::{Context, Session};
use crate::failure::{Failure, Result};
use crate::time::rfc3339;

/// Remove a version of a key's secret: requests signed with it no longer verify
///
/// Whoever signs must have changed over to another version before. A version that matched not long ago is still in use, and is
/// removed only by --force; so is the last version that verifies. When a version last matched is known where servers record it
/// (`with_usage`); `secret drain` waits until it has not matched for a while.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Retire {
    /// The key
    #[arg(value_name = "KEY_ID")]
    key_id: KeyId,

    /// Which version, as `secret list` shows it
    label: String,

    #[command(flatten)]
    quiet: QuietFor,

    /// Also if it matched not long ago, or no other version verifies, so that requests are refused from now on
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Retired<'a> {
    key_id: &'a str,
    label: &'a str,
    remaining: usize,
}

impl Retire {
    pub(super) async fn run(self, context: &Context) -> Result {
        let quiet = self.quiet.period(context)?;
        context
            .with_store(async |session| {
                let (key_id, label) = (&self.key_id, &*self.label);
                let known = session.ask(session.store().list_versions(key_id)).await?;
                let Some(version) = known.iter().find(|version| version.label.as_deref() == Some(label)) else {
                    return Err(unknown(key_id, label, &known));
                };
                self.retire(context, session, quiet).await?;
                if version.last_matched.is_none() && !self.force {
                    context.out.note(format!(
                        "Nothing is known of when secret {label} last matched: servers record that `with_usage`."
                    ));
                }
                let remaining = known.len() - 1;
                if context.out.json {
                    return context.out.document(&Retired { key_id: key_id.as_str(), label, remaining });
                }
                context.out.done(format!("retired secret {label} of key {key_id}, which has {remaining} more"))
            })
            .await
    }

    async fn retire(&self, context: &Context, session: &Session, quiet: Duration) -> Result {
        let (store, key_id, label, now) = (session.store(), &self.key_id, &*self.label, context.now());
        let outcome = if self.force {
            let gone = session.ask(store.retire_secret(key_id, label)).await?;
            if gone { Retirement::Retired } else { Retirement::Unknown }
        } else {
            session.ask(retire_unused_secret(store, key_id, label, quiet, now)).await?
        };
        Err(Failure::failed(match outcome {
            Retirement::Retired => return Ok(()),
            Retirement::InUse(at) => format!(
                "secret {label} of key {key_id} is still in use: it last matched at {}, {}; have everybody sign with another \
                 one, and let `countersign secret drain {key_id}` wait for that, or --force it",
                rfc3339(at),
                ago(at, now)
            ),
            Retirement::Last => {
                format!(
                    "secret {label} is the last one of key {key_id} that verifies; add another first, or --force it"
                )
            }
            _ => format!("somebody else has just retired secret {label} of key {key_id}"),
        }))
    }
}

fn unknown(key_id: &KeyId, label: &str, known: &[SecretSummary]) -> Failure {
    if known.is_empty() {
        return Failure::failed(format!("there is no key {key_id}; `countersign secret list` shows those there are"));
    }
    let labels: Vec<&str> = known.iter().filter_map(|version| version.label.as_deref()).collect();
    let labels = if labels.is_empty() { "none with a label".to_owned() } else { labels.join(", ") };
    Failure::failed(format!("key {key_id} has no secret {label}; it has {labels}"))
}

const AFTER_HELP: &str = "\
Examples:
  countersign secret retire partner 2026-01
  countersign secret retire partner 2026-07 --force";
