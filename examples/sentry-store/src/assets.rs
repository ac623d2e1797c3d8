//! The files that pages refer to, which are part of the program.

use axum::Router;
use axum::http::header;
use axum::routing::{MethodRouter, get};

use crate::app::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/style.css", asset("text/css; charset=utf-8", include_str!("../assets/style.css")))
        .route("/assets/live.js", asset("text/javascript; charset=utf-8", include_str!("../assets/live.js")))
        .route("/assets/icon.svg", icon())
        // What browsers ask for beside a document that is no page.
        .route("/favicon.ico", icon())
}

fn icon() -> MethodRouter<App> {
    asset("image/svg+xml", include_str!("../assets/icon.svg"))
}

/// Asked for each time, so that a page never meets another version's files.
fn asset(content_type: &'static str, text: &'static str) -> MethodRouter<App> {
    get(async move || ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")], text))
}
