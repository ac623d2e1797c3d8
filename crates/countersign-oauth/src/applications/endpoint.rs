//! The four handlers.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use countersign_core::oauth::{AddedApplication, ApiApplication, ApplicationChange, new_client_id};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};

use super::form::{ApplicationForm, shown};
use super::organisation::Organisation;
use crate::answer::{detail, either, not_found};
use crate::ask::ask;
use crate::audit::Event;
use crate::host::Role;
use crate::server::Server;
use crate::signed_in::signed_in;
use crate::{answer, body};

/// `GET`: 200 and the application, or 404.
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Organisation(path): Organisation,
    request: Request<Body>,
) -> Response {
    let (head, _) = request.into_parts();
    let answered = async {
        admin(&server, &head, &path).await?;
        Ok(answer::json(StatusCode::OK, &shown(&existing(&server, &path).await?)))
    };
    either(answered.await)
}

/// `POST`: 201 and the new application; 409, with its place, where there is one already.
pub(crate) async fn add(
    State(server): State<Arc<Server>>,
    Organisation(path): Organisation,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let answered = async {
        let subject = admin(&server, &head, &path).await?;
        let form = form(&head, body).await?;
        let application = ApiApplication::new(new_client_id(), &*path, server.now())
            .with_name(form.name.unwrap_or_default())
            .with_allowed_origins(form.allowed_origins)
            .with_redirect_uris(form.redirect_uris);
        match ask(&server, server.store.add_only_application(&application)).await? {
            AddedApplication::Added => {
                Event::ApplicationAdded.record(&subject, &application.client_id, &path);
                Ok(answer::json(StatusCode::CREATED, &shown(&application)))
            }
            AddedApplication::Existing(_) => {
                let mut conflict = detail(StatusCode::CONFLICT, "The organization has an application already.");
                let here = head.extensions.get::<OriginalUri>().map_or_else(|| head.uri.path(), |uri| uri.path());
                if let Ok(here) = HeaderValue::from_str(here) {
                    conflict.headers_mut().insert(header::LOCATION, here);
                }
                Err(conflict)
            }
        }
    };
    either(answered.await)
}

/// `PUT`: 202 and the application as it is now, or 404.
pub(crate) async fn update(
    State(server): State<Arc<Server>>,
    Organisation(path): Organisation,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let answered = async {
        let subject = admin(&server, &head, &path).await?;
        let form = form(&head, body).await?;
        let application = existing(&server, &path).await?;
        let change =
            ApplicationChange::new().with_allowed_origins(form.allowed_origins).with_redirect_uris(form.redirect_uris);
        let change = form.name.into_iter().fold(change, ApplicationChange::with_name);
        let updated = server.store.update_application(&application.client_id, &change, server.now());
        if !ask(&server, updated).await? {
            return Err(not_found());
        }
        Event::ApplicationUpdated.record(&subject, &application.client_id, &path);
        Ok(answer::json(StatusCode::ACCEPTED, &shown(&change.of(application))))
    };
    either(answered.await)
}

/// `DELETE`: 204, and everything that the application was given is over; or 404.
pub(crate) async fn remove(
    State(server): State<Arc<Server>>,
    Organisation(path): Organisation,
    request: Request<Body>,
) -> Response {
    let (head, _) = request.into_parts();
    let answered = async {
        let subject = admin(&server, &head, &path).await?;
        let application = existing(&server, &path).await?;
        let deleted = server.store.delete_application(&application.client_id, server.now(), "application deleted");
        if ask(&server, deleted).await?.is_none() {
            return Err(not_found());
        }
        Event::ApplicationDeleted.record(&subject, &application.client_id, &path);
        Ok(answer::empty(StatusCode::NO_CONTENT))
    };
    either(answered.await)
}

/// The caller, if they are an admin of this organisation.
async fn admin(server: &Server, head: &Parts, organisation: &str) -> Result<Box<str>, Response> {
    let subject = signed_in(server, head).await?;
    match ask(server, server.membership.role(&subject, organisation)).await? {
        Some(Role::Admin) => Ok(subject),
        Some(Role::Member) | None => Err(not_found()),
    }
}

async fn existing(server: &Server, organisation: &str) -> Result<ApiApplication, Response> {
    let applications = ask(server, server.store.list_applications(Some(organisation), None, 1)).await?;
    applications.into_iter().next().ok_or_else(not_found)
}

async fn form(head: &Parts, body: Body) -> Result<ApplicationForm, Response> {
    let body = body::read(&head.headers, body, body::JSON, body::JSON_LIMIT).await;
    let body = body.map_err(|status| detail(status, "The body is no JSON, is too long, or did not arrive."))?;
    ApplicationForm::read(&body).map_err(|errors| answer::json(StatusCode::BAD_REQUEST, &errors))
}
