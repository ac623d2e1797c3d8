//! `countersign token revoke`.

use std::time::SystemTime;

use clap::Args;
use countersign_core::TokenFilter;
use serde::Serialize;

use super::selection::{count, filter};
use super::show::{shown, unknown};
use crate::confirm::confirm;
use crate::context::{Context, Session};
use crate::failure::{Failure, Result};
use crate::text;
use crate::time::rfc3339;

/// Revoke tokens: from now on they are refused
///
/// Tokens are named by their ids, or picked by what they have in common; more than one such option picks the tokens that meet
/// all of them. What a service has in its cache it learns to forget, if its layers were told to listen. A token that was
/// revoked before keeps its time and reason.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Revoke {
    /// The ids of tokens, as `token list` shows them
    #[arg(value_name = "ID", required_unless_present_any = ["all_of_subject", "all_of_organisation", "all_of_client"],
        conflicts_with_all = ["all_of_subject", "all_of_organisation", "all_of_client"])]
    ids: Vec<String>,

    /// Why; kept in the record, and told to callers by layers that answer as Djblets does
    #[arg(long, default_value = "revoked by an administrator", hide_default_value = true)]
    reason: String,

    /// All tokens of this subject
    #[arg(long, value_name = "SUBJECT")]
    all_of_subject: Option<String>,

    /// All tokens that are bound to this organisation
    #[arg(long, value_name = "ORGANISATION", alias = "all-of-organization")]
    all_of_organisation: Option<String>,

    /// All tokens that were issued to this application
    #[arg(long, value_name = "CLIENT_ID")]
    all_of_client: Option<String>,

    /// Do not ask before several are revoked
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    pub(super) async fn run(self, context: &Context) -> Result {
        let now = context.now();
        context
            .with_store(async |session| match &*self.ids {
                [] => self.all(context, session, now).await,
                ids => self.each(context, session, ids, now).await,
            })
            .await
    }

    async fn each(&self, context: &Context, session: &Session, ids: &[String], now: SystemTime) -> Result {
        let mut outcome = Outcome::default();
        for id in ids {
            match self.one(context, session, id, now).await {
                Ok(true) => outcome.revoked.push(id),
                Ok(false) => outcome.already_revoked.push(id),
                Err(Refusal::Unknown) => {
                    text::error(unknown(id).text());
                    outcome.unknown.push(shown(id));
                }
                Err(Refusal::NotStored(why)) => {
                    text::error(format!(
                        "token {} is still good, as far as is known: its revocation was not acknowledged ({why})",
                        shown(id)
                    ));
                    outcome.not_revoked.push(shown(id));
                }
            }
        }
        let complete = outcome.unknown.is_empty() && outcome.not_revoked.is_empty();
        if context.out.json {
            context.out.document(&outcome)?;
        }
        if complete { Ok(()) } else { Err(Failure::Told) }
    }

    /// Whether it was revoked now; `false` if it was before.
    async fn one(
        &self,
        context: &Context,
        session: &Session,
        id: &str,
        now: SystemTime,
    ) -> std::result::Result<bool, Refusal> {
        let say = |what: String| if context.out.json { Ok(()) } else { context.out.done(what) };
        if session.ask(session.store().revoke_token(id, now, &self.reason)).await.map_err(Refusal::not_stored)? {
            // Whoever does not read on is not told; revoked it is all the same.
            let _ = say(format!("revoked {id}"));
            return Ok(true);
        }
        let known = session.ask(session.store().token_by_id(id)).await.map_err(Refusal::not_stored)?;
        let known = known.ok_or(Refusal::Unknown)?;
        let when = known.revoked_at().map(rfc3339).unwrap_or_default();
        let _ = say(format!("{id} was revoked before, at {when}"));
        Ok(false)
    }

    async fn all(&self, context: &Context, session: &Session, now: SystemTime) -> Result {
        let filter = self.filter();
        if !self.yes {
            let good = count(session, &filter, |token| token.revoked_at().is_none()).await?;
            if good == 0 {
                return report(context, 0);
            }
            confirm(&format!("revokes {}", tokens(good)))?;
        }
        let revoked = session.ask(session.store().revoke_tokens(&filter, now, &self.reason)).await;
        let revoked = revoked.map_err(|failure| {
            let why = failure.text();
            Failure::failed(format!(
                "the tokens are still good, as far as is known: their revocation was not acknowledged ({why})"
            ))
        })?;
        report(context, revoked)
    }

    fn filter(&self) -> TokenFilter {
        filter(self.all_of_subject.as_deref(), self.all_of_organisation.as_deref(), self.all_of_client.as_deref())
    }
}

enum Refusal {
    Unknown,
    NotStored(String),
}

impl Refusal {
    fn not_stored(failure: Failure) -> Self {
        Self::NotStored(failure.text())
    }
}

#[derive(Serialize, Default)]
struct Outcome<'a> {
    revoked: Vec<&'a str>,
    already_revoked: Vec<&'a str>,
    unknown: Vec<&'a str>,
    not_revoked: Vec<&'a str>,
}

#[derive(Serialize)]
struct Count {
    count: u64,
}

fn report(context: &Context, count: u64) -> Result {
    if context.out.json {
        context.out.document(&Count { count })
    } else {
        context.out.done(format!("revoked {}", tokens(count)))
    }
}

/// `1 token`, `2 tokens`.
pub(super) fn tokens(count: u64) -> String {
    format!("{count} token{}", if count == 1 { "" } else { "s" })
}

const AFTER_HELP: &str = "\
Examples:
  ID=$(countersign token list --subject ada --limit 1 --quiet)
  countersign token revoke $ID --reason \"laptop lost\"
  countersign token revoke --all-of-subject ada --reason \"has left\" --yes
  countersign token revoke --all-of-client dashboard --yes

Without --yes, picking tokens by what they have in common asks first, and is refused where there is no terminal to ask on.";
