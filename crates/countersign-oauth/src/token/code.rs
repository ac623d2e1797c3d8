//! A code is redeemed, once.

use axum::response::Response;
use countersign::PresentedToken;
use countersign_core::oauth::{ApiApplication, AuthorizationCode, Redemption};

use super::response;
use crate::ask::within;
use crate::audit::Event;
use crate::error::OAuthError;
use crate::minted::{Grant, Minted, Refresh, refresh_ends};
use crate::parameters::Parameters;
use crate::pkce::CodeChallenge;
use crate::server::Server;

/// Spends the code first, and then looks whether it was for this request (RFC 6749 §4.1.3, RFC 7636 §4.6): whoever presents one
/// with the wrong client, redirect URI or verifier has somebody else's, and it is better gone.
pub(super) async fn redeem(
    server: &Server,
    application: &ApiApplication,
    parameters: &Parameters,
) -> Result<Response, OAuthError> {
    let Some(presented) = parameters.get("code") else { return Err(OAuthError::invalid_request("code is missing")) };
    let now = server.now();
    let presented = PresentedToken::new(presented);
    let code = match within(server.patience, server.store.redeem_code(presented.digest(), now)).await? {
        Redemption::Fresh(code) => code,
        Redemption::Expired(_) | Redemption::Unknown => return Err(OAuthError::invalid_grant()),
        Redemption::Replayed(code) => {
            // One of the two who had it is not the client: what it gave ends for both (RFC 6749 §4.1.2).
            Event::CodeReplayed.record(&code.subject, &code.client_id, &code.organisation);
            within(server.patience, server.store.revoke_grant(&code.grant_id, now, "code replayed")).await?;
            return Err(OAuthError::invalid_grant());
        }
    };
    if !is_for(&code, application, parameters) {
        return Err(OAuthError::invalid_grant());
    }
    super::endpoint::require_member(server, &code.subject, &code.organisation).await?;
    let grant = Grant {
        subject: &code.subject,
        client_id: &code.client_id,
        organisation: &code.organisation,
        scope: &code.scope,
        approved_at: code.created_at,
    };
    let minted = Minted::new(server, &grant, now).ok_or(OAuthError::invalid_grant())?;
    let refresh = match server.refresh.map(|lifetime| refresh_ends(code.created_at, lifetime)) {
        None => None,
        Some(ends) => {
            Some(Refresh::new(&grant, &code.grant_id, &code.scope, ends, now).ok_or(OAuthError::unavailable())?)
        }
    };
    let granted =
        refresh.iter().fold(minted.granted(), |granted, refresh| granted.with_refresh(refresh.record.clone()));
    if !within(server.patience, server.store.add_granted_token(Some(&code.grant_id), &granted)).await? {
        return Err(OAuthError::invalid_grant());
    }
    Event::TokenIssued.record(&code.subject, &code.client_id, &code.organisation);
    Ok(response::token(&minted, refresh.as_ref(), &code.scope))
}

fn is_for(code: &AuthorizationCode, application: &ApiApplication, parameters: &Parameters) -> bool {
    let verified = || {
        let challenge = CodeChallenge::parse(&code.code_challenge);
        challenge
            .zip(parameters.get("code_verifier"))
            .is_some_and(|(challenge, verifier)| challenge.is_met_by(verifier))
    };
    code.client_id == application.client_id
        && code.organisation == application.organisation
        && code.redirect_uri.as_deref() == parameters.get("redirect_uri")
        && verified()
}
