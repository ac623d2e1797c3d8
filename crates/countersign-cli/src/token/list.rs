//! `countersign token list`.

use std::time::SystemTime;

use clap::Args;
use countersign_core::{TokenFilter, TokenInfo, TokenState};

use super::selection::{Selection, page};
use super::view::{TokenView, state};
use crate::context::Context;
use crate::failure::Result;
use crate::table::{self, Column, Value};
use crate::text::visible;
use crate::time::minute;

/// List tokens, the newest first
///
/// Shows those that meet everything asked for. A terminal that is too narrow shows fewer columns; `token show` and --json show
/// everything. Times are in UTC.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct List {
    #[command(flatten)]
    selection: Selection,

    /// Only those in this state: active, expired, revoked or not-yet-valid
    #[arg(long)]
    state: Option<TokenState>,

    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    /// Go on below this id: the last one of the page before
    #[arg(long, value_name = "ID")]
    below: Option<String>,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result {
        let now = context.now();
        let limit = self.limit as usize;
        let filter = self.filter(now);
        context
            .with_store(async |session| {
                // One more than is shown, to know whether there are more.
                let mut tokens = page(session, &filter, self.below.as_deref(), limit.saturating_add(1)).await?;
                let more = tokens.len() > limit;
                tokens.truncate(limit);
                show(context, &tokens, now)?;
                if more && let Some(id) = tokens.last().and_then(TokenInfo::id) {
                    context.out.note(format!("There are more: --below {id} goes on, --limit shows more at once."));
                }
                Ok(())
            })
            .await
    }

    fn filter(&self, now: SystemTime) -> TokenFilter {
        let filter = self.selection.filter();
        match self.state {
            Some(state) => filter.with_state(state, now),
            None => filter,
        }
    }
}

fn show(context: &Context, tokens: &[TokenInfo], now: SystemTime) -> Result {
    let out = context.out;
    if out.json {
        return out.document(&tokens.iter().map(|token| TokenView::of(token, now)).collect::<Vec<_>>());
    }
    if out.quiet {
        return tokens.iter().filter_map(TokenInfo::id).try_for_each(|id| out.line(visible(id)));
    }
    if tokens.is_empty() {
        out.note("There is no such token.");
        return Ok(());
    }
    table::print(out, &COLUMNS, tokens.iter().map(|token| row(token, now)))
}

fn row(token: &TokenInfo, now: SystemTime) -> Vec<Value> {
    let text = |text: Option<&str>| Value::from(text.unwrap_or_default());
    let time = |time: Option<SystemTime>| Value::from(time.map(minute).unwrap_or_default());
    vec![
        text(token.id()),
        Value::from(token.subject()),
        state(TokenState::of(token, now).as_str()),
        time(token.expires_at()),
        time(token.last_used_at()),
        Value::from(token.scope().to_string()),
        text(token.note()),
        text(token.last_four()),
        text(token.organisation()),
        text(token.client_id()),
        time(token.created_at()),
    ]
}

const COLUMNS: [Column; 11] = [
    Column::whole("ID", 0),
    Column::text("SUBJECT", 0),
    Column::whole("STATE", 1),
    Column::whole("EXPIRES", 2),
    Column::whole("LAST USED", 3),
    Column::text("SCOPE", 4),
    Column::text("NOTE", 5),
    Column::whole("ENDS IN", 6),
    Column::text("ORGANISATION", 7),
    Column::text("CLIENT", 8),
    Column::whole("CREATED", 9),
];

const AFTER_HELP: &str = "\
Examples:
  countersign token list
  countersign token list --subject ada --state active --json
  countersign token list --organisation acme --limit 20
  countersign token list --subject ada --quiet | xargs countersign token revoke";
