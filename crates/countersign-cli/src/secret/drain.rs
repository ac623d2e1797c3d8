//! `countersign secret drain`: waits until older versions are no longer used, and retires them.

use std::time::{Duration, SystemTime};

use clap::Args;
use countersign_core::{KeyId, SecretSummary};
use serde::Serialize;

use super::list::no_key;
use super::quiet::QuietFor;
use super::standing::Standing;
use crate::context::{Context, Session};
use crate::failure::{Failure, Result};
use crate::text;
use crate::time::Period;

/// Wait until a key's older secrets are no longer used, and retire them
///
/// Older are all but the newest version that verifies. They are retired together when none of them matched for a while and the
/// newest did: that shows that somebody signs with it, and that servers record what matches. All servers must do so
/// (`with_usage`): one that does not would go on letting requests in that nobody sees here. Of a version of which no match is
/// known the while begins when this command does. What it waits for is said on stderr; stopped, it can be run again.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Drain {
    /// The key
    #[arg(value_name = "KEY_ID")]
    key_id: KeyId,

    #[command(flatten)]
    waiting: Waiting,
}

impl Drain {
    pub(super) async fn run(self, context: &Context) -> Result {
        let terms = self.waiting.terms(context)?;
        context.with_store(async |session| terms.drain(context, session, &self.key_id).await).await
    }
}

/// How to wait.
#[derive(Args, Clone, Copy)]
pub(super) struct Waiting {
    #[command(flatten)]
    quiet: QuietFor,

    /// Give up when the older versions are still used after this; without it, wait for as long as it takes
    #[arg(long, value_name = "PERIOD")]
    give_up_after: Option<Period>,
}

impl Waiting {
    pub(super) const fn gives_up(&self) -> bool {
        self.give_up_after.is_some()
    }

    pub(super) fn terms(self, context: &Context) -> Result<Terms> {
        let now = context.now();
        let give_up = self.give_up_after.map(|after| after.after(now)).transpose()?;
        Ok(Terms { quiet: self.quiet.period(context)?, give_up, since: now })
    }
}

/// How to wait, from when on.
pub(super) struct Terms {
    quiet: Duration,
    give_up: Option<SystemTime>,
    since: SystemTime,
}

#[derive(Serialize)]
struct Drained<'a> {
    key_id: &'a str,
    retired: &'a [String],
    remaining: Vec<Option<&'a str>>,
}

impl Terms {
    pub(super) async fn drain(&self, context: &Context, session: &Session, key_id: &KeyId) -> Result {
        let mut told = String::new();
        loop {
            let now = context.now();
            let standing = match session.ask(session.store().list_versions(key_id)).await {
                Ok(versions) if versions.is_empty() => return Err(no_key(key_id)),
                Ok(versions) => match Standing::of(&versions, self.since, now, self.quiet) {
                    Standing::Drained(older) => return retire(context, session, key_id, &versions, &older).await,
                    Standing::Never(why) => return Err(Failure::failed(format!("key {key_id} {why}"))),
                    Standing::NotYet(why) => why,
                },
                // Who waits for a day does not give up because the store was away for a minute; what it says is told.
                Err(Failure::Failed(why)) if !told.is_empty() => why,
                Err(failure) => return Err(failure),
            };
            if self.give_up.is_some_and(|end| now >= end) {
                return Err(Failure::failed(format!(
                    "nothing was retired: {standing}; `countersign secret drain {key_id}` goes on waiting"
                )));
            }
            if standing != told {
                text::say("", &format!("Waiting: {standing}."));
                told = standing;
            }
            tokio::time::sleep(self.pause(now)).await;
        }
    }

    /// Until the next look.
    fn pause(&self, now: SystemTime) -> Duration {
        let left = self.give_up.map_or(LONGEST, |end| end.duration_since(now).unwrap_or_default());
        (self.quiet / 8).clamp(SHORTEST, LONGEST).min(left)
    }
}

async fn retire(
    context: &Context,
    session: &Session,
    key_id: &KeyId,
    versions: &[SecretSummary],
    older: &[String],
) -> Result {
    for label in older {
        session.ask(session.store().retire_secret(key_id, label)).await?;
    }
    let is_gone = |label: &str| older.iter().any(|gone| gone == label);
    let labels = versions.iter().map(|version| version.label.as_deref());
    let remaining = labels.filter(|label| !label.is_some_and(is_gone)).collect();
    if context.out.json {
        return context.out.document(&Drained { key_id: key_id.as_str(), retired: older, remaining });
    }
    match older {
        [] => context.out.done(format!("key {key_id} has no older secret")),
        older => context.out.done(format!("retired secret {} of key {key_id}", older.join(", "))),
    }
}

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(60);

const AFTER_HELP: &str = "\
Examples:
  countersign secret drain partner --give-up-after 30d
  countersign secret drain partner --quiet-for 7d --json";
