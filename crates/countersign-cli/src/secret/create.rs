//! `countersign secret create`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use countersign_core::{KeyId, issue_secret};

use super::encoding::Spelling;
use super::view::hand_out;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::time::minute;

/// Create a key with a random secret and print the secret, once
///
/// The secret is 32 bytes from the system's random source. It goes to stdout alone; everything else goes to stderr. The store
/// keeps it as it is, since signatures are computed with it: guard the store as you guard the secret.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Create {
    /// The name by which signed requests speak of the key
    #[arg(value_name = "KEY_ID")]
    key_id: KeyId,

    /// How people call this version of the secret; the date unless this says otherwise
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    label: Option<String>,

    /// How the secret is spelled
    #[arg(long, value_enum, default_value_t = Spelling::Base64)]
    encoding: Spelling,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result {
        let key_id = self.key_id;
        let label = self.label.unwrap_or_else(|| minute(context.now()).chars().take(10).collect());
        context
            .with_store(async |session| {
                if !session.ask(session.store().secrets(&key_id)).await?.is_empty() {
                    return Err(Failure::failed(format!(
                        "there is a key {key_id} already; `countersign secret add` gives it another secret"
                    )));
                }
                let secret = session.ask(issue_secret(session.store(), &key_id, &label)).await?;
                hand_out(context, (&key_id, &label), (&secret, self.encoding), (None, None))
            })
            .await
    }
}

const AFTER_HELP: &str = "\
Examples:
  countersign secret create partner-7
  SECRET=$(countersign secret create partner-8 --encoding hex --label 2026-11)";
