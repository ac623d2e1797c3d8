//! An authorization server as a target: what its tokens reach is the inner service.

use axum::Router;
use countersign::{ManualClock, MemoryStore};

use super::Settings;
use crate::authorizing::{ISSUER, authorization_server, mounted, register};

/// Where the corpus' client returns to.
const REDIRECT_URI: &str = "https://app.test/cb";

/// Everything that is not the authorization server's own is `inner`, behind its tokens.
pub(super) async fn authorizing(inner: Router, settings: &Settings, clock: ManualClock) -> Result<Router, String> {
    let store = MemoryStore::new();
    let more = settings.redirect_uri.iter().map(|uri| uri.as_str());
    let redirect_uris: Vec<&str> = std::iter::once(REDIRECT_URI).chain(more).collect();
    register(&store, &clock, &redirect_uris).await?;
    let issuer = ISSUER.parse().expect("written as an issuer is");
    let server = authorization_server(issuer, store.clone())
        .with_store_timeout(settings.store_timeout)
        .with_clock(clock.clone());
    Ok(mounted(&server, store, clock, inner))
}
