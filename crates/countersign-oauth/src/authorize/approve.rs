//! What an approval gives: a code, or a token.

use std::time::{Duration, SystemTime};

use axum::response::Response;
use countersign::new_token_id;
use countersign_core::oauth::{AuthorizationCode, Consent, mint_code};
use http::StatusCode;

use super::request::{AuthorizationRequest, Refused, Wanted};
use crate::ask::within;
use crate::audit::Event;
use crate::minted::{Grant, Minted};
use crate::server::Server;

/// How long a code is good: as long as RFC 6749 §4.1.2 allows.
const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// Sends the client what it asked for, for a user who has consented and is a member.
pub(super) async fn approve(
    server: &Server,
    request: &AuthorizationRequest,
    now: SystemTime,
    status: StatusCode,
) -> Result<Response, Refused> {
    match request.wanted {
        Wanted::Code(challenge) => {
            let code = mint_code();
            let end = now.checked_add(CODE_LIFETIME).ok_or(Refused::Unavailable)?;
            let application = &request.application;
            let record = AuthorizationCode::new(
                *code.digest(),
                new_token_id(now),
                &*application.client_id,
                &*request.subject,
                &*application.organisation,
                challenge.encode(),
                now..end,
            );
            let record = record.with_scope(request.scope.clone());
            let record = request.redirect_uri.iter().fold(record, |record, uri| record.with_redirect_uri(uri.as_str()));
            if !within(server.patience, server.store.add_code(&record)).await? {
                return Err(gone());
            }
            Ok(request.back.answer(status, &[("code", code.expose_secret())]))
        }
        Wanted::Token => {
            let grant = Grant {
                subject: &request.subject,
                client_id: &request.application.client_id,
                organisation: &request.application.organisation,
                scope: &request.scope,
                approved_at: now,
            };
            let minted = Minted::new(server, &grant, now).ok_or(Refused::Unavailable)?;
            if !within(server.patience, server.store.add_granted_token(None, &minted.granted())).await? {
                return Err(gone());
            }
            Event::TokenIssued.record(grant.subject, grant.client_id, grant.organisation);
            Ok(request.back.answer(
                status,
                &[
                    ("access_token", minted.token.expose_secret()),
                    ("expires_in", &minted.expires_in.to_string()),
                    ("expires_at", &minted.expires_at()),
                    ("token_type", "Bearer"),
                    ("scope", &request.scope.to_string()),
                ],
            ))
        }
    }
}

/// What the user approves.
pub(super) fn consent(request: &AuthorizationRequest, now: SystemTime) -> Consent {
    let application = &request.application;
    let consent =
        Consent::new(new_token_id(now), &*request.subject, &*application.client_id, &*application.organisation, now);
    consent.with_scope(request.scope.clone())
}

/// The application was deleted, or the consent withdrawn, while the user was looking.
pub(super) fn gone() -> Refused {
    Refused::Parameter("client_id", "The application, or your approval of it, was taken away meanwhile.")
}
