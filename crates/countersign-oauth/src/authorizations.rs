//! `/api-authorizations/`: what a user has approved, and how they withdraw it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use countersign_core::oauth::Consent;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::answer::{detail, either, not_found};
use crate::ask::ask;
use crate::audit::Event;
use crate::parameters::is_name;
use crate::server::Server;
use crate::signed_in::signed_in;
use crate::{answer, body};

/// The most that are listed; older ones come to light when newer ones are withdrawn.
const MAX_LISTED: usize = 1_000;

/// `GET`: 200 and the user's approvals, the newest first.
pub(crate) async fn list(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, _) = request.into_parts();
    let answered = async {
        let subject = signed_in(&server, &head).await?;
        let consents = ask(&server, server.store.list_consents(&subject, None, MAX_LISTED)).await?;
        Ok(answer::json(StatusCode::OK, &consents.iter().map(shown).collect()))
    };
    either(answered.await)
}

/// `DELETE` with `{"authorization": id}`: 204, and everything that rests on it is over; 404 where the user has none of this
/// id; 400 where none is named.
pub(crate) async fn withdraw(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let answered = async {
        let subject = signed_in(&server, &head).await?;
        let body = body::read(&head.headers, body, body::JSON, body::JSON_LIMIT).await;
        let body = body.map_err(|status| detail(status, "The body is no JSON, is too long, or did not arrive."))?;
        let named: Option<Value> = serde_json::from_slice(&body).ok();
        let Some(id) = named.as_ref().and_then(|body| body.get("authorization")).and_then(Value::as_str) else {
            return Err(answer::json(StatusCode::BAD_REQUEST, &json!({ "authorization": "" })));
        };
        if !is_name(id) {
            return Err(not_found());
        }
        let withdrawn = server.store.withdraw_consent(&subject, id, server.now(), "authorization withdrawn");
        if ask(&server, withdrawn).await?.is_none() {
            return Err(not_found());
        }
        Event::AuthorizationWithdrawn.record(&subject, "", "");
        Ok(answer::empty(StatusCode::NO_CONTENT))
    };
    either(answered.await)
}

fn shown(consent: &Consent) -> Value {
    json!({
        "id": consent.id,
        "application": { "id": consent.client_id },
        "organization": consent.organisation,
        "scopes": consent.scope.iter().collect::<Vec<_>>(),
    })
}
