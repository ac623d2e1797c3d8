//! The pages: a list of events, the newest first, and one event.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::details::Details;
use crate::store::Row;

/// How many events a page lists.
pub(crate) const PAGE: u32 = 50;

/// Where in the list: the newest events unless something is said, those before this one, or those after.
#[derive(Deserialize)]
pub(crate) struct Place {
    before: Option<i64>,
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListTemplate {
    rows: Vec<Row>,
    /// After which event new ones go to the top of this page; `None` on all but the first.
    live_after: Option<i64>,
    /// Before and after which event the neighbouring pages are.
    older: Option<i64>,
    newer: Option<i64>,
    send_command: Arc<str>,
}

/// One event in a list: the same in a page and in the stream of new ones.
#[derive(Template)]
#[template(path = "row.html")]
pub(crate) struct RowTemplate<'r> {
    pub(crate) row: &'r Row,
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventTemplate {
    row: Row,
    details: Details,
    older: Option<i64>,
    newer: Option<i64>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemTemplate {
    title: &'static str,
    detail: &'static str,
}

pub(crate) async fn list(
    State(App { events, send_command, .. }): State<App>,
    Query(place): Query<Place>,
) -> Result<Response, Problem> {
    let rows = match (place.before, place.after) {
        (None, None) => events.before(i64::MAX, PAGE).await?,
        (Some(id), None) => events.before(id, PAGE).await?,
        (None, Some(id)) => events.after(id, PAGE).await?,
        (Some(_), Some(_)) => return Err(Problem::TwoPlaces),
    };
    let is_first = place.before.is_none() && place.after.is_none();
    let first_and_last = rows.first().zip(rows.last()).map(|(first, last)| (first.id, last.id));
    let (older, newer) = match (first_and_last, events.extent().await?) {
        (Some((first, last)), Some((oldest, newest))) => {
            ((oldest < last).then_some(last), (!is_first && first < newest).then_some(first))
        }
        _ => (None, None),
    };
    // Nothing is newer: that is the first page, to which new events come.
    if place.after.is_some() && newer.is_none() {
        return Ok(Redirect::to("/").into_response());
    }
    let live_after = is_first.then_some(first_and_last.map_or(0, |(first, _)| first));
    html(&ListTemplate { rows, live_after, older, newer, send_command })
}

pub(crate) async fn event(
    State(App { events, .. }): State<App>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::Missing)?;
    let kept = events.event(id).await?.ok_or(Problem::Missing)?;
    let neighbours = [events.before(id, 1).await?, events.after(id, 1).await?];
    let [older, newer] = neighbours.map(|rows| rows.first().map(|row| row.id));
    let details = Details::of(&kept);
    html(&EventTemplate { row: kept.row, details, older, newer })
}

/// All that the client said, however long.
pub(crate) async fn json(
    State(App { events, .. }): State<App>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Problem::Missing)?;
    let kept = events.event(id).await?.ok_or(Problem::Missing)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], kept.json).into_response())
}

pub(crate) async fn missing() -> Problem {
    Problem::Missing
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Problem {
    Missing,
    TwoPlaces,
    Store(sqlx::Error),
    Template(askama::Error),
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title, detail) = match self {
            Self::Missing => {
                (StatusCode::NOT_FOUND, "Nothing here", "There is no such page, or its event was dropped.")
            }
            Self::TwoPlaces => (StatusCode::BAD_REQUEST, "Where?", "A page is before or after an event, not both."),
            Self::Store(error) => {
                tracing::error!(%error, "the events cannot be read");
                (StatusCode::SERVICE_UNAVAILABLE, "Not now", "The events cannot be read. Try again.")
            }
            Self::Template(error) => {
                tracing::error!(%error, "a page cannot be written");
                (StatusCode::INTERNAL_SERVER_ERROR, "Not now", "The page cannot be written.")
            }
        };
        let page = ProblemTemplate { title, detail }.render();
        // Not to fail at saying that something failed.
        let page = page.unwrap_or_else(|_| title.to_owned());
        (status, Html(page)).into_response()
    }
}

fn html(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render().map_err(Problem::Template)?).into_response())
}
