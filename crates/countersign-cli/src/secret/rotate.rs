//! `countersign secret rotate`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use countersign_core::{KeyId, SecretSummary, Secrets, issue_secret, rotate_secret};

use super::drain::Waiting;
use super::encoding::Spelling;
use super::list::no_key;
use super::view::hand_out;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::time::{Period, minute, rfc3339};

/// Give a key a new random secret beside the older ones, and say what to do next
///
/// Requests that are signed with any version verify, so that whoever signs can change over. The new secret is printed once, as
/// by `secret create`. The older ones go on until they are retired: `secret drain` does so when they did not match for a while,
/// and --wait-drained does both in one. That needs servers that record when secrets match (`with_usage`, all of them).
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Rotate {
    /// The key, which has a secret already
    #[arg(value_name = "KEY_ID")]
    key_id: KeyId,

    /// How people call the new version; the date unless this says otherwise
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    label: Option<String>,

    /// How long the older versions go on at most; until they are retired unless this says otherwise
    #[arg(long, value_name = "PERIOD")]
    overlap: Option<Period>,

    /// How the secret is spelled
    #[arg(long, value_enum, default_value_t = Spelling::Base64)]
    encoding: Spelling,

    /// Then wait as `secret drain` does, and retire the older versions; with --json a second document says that it is done
    #[arg(long)]
    wait_drained: bool,

    #[command(flatten)]
    waiting: Waiting,
}

impl Rotate {
    pub(super) async fn run(self, context: &Context) -> Result {
        let now = context.now();
        let overlap = self.overlap.map(|overlap| overlap.from(now)).transpose()?;
        if !self.wait_drained && self.waiting.gives_up() {
            return Err(Failure::usage(
                "--give-up-after says how long to wait, and without --wait-drained nobody does",
            ));
        }
        let terms = self.wait_drained.then(|| self.waiting.terms(context)).transpose()?;
        let key_id = &self.key_id;
        context
            .with_store(async |session| {
                let store = session.store();
                let known = session.ask(store.list_versions(key_id)).await?;
                if known.is_empty() {
                    return Err(no_key(key_id));
                }
                let live: Vec<_> = known.iter().filter(|version| version.is_live(now)).collect();
                if live.len() >= Secrets::MAX_LIVE {
                    return Err(Failure::failed(format!(
                        "key {key_id} has {} live secrets, and no more than {} are tried: requests signed with the oldest \
                         would be refused; retire some first",
                        live.len(),
                        Secrets::MAX_LIVE
                    )));
                }
                let label = match &self.label {
                    Some(label) => label.clone(),
                    None => unused_label(&minute(now), &known),
                };
                if known.iter().any(|version| version.label.as_deref() == Some(&*label)) {
                    return Err(Failure::failed(format!("key {key_id} has a secret {label} already; give another --label")));
                }
                let secret = match overlap {
                    None => session.ask(issue_secret(store, key_id, &label)).await?,
                    Some(overlap) => session.ask(rotate_secret(store, key_id, &label, overlap, now)).await?,
                };
                hand_out(context, (key_id, &label), (&secret, self.encoding), (None, None))?;
                let until = self.overlap.map(|overlap| overlap.after(now)).transpose()?.map(rfc3339);
                context.out.note(next_step(key_id, &live, until.as_deref()));
                match &terms {
                    None => Ok(()),
                    Some(terms) => terms.drain(context, session, key_id).await,
                }
            })
            .await
    }
}

/// The date, and a number where this is not the first version of the day.
fn unused_label(minute: &str, known: &[SecretSummary]) -> String {
    let date: String = minute.chars().take(10).collect();
    let is_used = |label: &str| known.iter().any(|version| version.label.as_deref() == Some(label));
    let numbered = (2..).map(|number: u32| format!("{date}-{number}"));
    std::iter::once(date.clone()).chain(numbered).find(|label| !is_used(label)).unwrap_or(date)
}

fn next_step(key_id: &KeyId, older: &[&SecretSummary], until: Option<&str>) -> String {
    let names = older.iter().map(|version| version.label.as_deref().unwrap_or("one without label"));
    let older = names.collect::<Vec<_>>().join(", ");
    let until = until.map(|until| format!(", and not after {until}")).unwrap_or_default();
    format!(
        "Next: have everybody who signs for {key_id} use it. Older secrets ({older}) verify until they are retired{until}: \
         `countersign secret drain {key_id}` does that when they have not matched for a day."
    )
}

const AFTER_HELP: &str = "\
Examples:
  SECRET=$(countersign secret rotate partner --label 2027-01)
  countersign secret rotate partner --overlap 30d --json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_is_used_gets_a_number() {
        let known = |labels: &[&str]| -> Vec<SecretSummary> {
            let summary = |label: &&str| SecretSummary { label: Some((*label).into()), ..SecretSummary::default() };
            labels.iter().map(summary).collect()
        };
        let label = |labels: &[&str]| unused_label("2027-01-31 12:00", &known(labels));
        assert_eq!(label(&["2027-01"]), "2027-01-31");
        assert_eq!(label(&["2027-01-31", "2027-01-31-2"]), "2027-01-31-3");
    }
}
