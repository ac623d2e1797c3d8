//! The routes, and what stands in front of them.

use std::error::Error;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign::gate::RequiredScopes;
use countersign::hmac::schemes::UstudioV2;
use countersign::hmac::{Coverage, MatchRecorder};
use countersign::{Authenticated, BearerTokenLayer, ChallengeText, HmacAuthLayer, SentrySignatureLayer};
use countersign_sqlx::SqliteStore;
use serde_json::{Value, json};
use tower::ServiceBuilder;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::demo::SCOPE;

/// How long a request may take altogether. The HMAC layer bounds bodies by itself; this bounds the others, and handlers.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything. Which secrets are in use is recorded in `matches`: `countersign secret` goes by that.
pub(crate) fn router(store: &SqliteStore, matches: &MatchRecorder) -> Result<Router, Box<dyn Error>> {
    // The format signs neither time nor nonce: who sees a signed request can send it again, for ever, and so can you with
    // the printed commands. `.with_replay_protection_for(store.clone(), remember)` refuses each repetition for as long as it
    // remembers, also one that was meant. Formats that sign a time have replay protection from the start.
    let signed = HmacAuthLayer::new(UstudioV2::new(), store.clone()).with_usage(matches.clone());

    let bearer = BearerTokenLayer::new(store.clone())
        .with_realm(ChallengeText::from_static("quickstart"))
        .with_scopes(RequiredScopes::all_of(SCOPE.parse()?));

    // Sentry's messages sign the time, so each is good once, also after a restart: the nonces are in the same file.
    let messages =
        SentrySignatureLayer::new(store.clone()).with_replay_protection(store.clone()).with_usage(matches.clone());

    // What is around these must not see credentials in a log, and must not log before they are marked.
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, HeaderName::from_static("x-sentry-auth")]))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT));

    // Inside a nest the path lacks its prefix; what was signed is the whole one, and the layer knows it (feature `axum`).
    let guarded = Router::new().nest("/hmac", routes().layer(signed)).nest("/api", routes().layer(bearer));
    Ok(guarded.merge(Router::new().route("/store/", post(echo)).layer(messages)).layer(around))
}

/// The same for both. The fallback is inside the layers too: strangers do not learn which paths there are.
fn routes() -> Router {
    Router::new().route("/whoami", get(whoami)).route("/echo", post(echo)).fallback(async || StatusCode::NOT_FOUND)
}

async fn whoami(caller: Authenticated) -> Json<Value> {
    Json(about(&caller, None))
}

/// The body is what was signed, where it was: the layer hands on the bytes that it verified.
async fn echo(caller: Authenticated, body: Bytes) -> Json<Value> {
    Json(about(&caller, Some(&String::from_utf8_lossy(&body))))
}

fn about(caller: &Authenticated, body: Option<&str>) -> Value {
    let covered = COMPONENTS.iter().filter(|(component, _)| caller.covered().contains(*component));
    json!({
        "authenticated": caller.subject(),
        "method": caller.method(),
        "covered": covered.map(|(_, name)| *name).collect::<Vec<_>>(),
        "scope": caller.token().map(|token| token.scope().to_string()),
        "body": body,
    })
}

const COMPONENTS: [(Coverage, &str); 5] = [
    (Coverage::METHOD, "method"),
    (Coverage::PATH, "path"),
    (Coverage::QUERY, "query"),
    (Coverage::CREATED, "created"),
    (Coverage::BODY, "body"),
];
