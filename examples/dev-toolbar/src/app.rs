//! The application's routes.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post};
use countersign::gate::cors_layer;
use countersign::{SystemClock, TokenFormat};
use countersign_oauth::{AuthorizationServer, Issuer};
use countersign_sqlx::SqliteStore;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::consent::OwnPages;
use crate::organisations::Organisations;
use crate::origins::Registered;
use crate::session::Sessions;
use crate::{api, assets, login, pages, protect};

/// How long a toolbar reaches an organisation after its user has agreed, in hours.
pub(crate) const TOKEN_HOURS: u32 = 12;
/// How long a request may take altogether.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest body, in bytes; nothing here wants a longer one.
const LONGEST_BODY: usize = 64 << 10;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) sessions: Sessions,
    pub(crate) server: AuthorizationServer,
    store: SqliteStore,
    issuer: Issuer,
}

impl App {
    /// An application that browsers reach at this origin.
    pub(crate) fn new(store: SqliteStore, issuer: &str) -> Result<Self, Box<dyn Error>> {
        let issuer: Issuer =
            issuer.parse().map_err(|_| format!("{issuer} is not on this machine: in the open, put TLS in front"))?;
        let sessions = Sessions::new(SystemClock::new());
        let scopes = api::PROJECTS_READ.parse()?;
        let server =
            AuthorizationServer::new(issuer.clone(), scopes, format()?, store.clone(), sessions.clone(), Organisations)
                .with_pages(OwnPages)
                .with_token_lifetime(TOKEN_HOURS * HOUR);
        Ok(Self { sessions, server, store, issuer })
    }

    /// Everything.
    pub(crate) fn router(&self) -> Result<Router, Box<dyn Error>> {
        let own_pages = Router::new()
            .route("/", get(pages::home))
            .route("/settings/{organisation}", get(pages::settings))
            .route("/logout", post(login::log_out))
            .fallback(pages::missing)
            .with_state(self.clone())
            .merge(assets::own())
            .nest("/api/0", self.server.management_router())
            .layer(map_response(protect::whole));

        // These lead to a customer's page and back, in a window that its toolbar opened.
        let pop_up = Router::new()
            .route("/login", get(login::page).post(login::log_in))
            .with_state(self.clone())
            .layer(map_response(protect::pop_up));

        // A session is used by this application's own pages alone. The endpoints of the authorization server guard
        // themselves: its form is sealed, the others know no session.
        let for_sessions =
            own_pages.merge(pop_up).layer(from_fn_with_state(self.issuer.clone(), protect::own_pages_only));
        let registered = Registered::new(self.store.clone());
        let for_clients =
            self.server.router().layer(map_response(protect::pop_up)).layer(cors_layer(registered.clone()));

        let around = ServiceBuilder::new()
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
            .layer(RequestBodyLimitLayer::new(LONGEST_BODY));
        Ok(for_sessions.merge(for_clients).merge(api::router(&self.store, registered)?).layer(around))
    }
}

/// How tokens look; a secret scanner finds leaked ones by the prefix.
pub(crate) fn format() -> Result<TokenFormat, Box<dyn Error>> {
    Ok(TokenFormat::new("nl")?)
}
