//! The handler, and who may call.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use countersign_core::oauth::{ApiApplication, ApplicationStatus};
use http::{HeaderMap, Request, StatusCode, header};

use super::{code, refresh};
use crate::ask::{Unavailable, within};
use crate::body;
use crate::error::{ErrorCode, OAuthError};
use crate::parameters::{Parameters, is_name};
use crate::server::Server;

/// `POST`: a token, or why there is none.
pub(crate) async fn issue(State(server): State<Arc<Server>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let answered = answer(&server, &head.headers, body).await;
    answered.unwrap_or_else(|error| error.into_response())
}

async fn answer(server: &Server, headers: &HeaderMap, body: Body) -> Result<Response, OAuthError> {
    let parameters = read_form(headers, body).await?;
    let application = client(server, headers, &parameters).await?;
    if application.status != ApplicationStatus::Active {
        return Err(OAuthError::invalid_client("there is no such client"));
    }
    match parameters.get("grant_type") {
        Some("authorization_code") => code::redeem(server, &application, &parameters).await,
        Some("refresh_token") if server.refresh.is_some() => refresh::refresh(server, &application, &parameters).await,
        Some(_) => Err(OAuthError::new(ErrorCode::UnsupportedGrantType, "there are no such grants here")),
        None => Err(OAuthError::invalid_request("grant_type is missing")),
    }
}

/// The form of an endpoint that clients call.
pub(crate) async fn read_form(headers: &HeaderMap, body: Body) -> Result<Parameters, OAuthError> {
    let form = body::read(headers, body, body::FORM, body::FORM_LIMIT).await.map_err(|status| match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            OAuthError::invalid_request("the body is not application/x-www-form-urlencoded")
        }
        StatusCode::PAYLOAD_TOO_LARGE => OAuthError::invalid_request("the body is too large").with_status(status),
        status => OAuthError::invalid_request("the body did not arrive").with_status(status),
    })?;
    Ok(Parameters::parse(&form)?)
}

/// The client that calls, by its id: all are public (RFC 6749 §2.1), and one that sends a secret is not one of ours.
pub(crate) async fn client(
    server: &Server,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<ApiApplication, OAuthError> {
    if headers.contains_key(header::AUTHORIZATION) || parameters.get("client_secret").is_some() {
        return Err(OAuthError::invalid_client("clients have no secrets here: send client_id alone"));
    }
    let Some(client_id) = parameters.get("client_id") else {
        return Err(OAuthError::invalid_client("client_id is missing"));
    };
    if !is_name(client_id) {
        return Err(OAuthError::invalid_client("there is no such client"));
    }
    let application = within(server.patience, server.store.application(client_id)).await?;
    application.ok_or(OAuthError::invalid_client("there is no such client"))
}

impl From<Unavailable> for OAuthError {
    fn from(Unavailable: Unavailable) -> Self {
        Self::unavailable()
    }
}

/// Whoever approved must be a member still.
pub(super) async fn require_member(server: &Server, subject: &str, organisation: &str) -> Result<(), OAuthError> {
    let role = within(server.patience, server.membership.role(subject, organisation)).await?;
    role.map(|_| ()).ok_or(OAuthError::invalid_grant())
}
