//! Which tokens are meant.

use clap::Args;
use countersign_core::{TokenFilter, TokenInfo};

use crate::context::Session;
use crate::failure::Result;

/// Tokens that meet everything asked for.
#[derive(Args)]
pub(super) struct Selection {
    /// Only those of this subject
    #[arg(long, short)]
    subject: Option<String>,

    /// Only those that are bound to this organisation
    #[arg(long, alias = "organization")]
    organisation: Option<String>,

    /// Only those that were issued to this application
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
}

impl Selection {
    pub(super) fn filter(&self) -> TokenFilter {
        filter(self.subject.as_deref(), self.organisation.as_deref(), self.client.as_deref())
    }
}

/// Those that meet everything that is given.
pub(super) fn filter(subject: Option<&str>, organisation: Option<&str>, client: Option<&str>) -> TokenFilter {
    let given = |filter: TokenFilter, text: Option<&str>, with: fn(TokenFilter, String) -> TokenFilter| match text {
        Some(text) => with(filter, text.to_owned()),
        None => filter,
    };
    let filter = given(TokenFilter::all(), subject, TokenFilter::with_subject);
    let filter = given(filter, organisation, TokenFilter::with_organisation);
    given(filter, client, TokenFilter::with_client_id)
}

/// The first `limit` tokens below `below`, however many the store gives at once.
pub(super) async fn page(
    session: &Session,
    filter: &TokenFilter,
    below: Option<&str>,
    limit: usize,
) -> Result<Vec<TokenInfo>> {
    let mut tokens: Vec<TokenInfo> = Vec::new();
    while tokens.len() < limit {
        let below = tokens.last().and_then(TokenInfo::id).or(below);
        let more = session.ask(session.store().list_tokens(filter, below, limit - tokens.len())).await?;
        if more.is_empty() {
            break;
        }
        tokens.extend(more);
    }
    Ok(tokens)
}

/// How many tokens `filter` picks of which `which` holds.
pub(super) async fn count(session: &Session, filter: &TokenFilter, which: impl Fn(&TokenInfo) -> bool) -> Result<u64> {
    let (mut counted, mut below) = (0, None::<String>);
    loop {
        let tokens = session.ask(session.store().list_tokens(filter, below.as_deref(), 1000)).await?;
        let Some(last) = tokens.last().and_then(TokenInfo::id) else { return Ok(counted) };
        below = Some(last.to_owned());
        counted += tokens.iter().filter(|token| which(token)).count() as u64;
    }
}
