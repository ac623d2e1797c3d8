//! Which command about tokens.

use clap::Subcommand;

use super::check::Check;
use super::import::Import;
use super::issue::Issue;
use super::list::List;
use super::prune::Prune;
use super::revoke::Revoke;
use super::rotate::Rotate;
use super::show::Show;
use crate::context::Context;
use crate::failure::Result;

/// Issue, list, revoke and rotate API tokens
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    Issue(Issue),
    List(List),
    Show(Show),
    Revoke(Revoke),
    Rotate(Rotate),
    Check(Check),
    Prune(Prune),
    Import(Import),
}

impl TokenCommand {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::Issue(issue) => issue.run(context).await,
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Revoke(revoke) => revoke.run(context).await,
            Self::Rotate(rotate) => rotate.run(context).await,
            Self::Check(check) => check.run(context),
            Self::Prune(prune) => prune.run(context).await,
            Self::Import(import) => import.run(context).await,
        }
    }
}
