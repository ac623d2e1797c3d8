//! Who calls the application's own API.

use axum::response::Response;
use http::StatusCode;
use http::request::Parts;

use crate::answer::detail;
use crate::ask::ask;
use crate::host::Known;
use crate::server::Server;

/// The user who is signed in; 403 where nobody is: how to sign in is the application's business, so there is no challenge
/// that a 401 could have.
pub(crate) async fn signed_in(server: &Server, head: &Parts) -> Result<Box<str>, Response> {
    match ask(server, server.users.current_user(head)).await?.0 {
        Known::User(subject) if subject.is_empty() => {
            Err(detail(StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment."))
        }
        Known::User(subject) => Ok(subject),
        Known::Unknown(_) => Err(detail(StatusCode::FORBIDDEN, "Authentication credentials were not provided.")),
    }
}
