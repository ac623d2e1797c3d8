//! What a client asks for, judged.

use axum::response::Response;
use countersign::Scope;
use countersign_core::oauth::{ApiApplication, ApplicationStatus};
use http::StatusCode;
use http::request::Parts;

use super::return_to::ReturnTo;
use crate::ask::{Unavailable, within};
use crate::error::ErrorCode;
use crate::host::Known;
use crate::parameters::{Parameters, is_name};
use crate::pkce::CodeChallenge;
use crate::redirect_uri::{RedirectUri, is_loopback};
use crate::server::Server;
use crate::{RefusalPage, answer};

/// A request that may be put before the user.
pub(super) struct AuthorizationRequest {
    pub(super) application: ApiApplication,
    /// Who is to decide.
    pub(super) subject: Box<str>,
    /// As the request has it; `None` where it has none.
    pub(super) redirect_uri: Option<String>,
    pub(super) back: ReturnTo,
    pub(super) wanted: Wanted,
    pub(super) scope: Scope,
    force_prompt: bool,
}

/// What the client wants to be sent.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// A code, for who knows the verifier of this challenge.
    Code(CodeChallenge),
    /// A token, by the implicit grant.
    Token,
}

impl Wanted {
    pub(super) const fn response_type(self) -> &'static str {
        match self {
            Self::Code(_) => "code",
            Self::Token => "token",
        }
    }
}

impl AuthorizationRequest {
    /// Judges a request, in this order: client, redirect URI, user, response type, scope, code challenge.
    ///
    /// Nobody is sent back, not even with an error, before they are signed in: an application could be registered for nothing
    /// but to send people somewhere (RFC 9700 §4.11.2).
    pub(super) async fn read(
        server: &Server,
        head: &Parts,
        parameters: &Parameters,
        status: StatusCode,
    ) -> Result<Self, Refused> {
        let application = match parameters.get("client_id").filter(|client_id| is_name(client_id)) {
            Some(client_id) => within(server.patience, server.store.application(client_id)).await?,
            None => None,
        };
        let application = application.filter(|application| application.status == ApplicationStatus::Active);
        let Some(application) = application else {
            return Err(Refused::Parameter("client_id", "No such application is registered here."));
        };
        let redirect_uri = parameters.get("redirect_uri");
        let Some(target) = target(&application, redirect_uri) else {
            return Err(Refused::Parameter(
                "redirect_uri",
                "The application has not registered this place to return to.",
            ));
        };
        let subject = user(server, head).await?;
        let response_type = parameters.get("response_type");
        let back = ReturnTo {
            target,
            state: parameters.get("state").map(str::to_owned),
            in_fragment: response_type == Some("token") && server.implicit,
            issuer: server.issuer.clone(),
        };
        let refused = |code| Err(Refused::Answer(Box::new(back.error(status, code))));
        let Some(response_type) = response_type else { return refused(ErrorCode::InvalidRequest) };
        if response_type != "code" && !back.in_fragment {
            return refused(ErrorCode::UnsupportedResponseType);
        }
        let scope = parameters.get("scope").unwrap_or_default().parse::<Scope>().unwrap_or_default();
        if scope.is_empty() || !scope.iter().all(|token| server.scopes.contains(token)) {
            return refused(ErrorCode::InvalidScope);
        }
        let wanted = if back.in_fragment {
            Wanted::Token
        } else {
            // A missing method means `plain` (RFC 7636 §4.3), which there is not.
            let challenge = parameters.get("code_challenge").and_then(CodeChallenge::parse);
            match (challenge, parameters.get("code_challenge_method")) {
                (Some(challenge), Some("S256")) => Wanted::Code(challenge),
                _ => return refused(ErrorCode::InvalidRequest),
            }
        };
        let redirect_uri = redirect_uri.map(str::to_owned);
        let force_prompt = parameters.get("force_prompt").is_some();
        Ok(Self { application, subject, redirect_uri, back, wanted, scope, force_prompt })
    }

    /// Whether the user has to be asked even where they have approved all of this before: because the client says so, or
    /// because any program of this machine may listen where the answer goes (RFC 8252 §8.6).
    pub(super) fn must_ask(&self) -> bool {
        self.force_prompt || is_loopback(&self.back.target)
    }
}

/// Where the answer goes: to the URI that is asked for, if it is registered; to the only one that is, if none is asked for
/// (RFC 6749 §3.1.2.3).
fn target(application: &ApiApplication, asked: Option<&str>) -> Option<url::Url> {
    let mut registered = application.redirect_uris.iter().filter_map(|uri| uri.parse::<RedirectUri>().ok());
    match asked {
        Some(asked) => registered.find_map(|uri| uri.target(asked)),
        None => registered.next().filter(|_| application.redirect_uris.iter().count() == 1).map(RedirectUri::into_url),
    }
}

/// Who is there; whoever is not signed in goes where the application says.
async fn user(server: &Server, head: &Parts) -> Result<Box<str>, Refused> {
    match within(server.patience, server.users.current_user(head)).await?.0 {
        Known::User(subject) if subject.is_empty() => Err(Refused::Unavailable),
        Known::User(subject) => Ok(subject),
        Known::Unknown(login) => Err(Refused::Answer(login)),
    }
}

/// Why there is nothing to put before the user.
pub(super) enum Refused {
    /// There is nobody to send the user back to.
    Parameter(&'static str, &'static str),
    /// The request cannot be read, or the form is not one of ours.
    Request(StatusCode, &'static str),
    /// The user is sent back with an error, or elsewhere.
    Answer(Box<Response>),
    /// Nobody can say.
    Unavailable,
}

impl Refused {
    pub(super) fn into_response(self, server: &Server) -> Response {
        let (status, parameter, explanation) = match self {
            Self::Parameter(parameter, explanation) => (StatusCode::BAD_REQUEST, Some(parameter), explanation),
            Self::Request(status, explanation) => (status, None, explanation),
            Self::Answer(response) => return *response,
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, None, "Try again in a moment."),
        };
        answer::page(status, server.pages.refusal(&RefusalPage { parameter, explanation }))
    }
}

impl From<Unavailable> for Refused {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}
