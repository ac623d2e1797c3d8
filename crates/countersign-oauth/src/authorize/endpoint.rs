//! The two handlers: asking, and being told.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{Request, StatusCode};

use super::approve::approve;
use super::form;
use super::request::{AuthorizationRequest, Refused};
use crate::ask::within;
use crate::audit::Event;
use crate::error::ErrorCode;
use crate::parameters::Parameters;
use crate::server::Server;
use crate::{ConsentPage, answer, body};

/// The most bytes of a query.
const QUERY_LIMIT: usize = 8 << 10;

/// `GET`: the consent page, or the answer at once where the user has approved all of this before.
pub(crate) async fn ask(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, _) = request.into_parts();
    put_before_user(&server, &head).await.unwrap_or_else(|refused| refused.into_response(&server))
}

/// `POST`: what the user decided.
pub(crate) async fn decide(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    take_decision(&server, &head, body).await.unwrap_or_else(|refused| refused.into_response(&server))
}

async fn put_before_user(server: &Server, head: &Parts) -> Result<Response, Refused> {
    let query = head.uri.query().unwrap_or_default();
    if query.len() > QUERY_LIMIT {
        return Err(Refused::Request(StatusCode::URI_TOO_LONG, "The request is too long."));
    }
    let parameters = read(query.as_bytes())?;
    let status = StatusCode::FOUND;
    let request = AuthorizationRequest::read(server, head, &parameters, status).await?;
    require_member(server, &request, status).await?;
    let now = server.now();
    if !request.must_ask() {
        let application = &request.application;
        let consent = server.store.consent(&request.subject, &application.client_id, &application.organisation);
        if within(server.patience, consent).await?.is_some_and(|consent| consent.covers(&request.scope)) {
            return approve(server, &request, now, status).await;
        }
    }
    let fields = form::fields(&request, &server.form_key, now);
    let scopes: Vec<&str> = request.scope.iter().collect();
    let application = &request.application;
    let page = server.pages.consent(&ConsentPage {
        application: if application.name.is_empty() { &application.client_id } else { &application.name },
        organisation: &application.organisation,
        subject: &request.subject,
        scopes: &scopes,
        destination: request.back.target.host_str().unwrap_or_default(),
        action: super::PATH,
        fields: &fields,
    });
    Ok(answer::page(StatusCode::OK, page))
}

async fn take_decision(server: &Server, head: &Parts, body: Body) -> Result<Response, Refused> {
    let form = body::read(&head.headers, body, body::FORM, body::FORM_LIMIT).await;
    let form = form.map_err(|status| Refused::Request(status, "The form cannot be read."))?;
    let parameters = read(&form)?;
    let status = StatusCode::SEE_OTHER;
    let request = AuthorizationRequest::read(server, head, &parameters, status).await?;
    let now = server.now();
    let sealed = parameters.get("seal").unwrap_or_default();
    if !form::is_sealed(&request, sealed, &server.form_key, now) {
        let explanation = "This form is too old, or was made for somebody else. Start again from the application.";
        return Err(Refused::Request(StatusCode::FORBIDDEN, explanation));
    }
    let application = &request.application;
    match parameters.get("op") {
        Some("approve") => {
            require_member(server, &request, status).await?;
            let consent = super::approve::consent(&request, now);
            if within(server.patience, server.store.give_consent(&consent)).await?.is_none() {
                return Err(super::approve::gone());
            }
            Event::AuthorizationApproved.record(&request.subject, &application.client_id, &application.organisation);
            approve(server, &request, now, status).await
        }
        Some("deny") => {
            Event::AuthorizationDenied.record(&request.subject, &application.client_id, &application.organisation);
            Ok(request.back.error(status, ErrorCode::AccessDenied))
        }
        _ => Err(Refused::Request(StatusCode::BAD_REQUEST, "The form says neither yes nor no.")),
    }
}

fn read(form: &[u8]) -> Result<Parameters, Refused> {
    Parameters::parse(form).map_err(|_| Refused::Request(StatusCode::BAD_REQUEST, "The request cannot be read."))
}

/// Only members can let anybody into an organisation.
async fn require_member(server: &Server, request: &AuthorizationRequest, status: StatusCode) -> Result<(), Refused> {
    let role = server.membership.role(&request.subject, &request.application.organisation);
    match within(server.patience, role).await? {
        Some(_) => Ok(()),
        None => Err(Refused::Answer(Box::new(request.back.error(status, ErrorCode::AccessDenied)))),
    }
}
