//! The authorization server and its options.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::{delete, get, post};
use countersign::{Clock, Scope, Secret, StoreError, SystemClock, TokenFormat};
use countersign_core::oauth::GrantFilter;

use crate::ask::{Unavailable, within};
use crate::audit::Event;
use crate::{AuthorizationStore, CurrentUser, DefaultPages, Issuer, Membership, Pages};
use crate::{answer, applications, authorizations, authorize, discovery, introspect, revoke, token};

/// An OAuth 2.0 authorization server to mount in an axum application; see the [crate's documentation](crate).
///
/// It is its own builder. Cloning is cheap; options that are set later hold for this clone alone.
#[derive(Clone)]
#[must_use]
pub struct AuthorizationServer(Arc<Server>);

/// What the endpoints share.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) issuer: Issuer,
    pub(crate) scopes: Scope,
    pub(crate) store: Arc<dyn AuthorizationStore>,
    pub(crate) users: Arc<dyn CurrentUser>,
    pub(crate) membership: Arc<dyn Membership>,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) format: TokenFormat,
    pub(crate) lifetime: Duration,
    pub(crate) refresh: Option<Duration>,
    pub(crate) implicit: bool,
    pub(crate) patience: Duration,
    pub(crate) form_key: Secret,
}

impl AuthorizationServer {
    /// A server of this name that gives tokens of these scopes, minted in this format.
    ///
    /// The store keeps everything; `users` knows who sits in front of the browser, `membership` who belongs to which
    /// organisation.
    pub fn new(
        issuer: Issuer,
        scopes: Scope,
        format: TokenFormat,
        store: impl AuthorizationStore,
        users: impl CurrentUser,
        membership: impl Membership,
    ) -> Self {
        Self(Arc::new(Server {
            issuer,
            scopes,
            store: Arc::new(store),
            users: Arc::new(users),
            membership: Arc::new(membership),
            pages: Arc::new(DefaultPages),
            clock: Arc::new(SystemClock::new()),
            format,
            lifetime: Duration::from_secs(12 * 60 * 60),
            refresh: None,
            implicit: false,
            patience: Duration::from_secs(1),
            form_key: Secret::random(),
        }))
    }

    /// How long tokens are good, from the moment of approval or of refreshing; 12 hours unless told otherwise. It is told in
    /// whole seconds: of less than one there is nothing to tell, and no token is issued.
    pub fn with_token_lifetime(self, lifetime: Duration) -> Self {
        self.changed(|server| server.lifetime = lifetime)
    }

    /// Gives refresh tokens too. Each is good once; all that come of one approval end this long after it. Whoever uses one a
    /// second time ends them all, and the tokens they gave (RFC 9700 §4.14.2).
    pub fn with_refresh_tokens(self, lifetime: Duration) -> Self {
        self.changed(|server| server.refresh = Some(lifetime))
    }

    /// Gives tokens by the implicit grant too (`response_type=token`, RFC 6749 §4.2).
    ///
    /// Insecure: the token is in the browser's history and in reach of every script of the page that it is sent to, and
    /// nothing binds it to who asked (RFC 9700 §2.1.2). For pages that cannot be changed.
    pub fn with_insecure_implicit_grant(self) -> Self {
        self.changed(|server| server.implicit = true)
    }

    /// Pages of one's own.
    pub fn with_pages(self, pages: impl Pages) -> Self {
        self.changed(|server| server.pages = Arc::new(pages))
    }

    /// The key that consent forms are sealed with; a random one unless told otherwise. Several instances of one server share
    /// it, so that a form which one of them made can be sent to any.
    pub fn with_form_key(self, key: Secret) -> Self {
        self.changed(|server| server.form_key = key)
    }

    /// How long the store, and what the application answers, may each take; one second unless told otherwise, then 503.
    pub fn with_store_timeout(self, limit: Duration) -> Self {
        self.changed(|server| server.patience = limit)
    }

    /// The clock that judges; the machine's unless told otherwise.
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.changed(|server| server.clock = Arc::new(clock))
    }

    fn changed(mut self, change: impl FnOnce(&mut Server)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What browsers and clients call: `/oauth/authorize/`, `/oauth/token/`, `/oauth/revoke/`, and the two documents below
    /// `/.well-known/`. To be merged at the root of the issuer's origin.
    pub fn router(&self) -> Router {
        Router::new()
            .route(authorize::PATH, get(authorize::ask).post(authorize::decide))
            .route("/oauth/token/", post(token::issue))
            .route("/oauth/revoke/", post(revoke::revoke))
            .route("/.well-known/oauth-authorization-server", get(discovery::authorization_server))
            .route("/.well-known/oauth-protected-resource", get(discovery::protected_resource))
            .layer(axum::middleware::map_response(answer::never_kept))
            .with_state(Arc::clone(&self.0))
    }

    /// What the application's own pages call, for users who are signed in: `/organizations/{organisation}/api-application/`, by
    /// which admins manage their organisation's application, and `/api-authorizations/`, by which users see and withdraw what
    /// they approved. To be nested where the application's API is: at `/api/0`, say.
    pub fn management_router(&self) -> Router {
        let application =
            get(applications::show).post(applications::add).put(applications::update).delete(applications::remove);
        Router::new()
            .route("/organizations/{organisation}/api-application/", application)
            .route("/api-authorizations/", delete(authorizations::withdraw).get(authorizations::list))
            .layer(axum::middleware::map_response(answer::never_kept))
            .with_state(Arc::clone(&self.0))
    }

    /// `/oauth/introspect/` (RFC 7662), for resource servers.
    ///
    /// Put a layer around it that authenticates them: a [`BearerTokenLayer`](countersign::BearerTokenLayer) over their tokens
    /// with a scope of their own, or an [`HmacAuthLayer`](countersign::HmacAuthLayer) over their keys. Without one it answers
    /// 500. A token that is bound to an organisation, as applications have them, is refused: 403.
    pub fn introspection_router(&self) -> Router {
        Router::new()
            .route("/oauth/introspect/", post(introspect::introspect))
            .layer(axum::middleware::map_response(answer::never_kept))
            .with_state(Arc::clone(&self.0))
    }

    /// Ends all codes, tokens and refresh tokens that applications have of this user, in every organisation; what the user
    /// approved remains approved. Says how many tokens these were. Call it where users log out.
    ///
    /// # Errors
    /// When that could not be stored: the tokens are still good.
    ///
    /// # Cancel safety
    /// When the future is dropped, everything is revoked or nothing.
    pub async fn revoke_on_logout(&self, subject: &str) -> Result<u64, StoreError> {
        let Server { store, patience, .. } = &*self.0;
        let filter = GrantFilter::all().with_subject(subject);
        let revoked = within(*patience, store.revoke_grants(&filter, self.0.now(), "logged out")).await;
        let revoked = revoked.map_err(|Unavailable| StoreError::new("the revocation is not known to be stored"))?;
        Event::LoggedOut.record(subject, "", "");
        Ok(revoked)
    }
}

impl Server {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { issuer, scopes, lifetime, refresh, implicit, .. } = &*self.0;
        f.debug_struct("AuthorizationServer")
            .field("issuer", issuer)
            .field("scopes", scopes)
            .field("lifetime", lifetime)
            .field("refresh", refresh)
            .field("implicit", implicit)
            .finish_non_exhaustive()
    }
}
