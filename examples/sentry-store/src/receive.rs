//! Takes events in.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::Authenticated;
use countersign::sentry::SentryEvent;

use crate::app::App;
use crate::event::{Fields, Summary};

/// Only reached by a message whose signature held, that was not seen before, and that carries a JSON object.
pub(crate) async fn receive(
    State(app): State<App>,
    sender: Authenticated,
    SentryEvent(event): SentryEvent<Fields>,
) -> Response {
    let summary = Summary::of(&event);
    let json = serde_json::Value::Object(event).to_string();
    match app.events.keep(sender.at(), sender.subject(), &summary, &json).await {
        Ok(id) => {
            app.live.announce(id);
            tracing::info!(id, level = summary.level.name(), bytes = json.len(), "event kept");
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "event not kept");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "The event could not be kept.\n")
                .into_response()
        }
    }
}
