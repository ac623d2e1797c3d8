//! The routes, and what stands in front of them.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::{delete, get};
use countersign::bearer::UsageRecorder;
use countersign::cache::CacheConfig;
use countersign::gate::RequiredScopes;
use countersign::{BearerTokenLayer, ChallengeText, FormatRegistry, OrganisationLayer, RequireScopeLayer};
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::store::SharedStore;
use crate::{organisations, tokens};

/// How long a request may take altogether.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest body, in bytes; nothing here wants a longer one.
const LONGEST_BODY: usize = 16 << 10;

/// Everything.
pub(crate) fn router(store: SharedStore, usage: UsageRecorder) -> Result<Router, Box<dyn Error>> {
    // A string that is no token of ours costs neither a lookup nor a place in the cache. What is known of a token is kept
    // for a minute; the store tells at once what of it is no longer true.
    let bearer = BearerTokenLayer::new(store.clone())
        .with_realm(ChallengeText::from_static("token-service"))
        .with_token_formats(FormatRegistry::new(tokens::format()?))
        .with_cache(CacheConfig::new())
        .with_invalidations(store.clone())
        .with_usage(usage);

    let me = Router::new()
        .route("/me", get(tokens::me))
        .route("/me/tokens", get(tokens::list).post(tokens::issue))
        .route("/me/tokens/{id}", delete(tokens::revoke))
        .with_state(store);

    // A token reaches its own organisation's things and nobody else's: what the path names is compared before the route is.
    let reports = Router::new()
        .route("/organisations/{org}/reports", get(organisations::reports).layer(wants("reports:read")?))
        .route("/organisations/{org}/members", get(organisations::members).layer(wants("members:read")?))
        .layer(OrganisationLayer::for_path("/organisations/{org}".parse()?));

    // Outside the layers that log, nothing may see credentials before they are marked.
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION]))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY));

    // The fallback is inside too: strangers do not learn which paths there are.
    let guarded = me.merge(reports).fallback(async || StatusCode::NOT_FOUND).layer(bearer);
    Ok(Router::new().route("/health", get(async || "ok\n")).fallback_service(guarded).layer(around))
}

fn wants(scope: &str) -> Result<RequireScopeLayer, Box<dyn Error>> {
    Ok(RequireScopeLayer::new(RequiredScopes::all_of(scope.parse()?)))
}
