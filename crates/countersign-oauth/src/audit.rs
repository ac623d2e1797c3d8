//! What happened, for who has to answer for it: one event each on the target `countersign::audit`.

/// What is recorded. The first three are named as in the original.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    ApplicationAdded,
    ApplicationUpdated,
    ApplicationDeleted,
    AuthorizationApproved,
    AuthorizationDenied,
    AuthorizationWithdrawn,
    CodeReplayed,
    LoggedOut,
    RefreshTokenReused,
    TokenIssued,
    TokenRevoked,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::ApplicationAdded => "ORGANIZATION_APIAPPLICATION_ADD",
            Self::ApplicationUpdated => "ORGANIZATION_APIAPPLICATION_UPDATE",
            Self::ApplicationDeleted => "ORGANIZATION_APIAPPLICATION_DELETE",
            Self::AuthorizationApproved => "API_AUTHORIZATION_APPROVE",
            Self::AuthorizationDenied => "API_AUTHORIZATION_DENY",
            Self::AuthorizationWithdrawn => "API_AUTHORIZATION_WITHDRAW",
            Self::CodeReplayed => "API_GRANT_CODE_REPLAYED",
            Self::LoggedOut => "API_GRANTS_REVOKED_ON_LOGOUT",
            Self::RefreshTokenReused => "API_GRANT_REFRESH_TOKEN_REUSED",
            Self::TokenIssued => "API_TOKEN_ISSUE",
            Self::TokenRevoked => "API_TOKEN_REVOKE",
        }
    }

    /// Records it: who, through which application, where. None of that is secret.
    pub(crate) fn record(self, subject: &str, client_id: &str, organisation: &str) {
        tracing::info!(target: "countersign::audit", event = self.name(), subject, client_id, organisation);
    }
}
