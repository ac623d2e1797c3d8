//! A refresh token is used, once.

use axum::response::Response;
use countersign::{PresentedToken, Scope};
use countersign_core::oauth::{ApiApplication, RefreshToken, Rotation};

use super::response;
use crate::ask::within;
use crate::audit::Event;
use crate::error::{ErrorCode, OAuthError};
use crate::minted::{Grant, Minted, Refresh};
use crate::parameters::Parameters;
use crate::server::Server;

/// RFC 6749 §6, with rotation and detection of reuse (RFC 9700 §4.14.2).
pub(super) async fn refresh(
    server: &Server,
    application: &ApiApplication,
    parameters: &Parameters,
) -> Result<Response, OAuthError> {
    let Some(presented) = parameters.get("refresh_token") else {
        return Err(OAuthError::invalid_request("refresh_token is missing"));
    };
    let presented = PresentedToken::new(presented);
    let now = server.now();
    let known = within(server.patience, server.store.refresh_token(presented.digest())).await?;
    let Some(old) = known.filter(|old| old.client_id == application.client_id) else {
        return Err(OAuthError::invalid_grant());
    };
    if old.rotated_at.is_some() {
        return Err(reused(server, &old).await?);
    }
    if old.expires_at.is_some_and(|ends| now >= ends) {
        return Err(OAuthError::invalid_grant());
    }
    let scope = narrowed(&old.scope, parameters.get("scope"))?;
    super::endpoint::require_member(server, &old.subject, &old.organisation).await?;
    let grant = Grant {
        subject: &old.subject,
        client_id: &old.client_id,
        organisation: &old.organisation,
        scope: &scope,
        approved_at: now,
    };
    let minted = Minted::new(server, &grant, now).ok_or(OAuthError::unavailable())?;
    // The new one is for what the old one was for (RFC 6749 §6), and ends with it.
    let next = Refresh::new(&grant, &old.grant_id, &old.scope, old.expires_at, now).ok_or(OAuthError::unavailable())?;
    let granted = minted.granted().with_refresh(next.record.clone());
    match within(server.patience, server.store.rotate_refresh_token(presented.digest(), &granted, now)).await? {
        Rotation::Rotated => {}
        Rotation::Reused(old) => return Err(reused(server, &old).await?),
        Rotation::Refused => return Err(OAuthError::invalid_grant()),
    }
    Event::TokenIssued.record(&old.subject, &old.client_id, &old.organisation);
    Ok(response::token(&minted, Some(&next), &scope))
}

/// One of the two who had it is not the client: the whole family ends.
async fn reused(server: &Server, old: &RefreshToken) -> Result<OAuthError, OAuthError> {
    Event::RefreshTokenReused.record(&old.subject, &old.client_id, &old.organisation);
    within(server.patience, server.store.revoke_grant(&old.grant_id, server.now(), "refresh token reused")).await?;
    Ok(OAuthError::invalid_grant())
}

/// What is asked for of what was granted; all of it where nothing is asked for.
fn narrowed(granted: &Scope, asked: Option<&str>) -> Result<Scope, OAuthError> {
    let invalid = OAuthError::new(ErrorCode::InvalidScope, "the scope goes beyond what was granted");
    let Some(asked) = asked else { return Ok(granted.clone()) };
    let asked = asked.parse::<Scope>().map_err(|_| invalid)?;
    if !asked.is_empty() && asked.iter().all(|token| granted.contains(token)) { Ok(asked) } else { Err(invalid) }
}
