//! The revocation endpoint (RFC 7009): a client gives back what it has.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign::PresentedToken;
use http::{HeaderMap, Request, StatusCode};

use crate::answer;
use crate::ask::within;
use crate::audit::Event;
use crate::error::{ErrorCode, OAuthError};
use crate::server::Server;
use crate::token::{client, read_form};

/// `POST`: 200 where the token is no good now, whatever it was before; 503 where that could not be stored.
///
/// The token itself is the proof: whoever has it may end it, through the application that it was issued to. With a refresh
/// token ends everything of its grant, with an access token that token alone (RFC 7009 §2.1).
pub(crate) async fn revoke(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    match answer(&server, &head.headers, body).await {
        Ok(()) => answer::empty(StatusCode::OK),
        Err(error) => error.into_response(),
    }
}

async fn answer(server: &Server, headers: &HeaderMap, body: Body) -> Result<(), OAuthError> {
    let parameters = read_form(headers, body).await?;
    let application = client(server, headers, &parameters).await?;
    let Some(presented) = parameters.get("token") else { return Err(OAuthError::invalid_request("token is missing")) };
    if !matches!(parameters.get("token_type_hint"), None | Some("access_token" | "refresh_token")) {
        return Err(OAuthError::new(ErrorCode::UnsupportedTokenType, "there are no such tokens here"));
    }
    let presented = PresentedToken::new(presented);
    let now = server.now();
    // The hint tells where to look first; looking in both places costs little and misses nothing.
    if let Some(info) = within(server.patience, server.store.token(&presented)).await? {
        return match (info.client_id(), info.id()) {
            (Some(client_id), Some(id)) if client_id == &*application.client_id => {
                within(server.patience, server.store.revoke_token(id, now, "revoked by its application")).await?;
                Event::TokenRevoked.record(info.subject(), client_id, info.organisation().unwrap_or_default());
                Ok(())
            }
            _ => Err(OAuthError::invalid_grant()),
        };
    }
    let Some(refresh) = within(server.patience, server.store.refresh_token(presented.digest())).await? else {
        return Ok(());
    };
    if refresh.client_id != application.client_id {
        return Err(OAuthError::invalid_grant());
    }
    within(server.patience, server.store.revoke_grant(&refresh.grant_id, now, "revoked by its application")).await?;
    Event::TokenRevoked.record(&refresh.subject, &refresh.client_id, &refresh.organisation);
    Ok(())
}
