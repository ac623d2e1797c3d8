//! The page of a customer: another origin, another server, which knows the application by its client id alone.

use std::error::Error;
use std::future::ready;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use countersign_core::oauth::ApplicationStore as _;
use countersign_sqlx::SqliteStore;

use crate::{assets, pages, protect};

/// Whose page it is.
pub(crate) const ORGANISATION: &str = "acme";

/// Where codes are sent.
pub(crate) const CALLBACK: &str = "/toolbar/callback";

#[derive(Clone)]
struct Customer {
    store: SqliteStore,
    api: Arc<str>,
}

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerTemplate<'a> {
    api: &'a str,
    client_id: Option<&'a str>,
    organisation: &'a str,
}

#[derive(Template)]
#[template(path = "callback.html")]
struct CallbackTemplate;

/// The page, and the one to which codes are sent, for an application at this origin.
pub(crate) fn router(store: SqliteStore, api: &str) -> Result<Router, Box<dyn Error>> {
    // The toolbar's requests are the only ones that leave.
    let policy = [
        (
            header::CONTENT_SECURITY_POLICY,
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {api}; \
                 form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
            )
            .try_into()?,
        ),
        // It keeps a handle on the window that it opens, and others none on it.
        (OPENER, HeaderValue::from_static("same-origin-allow-popups")),
    ];
    let page = Router::new().route("/", get(page)).with_state(Customer { store, api: api.into() });
    let page = page.merge(assets::of_customer()).fallback(async || StatusCode::NOT_FOUND);
    let page = page.layer(map_response(move |response: Response| ready(protect::with(&policy, response))));
    let callback = Router::new().route(CALLBACK, get(async || pages::html(&CallbackTemplate)));
    let callback = callback.layer(map_response(|response: Response| ready(protect::with(&CALLBACK_POLICY, response))));
    Ok(page.merge(callback))
}

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The page that is sent a code passes it on to its opener: it runs that script and does nothing else.
const CALLBACK_POLICY: [(HeaderName, HeaderValue); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'",
        ),
    ),
    // Its address has the code in it.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

async fn page(State(Customer { store, api }): State<Customer>) -> Response {
    // In the real world a line of the customer's configuration; asked for here so that it is right after every change.
    let Ok(applications) = store.list_applications(Some(ORGANISATION), None, 1).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let client_id = applications.first().map(|application| &*application.client_id);
    pages::html(&CustomerTemplate { api: &api, client_id, organisation: ORGANISATION })
}
