//! Signing in and out. For a demo: whoever comes says who they are.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::app::{App, format};
use crate::organisations::{USERS, user};
use crate::pages::{self, Problem};

/// The login page for somebody who wants to be elsewhere afterwards.
pub(crate) fn address(next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/login?{query}")
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    next: Option<String>,
}

/// `GET /login?next=…`
pub(crate) async fn page(State(app): State<App>, headers: HeaderMap, Query(wish): Query<Wish>) -> Response {
    let next = wish.next.as_deref().filter(|next| is_local(next)).unwrap_or("/");
    pages::login(&USERS, next, app.sessions.user(&headers))
}

#[derive(Deserialize)]
pub(crate) struct Choice {
    user: String,
    next: String,
}

/// `POST /login`: a session, and on to where they wanted to be.
pub(crate) async fn log_in(
    State(app): State<App>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Problem> {
    let user = user(&choice.user).ok_or(Problem::Missing)?;
    let format = format().map_err(|_| Problem::Later)?;
    // One session more would remain otherwise, out of everybody's reach.
    app.sessions.end(&headers);
    let cookie = app.sessions.begin(user, &format);
    let next = if is_local(&choice.next) { &choice.next } else { "/" };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// `POST /logout`: no session any more, and no token that an application has of this user.
pub(crate) async fn log_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(user) = app.sessions.user(&headers) {
        app.server.revoke_on_logout(user.id).await.map_err(|error| {
            tracing::error!(%error, "still signed in: the tokens could not be revoked");
            Problem::Later
        })?;
    }
    let cookie = app.sessions.end(&headers);
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, "/login".to_owned())]).into_response())
}

/// Whether it is a path of this origin, whoever reads it: nobody is sent elsewhere for having signed in.
fn is_local(next: &str) -> bool {
    let mut bytes = next.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/'))
        && next.bytes().all(|b| matches!(b, 0x21..=0x7e) && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for good in ["/", "/settings/acme", "/oauth/authorize/?redirect_uri=http%3A%2F%2Flocalhost%2F&state=a//b"] {
            assert!(is_local(good), "{good}");
        }
        for bad in
            ["", "x", "//evil.test", "/\\evil.test", "\\/evil.test", "/\t/evil.test", "https://evil.test", " /", "/é"]
        {
            assert!(!is_local(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_is_carried_whole() {
        assert_eq!(address("/oauth/authorize/?a=1&b=2"), "/login?next=%2Foauth%2Fauthorize%2F%3Fa%3D1%26b%3D2");
    }
}
