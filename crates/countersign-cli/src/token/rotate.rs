//! `countersign token rotate`.

use clap::Args;
use countersign_core::rotate_token;

use super::issue::hand_out;
use super::show::unknown;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::formats::FormatOptions;
use crate::time::{Period, rfc3339};

/// Issue a token in place of another, which ends after a while
///
/// The new token has the old one's subject, scope, organisation, application and note, and is issued for as long as the
/// old one was. It is printed once, as by `token issue`. The old one goes on for the grace period, unless it ends before.
/// A token that has leaked should be revoked instead.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Rotate {
    /// The old token's id, as `token list` shows it
    id: String,

    /// How long the old token goes on
    #[arg(long, value_name = "PERIOD", default_value = "1h")]
    grace: Period,

    #[command(flatten)]
    format: FormatOptions,
}

impl Rotate {
    pub(super) async fn run(self, context: &Context) -> Result {
        let now = context.now();
        let grace = self.grace.from(now)?;
        context
            .with_store(async |session| {
                let old = session.ask(session.store().token_by_id(&self.id)).await?;
                let old = old.ok_or_else(|| unknown(&self.id))?;
                let format = self.format.like(old.format())?;
                let issued = session.ask(rotate_token(session.store(), &self.id, &format, grace, now)).await?;
                let Some(issued) = issued else { return Err(revoked(&self.id)) };
                hand_out(context, &issued)?;
                let until = self.grace.after(now)?;
                let until = old.expires_at().map_or(until, |end| end.min(until));
                context.out.note(format!("Token {}, which it replaces, ends at {}.", self.id, rfc3339(until)));
                Ok(())
            })
            .await
    }
}

fn revoked(id: &str) -> Failure {
    Failure::failed(format!("token {id} is revoked, so nothing can take its place; issue another with `token issue`"))
}

const AFTER_HELP: &str = "\
Examples:
  ID=$(countersign token list --subject ada --limit 1 --quiet)
  TOKEN=$(countersign token rotate $ID --grace 1h)
  countersign token rotate $ID --grace 0s --json";
