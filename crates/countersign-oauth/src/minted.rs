//! A token that was just minted for a grant.

use std::time::{Duration, SystemTime};

use countersign::{PresentedToken, Scope, TokenFormat, TokenInfo, new_token_id};
use countersign_core::oauth::{GrantedToken, RefreshToken};
use jiff::Timestamp;

use crate::server::Server;

/// What was granted: by whom, to which application, where.
pub(crate) struct Grant<'a> {
    pub(crate) subject: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) organisation: &'a str,
    pub(crate) scope: &'a Scope,
    /// From when its tokens' life counts.
    pub(crate) approved_at: SystemTime,
}

/// A token, and what is to be stored of it. Worthless until that is.
pub(crate) struct Minted {
    pub(crate) token: PresentedToken,
    info: TokenInfo,
    ends: SystemTime,
    /// In whole seconds, at least one.
    pub(crate) expires_in: u64,
}

impl Minted {
    /// Mints one, bound to the grant's organisation and application; `None` where it would be over already, or for longer
    /// than time is counted.
    pub(crate) fn new(server: &Server, grant: &Grant<'_>, now: SystemTime) -> Option<Self> {
        let ends = grant.approved_at.checked_add(server.lifetime)?;
        let expires_in = ends.duration_since(now).map_or(0, |left| left.as_secs());
        if expires_in == 0 {
            return None;
        }
        let token = server.format.mint(now);
        let info = TokenInfo::new(grant.subject)
            .with_id(new_token_id(now))
            .with_client_id(grant.client_id)
            .with_organisation(grant.organisation)
            .with_scope(grant.scope.clone())
            .with_format(server.format.id())
            .with_last_four(token.last_four())
            .with_created_at(now)
            .with_expires_at(ends);
        Some(Self { token, info, ends, expires_in })
    }

    /// For the store.
    pub(crate) fn granted(&self) -> GrantedToken {
        GrantedToken::new(*self.token.digest(), self.info.clone())
    }

    /// When it ends, as the original writes it.
    pub(crate) fn expires_at(&self) -> String {
        let ends = Timestamp::try_from(self.ends).unwrap_or(Timestamp::MAX);
        ends.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }
}

/// A refresh token just minted.
pub(crate) struct Refresh {
    pub(crate) token: PresentedToken,
    pub(crate) record: RefreshToken,
}

impl Refresh {
    /// One of the family `grant_id`, good until `ends`.
    pub(crate) fn new(
        grant: &Grant<'_>,
        grant_id: &str,
        scope: &Scope,
        ends: Option<SystemTime>,
        now: SystemTime,
    ) -> Option<Self> {
        let token = TokenFormat::new("refresh").ok()?.mint(now);
        let record =
            RefreshToken::new(*token.digest(), grant_id, grant.client_id, grant.subject, grant.organisation, now);
        let record = record.with_scope(scope.clone());
        let record = ends.into_iter().fold(record, RefreshToken::with_expires_at);
        Some(Self { token, record })
    }
}

/// When a refresh token that was approved at this time ends.
pub(crate) fn refresh_ends(approved_at: SystemTime, lifetime: Duration) -> Option<SystemTime> {
    approved_at.checked_add(lifetime)
}
