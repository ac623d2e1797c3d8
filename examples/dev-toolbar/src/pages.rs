//! The application's own pages.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use countersign_oauth::Role;

use crate::app::App;
use crate::login;
use crate::organisations::{Organisation, User, organisation};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginTemplate<'a> {
    users: &'a [User],
    next: &'a str,
    signed_in: Option<&'a User>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeTemplate {
    user: &'static User,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsTemplate {
    user: &'static User,
    organisation: &'static Organisation,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemTemplate<'a> {
    title: &'a str,
    detail: &'a str,
}

pub(crate) fn login(users: &[User], next: &str, signed_in: Option<&User>) -> Response {
    html(&LoginTemplate { users, next, signed_in })
}

/// `GET /`: the user's organisations and projects, and the applications that act for them.
pub(crate) async fn home(State(app): State<App>, headers: HeaderMap) -> Response {
    match app.sessions.user(&headers) {
        Some(user) => html(&HomeTemplate { user }),
        None => Redirect::to(&login::address("/")).into_response(),
    }
}

/// `GET /settings/{organisation}`: its application, for its admins. For everybody else there is no such page.
pub(crate) async fn settings(State(app): State<App>, headers: HeaderMap, Path(slug): Path<String>) -> Response {
    let Some(user) = app.sessions.user(&headers) else {
        let known = organisation(&slug).map_or_else(|| "/".to_owned(), |known| format!("/settings/{}", known.slug));
        return Redirect::to(&login::address(&known)).into_response();
    };
    match organisation(&slug).filter(|_| user.role(&slug) == Some(Role::Admin)) {
        Some(organisation) => html(&SettingsTemplate { user, organisation }),
        None => Problem::Missing.into_response(),
    }
}

pub(crate) async fn missing() -> Problem {
    Problem::Missing
}

/// Why there is no page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Problem {
    Missing,
    /// It was asked for by a page that is not ours.
    Foreign,
    Later,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title, detail) = match self {
            Self::Missing => {
                (StatusCode::NOT_FOUND, "Nothing here", "There is no such page, or it is not yours to see.")
            }
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "Not from there",
                "This was sent by a page of another address. Go back, and begin at the address that this program printed.",
            ),
            Self::Later => {
                (StatusCode::SERVICE_UNAVAILABLE, "Not now", "That could not be done. Try again in a moment.")
            }
        };
        (status, html(&ProblemTemplate { title, detail })).into_response()
    }
}

/// A page; 500 where it cannot be written.
pub(crate) fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
