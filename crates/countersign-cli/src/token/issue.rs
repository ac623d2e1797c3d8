//! `countersign token issue`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use countersign_core::{IssuedToken, Scope, TokenInfo, issue_token};

use super::view::IssuedView;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::formats::FormatOptions;
use crate::text;
use crate::time::{Instant, Period, rfc3339};

/// Issue a token and print it, once
///
/// The token goes to stdout alone, so that a script can take it; everything else goes to stderr. The store keeps the token's
/// SHA-256: nobody can ever print the token again.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Issue {
    /// Whose token it is: what the service will call the caller
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    subject: String,

    /// What it may be used for; several scopes are separated by blanks, or the option is repeated
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<Scope>,

    /// The only organisation it shall reach
    #[arg(long, alias = "organization", value_parser = NonEmptyStringValueParser::new())]
    organisation: Option<String>,

    /// The application it is issued to
    #[arg(long, value_name = "CLIENT_ID", value_parser = NonEmptyStringValueParser::new())]
    client: Option<String>,

    /// What its owner calls it
    #[arg(long)]
    note: Option<String>,

    /// How long it is good, such as 90d, 12h, 1y or 1h 30m; for ever unless this or --expires-at says otherwise
    #[arg(long, value_name = "PERIOD", conflicts_with = "expires_at")]
    expires_in: Option<Period>,

    /// Until when it is good, that instant excluded, such as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<Instant>,

    /// From when on it is good
    #[arg(long, value_name = "TIME")]
    not_before: Option<Instant>,

    #[command(flatten)]
    format: FormatOptions,
}

impl Issue {
    pub(super) async fn run(self, context: &Context) -> Result {
        let now = context.now();
        let format = self.format.chosen()?;
        let info = self.info(now)?;
        context
            .with_store(async |session| {
                let issued = session.ask(issue_token(session.store(), &format, info, now)).await?;
                hand_out(context, &issued)
            })
            .await
    }

    fn info(self, now: std::time::SystemTime) -> Result<TokenInfo> {
        let mut info = TokenInfo::new(self.subject).with_scope(union(&self.scope));
        let expires_at = match (self.expires_in, self.expires_at) {
            (Some(period), _) => Some(period.after(now)?),
            (None, at) => at.map(|Instant(at)| at),
        };
        if let Some(at) = expires_at {
            if at <= now {
                return Err(Failure::usage("the token would never be good: its end is not in the future"));
            }
            if self.not_before.is_some_and(|Instant(start)| start >= at) {
                return Err(Failure::usage("the token would never be good: it would end before it begins"));
            }
            info = info.with_expires_at(at);
        }
        if let Some(Instant(start)) = self.not_before {
            info = info.with_not_before(start);
        }
        if let Some(organisation) = self.organisation {
            info = info.with_organisation(organisation);
        }
        if let Some(client) = self.client {
            info = info.with_client_id(client);
        }
        Ok(match self.note {
            Some(note) if !note.is_empty() => info.with_note(note),
            _ => info,
        })
    }
}

/// Prints a token that was just issued: the only time that it can be.
pub(super) fn hand_out(context: &Context, issued: &IssuedToken) -> Result {
    let (token, info) = (&issued.token, &issued.info);
    let id = info.id().unwrap_or_default();
    let printed = if context.out.json {
        context.out.document(&IssuedView::of(token, info, context.now()))
    } else {
        context.out.line(token.expose_secret())
    };
    if let Err(failure) = printed {
        let why = match failure {
            Failure::Failed(why) => why,
            _ => "nobody read the output".to_owned(),
        };
        text::error(format!("token {id} was issued and could not be printed ({why}); revoke it and issue another"));
        return Err(Failure::Told);
    }
    let end = info.expires_at().map_or_else(|| "for ever".to_owned(), |at| format!("until {}", rfc3339(at)));
    context.out.note(format!("Token {id} of {} is good {end}. It will not be shown again.", info.subject()));
    Ok(())
}

/// Reads one scope or several, separated by blanks.
pub(super) fn scope(text: &str) -> std::result::Result<Scope, String> {
    text.parse().map_err(|error: countersign_core::InvalidScope| error.to_string())
}

/// All of several scopes.
pub(super) fn union(scopes: &[Scope]) -> Scope {
    // Each of them has been read as a scope before.
    Scope::new(scopes.iter().flat_map(Scope::iter)).unwrap_or_default()
}

const AFTER_HELP: &str = "\
Examples:
  countersign token issue --subject ada --note laptop
  TOKEN=$(countersign token issue --subject ada --expires-in 90d)
  countersign token issue --subject ada --scope \"things:read things:write\"
  countersign token issue --subject ci --prefix acme --expires-at 2100-01-01
  countersign token issue --subject ada --format vendor_checksum:rbp --json";
