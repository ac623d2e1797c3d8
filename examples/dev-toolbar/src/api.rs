//! What applications reach with a token.

use std::error::Error;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use countersign::cache::CacheConfig;
use countersign::gate::{RequiredScopes, cors_layer};
use countersign::{
    Authenticated, BearerTokenLayer, ChallengeText, FormatRegistry, OrganisationLayer, OriginLayer, RequireScopeLayer,
};
use countersign_sqlx::SqliteStore;
use serde_json::json;

use crate::app::format;
use crate::organisations::{organisation, user};
use crate::origins::Registered;

/// The one scope that there is.
pub(crate) const PROJECTS_READ: &str = "projects:read";

/// From outside to inside: CORS, which answers preflights; who has the token; which page may use it; whose things it reaches;
/// what it is good for.
pub(crate) fn router(store: &SqliteStore, registered: Registered) -> Result<Router, Box<dyn Error>> {
    let scopes = RequireScopeLayer::new(RequiredScopes::all_of(PROJECTS_READ.parse()?));
    // What is known of a token is kept for a minute; the store tells at once what of it is no longer true.
    let bearer = BearerTokenLayer::new(store.clone())
        .with_realm(ChallengeText::from_static("northlight"))
        .with_token_formats(FormatRegistry::new(format()?))
        .with_cache(CacheConfig::new())
        .with_invalidations(store.clone());
    Ok(Router::new()
        .route("/api/0/organizations/{organisation}/projects/", get(projects).layer(scopes))
        .layer(OrganisationLayer::for_path("/api/0/organizations/{organisation}".parse()?))
        .layer(OriginLayer::new(registered.clone()))
        .layer(bearer)
        // A page reads why it was refused.
        .layer(cors_layer(registered).expose_headers([header::WWW_AUTHENTICATE])))
}

/// `GET`: the organisation's projects. Which organisation it is, the gate has compared with the token.
async fn projects(caller: Authenticated, Path(name): Path<String>) -> Response {
    let Some(organisation) = organisation(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let viewer = user(caller.subject()).map_or_else(|| caller.subject(), |user| user.name);
    let answer = json!({
        "organization": { "slug": organisation.slug, "name": organisation.name },
        "viewer": viewer,
        "projects": organisation.projects,
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}
