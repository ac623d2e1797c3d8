//! The introspection endpoint (RFC 7662): a resource server asks what a token is good for.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign::{Authenticated, PresentedToken, TokenInfo, TokenState};
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};

use crate::answer::{self, detail};
use crate::ask::within;
use crate::error::OAuthError;
use crate::server::Server;
use crate::token::read_form;

/// `POST`: what is known of a token that is good now; `{"active": false}` of every other.
pub(crate) async fn introspect(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    // Whoever may ask could try tokens until one is good (RFC 7662 §4): nobody may whom no layer has let in.
    let Some(caller) = Authenticated::of(&head.extensions) else {
        tracing::error!(
            target: "countersign::rejection",
            "no layer has authenticated who asks: put BearerTokenLayer or HmacAuthLayer around introspection_router"
        );
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "The server is not set up to answer this.");
    };
    if caller.token().is_some_and(|token| token.client_id().is_some() || token.organisation().is_some()) {
        return detail(StatusCode::FORBIDDEN, "An application may not ask.");
    }
    let answered = async {
        let parameters = read_form(&head.headers, body).await?;
        let Some(presented) = parameters.get("token") else {
            return Err(OAuthError::invalid_request("token is missing"));
        };
        let known = within(server.patience, server.store.token(&PresentedToken::new(presented))).await?;
        let good = known.filter(|token| TokenState::of(token, server.now()) == TokenState::Active);
        Ok(answer::json(StatusCode::OK, &good.map_or_else(|| json!({ "active": false }), |token| shown(&token))))
    };
    answered.await.unwrap_or_else(|error| error.into_response())
}

/// RFC 7662 §2.2. The organisation has a name of its own there.
fn shown(token: &TokenInfo) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<Value>| shown.extend(value.map(|value| (name.to_owned(), value)));
    put("active", Some(true.into()));
    put("sub", Some(token.subject().into()));
    put("client_id", token.client_id().map(Into::into));
    put("organization", token.organisation().map(Into::into));
    put("scope", Some(token.scope().to_string().into()));
    put("token_type", Some("Bearer".into()));
    put("exp", token.expires_at().map(seconds));
    put("iat", token.created_at().map(seconds));
    put("nbf", token.not_before().map(seconds));
    Value::Object(shown)
}

/// Whole seconds, cut off. A token that is good now began before now, so that its `nbf` may be earlier than it is.
fn seconds(time: SystemTime) -> Value {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()).into()
}
