//! New events, as they arrive, for the pages that are open: server-sent events.
//!
//! What is sent through the program is only the number of the newest event. Each stream fetches for itself what it has not
//! sent yet, so one that is slow, or comes back after a while, costs no memory and misses nothing: it goes on from the id
//! that it had last, or, if that was more than a page ago, with the newest page.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::page::{PAGE, RowTemplate};
use crate::store::{Events, Row};

/// How many pages may be open at once.
const STREAMS: usize = 100;
/// How often something is sent in any case, so that proxies do not take the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Tells all streams what is new.
#[derive(Clone)]
pub(crate) struct Live {
    /// `None` once the server stops.
    newest: Arc<watch::Sender<Option<i64>>>,
    places: Arc<Semaphore>,
}

impl Live {
    pub(crate) fn new(newest: i64) -> Self {
        Self { newest: Arc::new(watch::Sender::new(Some(newest))), places: Arc::new(Semaphore::new(STREAMS)) }
    }

    /// There is a new event.
    pub(crate) fn announce(&self, id: i64) {
        self.newest.send_if_modified(|newest| match newest {
            Some(newest) if *newest < id => {
                *newest = id;
                true
            }
            _ => false,
        });
    }

    /// Ends all streams, which would otherwise never end. Their pages connect again when there is a server again.
    pub(crate) fn stop(&self) {
        self.newest.send_replace(None);
    }
}

/// From where on.
#[derive(Deserialize)]
pub(crate) struct Since {
    after: Option<i64>,
}

/// The stream. A browser that connects again says where it was in `Last-Event-ID`, which counts.
pub(crate) async fn live(State(app): State<App>, Query(Since { after }): Query<Since>, headers: HeaderMap) -> Response {
    let Ok(place) = app.live.places.try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")], "Too many pages are open.\n")
            .into_response();
    };
    let newest = app.live.newest.subscribe();
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    // Beyond the newest is whoever knew another database.
    let cursor = last.or(after).unwrap_or(i64::MAX).min(newest.borrow().unwrap_or_default());
    let feed = Feed { events: app.events, newest, cursor, fetched: VecDeque::new(), _place: place };
    let events = stream::unfold(feed, async |mut feed| {
        let event = feed.next().await?;
        Some((Ok::<_, Infallible>(event), feed))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // For proxies that collect answers before they hand them on.
    ([("x-accel-buffering", "no")], events).into_response()
}

/// One stream: at most a page is held.
struct Feed {
    events: Events,
    newest: watch::Receiver<Option<i64>>,
    /// What was fetched last.
    cursor: i64,
    fetched: VecDeque<Row>,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(row) = self.fetched.pop_back() {
                let html = RowTemplate { row: &row }.render();
                let html = html.inspect_err(|error| tracing::error!(%error, "an event cannot be shown")).ok()?;
                return Some(Event::default().id(row.id.to_string()).data(html));
            }
            let cursor = self.cursor;
            let newest = *self.newest.wait_for(|newest| newest.is_none_or(|id| id > cursor)).await.ok()?;
            // However many there are, and even if somebody has deleted them: this far has been looked.
            self.cursor = newest?;
            let rows = self.events.since(cursor, PAGE).await;
            // The browser comes back, and says where it was.
            let rows = rows.inspect_err(|error| tracing::error!(%error, "the stream ends")).ok()?;
            self.cursor = rows.first().map_or(self.cursor, |row| row.id.max(self.cursor));
            self.fetched = rows.into();
        }
    }
}
