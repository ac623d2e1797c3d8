//! `countersign token prune`.

use std::time::SystemTime;

use clap::Args;
use countersign_core::{TokenFilter, TokenInfo, TokenState};
use serde::Serialize;

use super::revoke::tokens;
use super::selection::count;
use crate::confirm::confirm;
use crate::context::{Context, Session};
use crate::failure::Result;
use crate::time::{Period, rfc3339};

/// Forget tokens that expired or were revoked a while ago
///
/// They are refused with or without their record; what is lost is the trace of who had them, and when and why they ended.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Prune {
    /// How long ago they must have ended at least, such as 90d or 1y
    #[arg(long, value_name = "PERIOD")]
    older_than: Period,

    /// Say how many there are, and forget nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask first
    #[arg(long, short)]
    yes: bool,
}

impl Prune {
    pub(super) async fn run(self, context: &Context) -> Result {
        let before = self.older_than.before(context.now())?;
        context
            .with_store(async |session| {
                if self.dry_run {
                    return report(context, 0, over(session, before).await?, before);
                }
                if !self.yes {
                    let there_are = over(session, before).await?;
                    if there_are == 0 {
                        return report(context, 0, 0, before);
                    }
                    confirm(&format!("forgets {} that ended before {}", tokens(there_are), rfc3339(before)))?;
                }
                let pruned = session.ask(session.store().prune_tokens(before)).await?;
                report(context, pruned, 0, before)
            })
            .await
    }
}

/// How many tokens there are that ended before `before`.
async fn over(session: &Session, before: SystemTime) -> Result<u64> {
    let over = |token: &TokenInfo| [token.expires_at(), token.revoked_at()].into_iter().flatten().any(|at| at < before);
    let expired = TokenFilter::all().with_state(TokenState::Expired, before);
    let revoked = TokenFilter::all().with_state(TokenState::Revoked, before);
    Ok(count(session, &expired, over).await? + count(session, &revoked, over).await?)
}

#[derive(Serialize)]
struct Pruned {
    pruned: u64,
    remaining: u64,
    before: String,
}

fn report(context: &Context, pruned: u64, remaining: u64, before: SystemTime) -> Result {
    let before = rfc3339(before);
    if context.out.json {
        return context.out.document(&Pruned { pruned, remaining, before });
    }
    context.out.done(match remaining {
        0 => format!("forgot {} that ended before {before}", tokens(pruned)),
        _ => format!("would forget {} that ended before {before}", tokens(remaining)),
    })
}

const AFTER_HELP: &str = "\
Examples:
  countersign token prune --older-than 90d --dry-run
  countersign token prune --older-than 90d --yes";
