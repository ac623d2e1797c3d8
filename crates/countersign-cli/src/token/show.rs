//! `countersign token show`.

use clap::Args;

use super::view::TokenView;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::formats::{is_nearly_well_formed, recognise};
use crate::table;

/// Show everything that is known of a token, the token itself excepted
///
/// Times are in UTC. When a token was last used is known to a minute or so, if the service records it.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Show {
    /// The token's id, as `token list` shows it
    id: String,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result {
        context
            .with_store(async |session| {
                let found = session.ask(session.store().token_by_id(&self.id)).await?;
                let token = found.ok_or_else(|| unknown(&self.id))?;
                let view = TokenView::of(&token, context.now());
                if context.out.json {
                    context.out.document(&view)
                } else {
                    table::print_pairs(context.out, view.pairs())
                }
            })
            .await
    }
}

/// There is no token of this id.
pub(super) fn unknown(id: &str) -> Failure {
    if is_token(id) {
        // Neither is it repeated, nor taken for what it is: arguments are seen by others.
        return Failure::failed(
            "that is a token, where its id was asked for; whoever could read it should not have it now",
        );
    }
    Failure::failed(format!("there is no token {id}; `countersign token list` shows those there are"))
}

/// The id as it may be repeated: not if it is a token by mistake.
pub(super) fn shown(id: &str) -> &str {
    if is_token(id) { "(what looks like a token)" } else { id }
}

fn is_token(id: &str) -> bool {
    !recognise(id).is_empty() || is_nearly_well_formed(id)
}

const AFTER_HELP: &str = "\
Examples:
  ID=$(countersign token list --subject ada --limit 1 --quiet)
  countersign token show $ID
  countersign token show $ID --json";
