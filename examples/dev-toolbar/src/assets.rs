//! The files that pages refer to, which are part of the program.

use axum::Router;
use axum::http::header;
use axum::routing::{MethodRouter, get};

/// Those of the application.
pub(crate) fn own() -> Router {
    Router::new()
        .route("/assets/style.css", style(include_str!("../assets/style.css")))
        .route("/assets/session.js", script(include_str!("../assets/session.js")))
        .route("/assets/home.js", script(include_str!("../assets/home.js")))
        .route("/assets/settings.js", script(include_str!("../assets/settings.js")))
        .route("/assets/icon.svg", icon())
        .route("/favicon.ico", icon())
}

/// Those of the customer's page: its own, and the toolbar, which is to be copied.
pub(crate) fn of_customer() -> Router {
    Router::new()
        .route("/assets/customer.css", style(include_str!("../assets/customer.css")))
        .route("/assets/pot.svg", asset("image/svg+xml", include_str!("../assets/pot.svg")))
        .route("/favicon.ico", asset("image/svg+xml", include_str!("../assets/pot.svg")))
        .route("/toolbar/toolbar.js", script(include_str!("../assets/toolbar.js")))
        .route("/toolbar/authorize.js", script(include_str!("../assets/authorize.js")))
        .route("/toolbar/callback.js", script(include_str!("../assets/callback.js")))
        .route("/toolbar/toolbar.css", style(include_str!("../assets/toolbar.css")))
        .route("/toolbar/icon.svg", icon())
}

fn icon() -> MethodRouter {
    asset("image/svg+xml", include_str!("../assets/icon.svg"))
}

fn script(text: &'static str) -> MethodRouter {
    asset("text/javascript; charset=utf-8", text)
}

fn style(text: &'static str) -> MethodRouter {
    asset("text/css; charset=utf-8", text)
}

/// Asked for each time, so that a page never meets another version's files.
fn asset(content_type: &'static str, text: &'static str) -> MethodRouter {
    get(async move || ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")], text))
}
