//! `countersign secret add`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use countersign_core::{KeyId, Secret, SecretVersion, Secrets};

use super::encoding::Encoding;
use super::view::hand_out;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::input;
use crate::text;
use crate::time::Instant;

/// Add a version of a key's secret: the newest, beside the older ones
///
/// Requests that are signed with any version verify until it is retired, so that both sides can change over one after the
/// other; at most four live versions are tried. Without --from-stdin and --from-file the secret is 32 random bytes, and is
/// printed once. One that is given is printed never.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Add {
    /// The key; it need not be there yet
    #[arg(value_name = "KEY_ID")]
    key_id: KeyId,

    /// How people call this version of the secret
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    label: String,

    /// Read the secret from stdin, or from a prompt that does not show it
    #[arg(long, conflicts_with = "from_file")]
    from_stdin: bool,

    /// Read the secret from this file
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,

    /// How the secret is spelled: base64 unless this says otherwise if it is printed, text if it is read
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,

    /// From when on it verifies
    #[arg(long, value_name = "TIME")]
    not_before: Option<Instant>,

    /// Until when it verifies, that instant excluded
    #[arg(long, value_name = "TIME")]
    not_after: Option<Instant>,
}

impl Add {
    pub(super) async fn run(self, context: &Context) -> Result {
        let not_before = self.not_before.map(|Instant(at)| at);
        let not_after = self.not_after.map(|Instant(at)| at);
        if not_after.is_some_and(|end| end <= not_before.unwrap_or_else(|| context.now())) {
            return Err(Failure::usage("the secret would never verify: its end comes too soon"));
        }
        let given = self.given()?;
        // Before anything is stored.
        let spelling = match given {
            Some(_) => None,
            None => Some(self.encoding.unwrap_or(Encoding::Base64).spelling()?),
        };
        let secret = given.unwrap_or_else(Secret::random);
        if secret.is_short() {
            text::warning(format!(
                "the secret has fewer than {} bytes: a signature is no stronger than its key",
                Secret::SHORT
            ));
        }
        let mut version = SecretVersion::new(secret.clone()).with_label(&*self.label);
        if let Some(start) = not_before {
            version = version.with_not_before(start);
        }
        if let Some(end) = not_after {
            version = version.with_not_after(end);
        }
        let (key_id, label) = (&self.key_id, &*self.label);
        context
            .with_store(async |session| {
                let known = session.ask(session.store().secrets(key_id)).await?;
                if known.iter().any(|version| version.label().is_some_and(|known| **known == *label)) {
                    return Err(Failure::failed(format!(
                        "key {key_id} has a secret {label} already; give another --label, or retire that one first"
                    )));
                }
                session.ask(session.store().add_secret(key_id, &version)).await?;
                let live = known.iter().filter(|version| version.is_live(context.now())).count() + 1;
                if live > Secrets::MAX_LIVE {
                    text::warning(format!(
                        "key {key_id} has {live} live secrets, of which the newest {} are tried; retire some",
                        Secrets::MAX_LIVE
                    ));
                }
                match spelling {
                    Some(spelling) => hand_out(context, (key_id, label), (&secret, spelling), (not_before, not_after)),
                    None => context.out.done(format!("added secret {label} to key {key_id}")),
                }
            })
            .await
    }

    fn given(&self) -> Result<Option<Secret>> {
        let bytes = match &self.from_file {
            Some(path) => input::of_file(path)?,
            None if self.from_stdin => input::typed_or_piped("Secret: ")?,
            None => return Ok(None),
        };
        self.encoding.unwrap_or(Encoding::Text).read(&bytes).map(Some)
    }
}

const AFTER_HELP: &str = "\
Examples:
  countersign secret add partner --label 2027-01
  printenv SECRET | countersign secret add partner --label theirs --from-stdin
  countersign secret add partner --label vault --from-file secret.txt
  countersign secret add partner --label old --not-after 2100-01-01";
