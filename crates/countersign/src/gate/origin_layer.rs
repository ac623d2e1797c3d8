//! From which pages a token may be used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::TokenInfo;
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};

use super::layer::{gate_layer, once_answered};
use super::{AllowedOrigins, Origin, Origins};
use crate::auth::{Answer, Ask, AuthError, AuthErrorKind, AuthLayer, Authenticate, Authenticated, Challenge, Verdict};

gate_layer! {
    /// Lets those through who are no page, or a page of the application that the token was issued to; see the
    /// [module's documentation](crate::gate).
    OriginLayer(OriginGate)
}

impl OriginLayer {
    /// Asks `origins` which ones the token's application has ([`TokenInfo::client_id`]). A token without application has none.
    #[must_use]
    pub fn new(origins: impl AllowedOrigins) -> Self {
        Self::from_source(Source::Application(Arc::new(origins)))
    }

    /// Takes them from what the store said of the token itself: from its [data](TokenInfo::data), say.
    #[must_use]
    pub fn from_token(origins: impl Fn(&TokenInfo) -> Origins + Send + Sync + 'static) -> Self {
        Self::from_source(Source::Token(Arc::new(origins)))
    }

    fn from_source(source: Source) -> Self {
        Self(AuthLayer::new(OriginGate { source, null_refused: false, store_timeout: Duration::from_secs(1) }))
    }

    /// Refuses `Origin: null` too, which pages have that browsers trust with nothing: from a file, or in a sandbox.
    ///
    /// Unless told so the gate takes it for no `Origin`, as some clients send it that are no browsers. A page behind it
    /// reads no answer, and is not let to send an `Authorization` in the first place, since `null` is no
    /// [registered origin](crate::gate::registered_origins). Where a cookie is a token, refuse it.
    #[must_use]
    pub fn with_null_origin_refused(mut self) -> Self {
        self.0.authenticator_mut().null_refused = true;
        self
    }

    /// How long asking for an application's origins may take; one second unless told otherwise, then 503.
    #[must_use]
    pub fn with_store_timeout(mut self, limit: Duration) -> Self {
        self.0.authenticator_mut().store_timeout = limit;
        self
    }
}

/// Decides for [`OriginLayer`].
#[derive(Clone)]
pub struct OriginGate {
    source: Source,
    null_refused: bool,
    store_timeout: Duration,
}

#[derive(Clone)]
enum Source {
    Application(Arc<dyn AllowedOrigins>),
    Token(Arc<dyn Fn(&TokenInfo) -> Origins + Send + Sync>),
}

impl OriginGate {
    /// Decides, unless it is up to which origins are allowed.
    fn judge(&self, head: &Parts) -> Result<Option<Page>, AuthError> {
        let caller = Authenticated::required(&head.extensions)?;
        let mut fields = head.headers.get_all(header::ORIGIN).iter();
        let Some(field) = fields.next() else { return Ok(None) };
        let refused = |reason| refusal(reason, caller.token(), field);
        if fields.next().is_some() {
            return Err(refused("there are several Origins").with_status(StatusCode::BAD_REQUEST));
        }
        if field == "null" {
            return if self.null_refused { Err(refused("the Origin is null")) } else { Ok(None) };
        }
        let Some(origin) = Origin::read(field) else {
            return Err(refused("the Origin is none").with_status(StatusCode::BAD_REQUEST));
        };
        let Some(token) = caller.token() else { return Err(refused("the caller has no token")) };
        let allowed = self.source.allowed(token).ok_or_else(|| refused("the token is no application's"))?;
        Ok(Some(Page { origin, field: field.clone(), token: token.clone(), allowed }))
    }
}

impl Source {
    /// `None` for a token that has no origins whatever is allowed.
    fn allowed(&self, token: &TokenInfo) -> Option<Answer<Origins>> {
        match self {
            Self::Token(origins) => Some(Answer::Now(Ok(origins(token)))),
            Self::Application(origins) => {
                let (origins, client_id) = (origins.clone(), Box::<str>::from(token.client_id()?));
                Some(Ask::now(async move { origins.allowed_origins(&client_id).await }))
            }
        }
    }
}

/// A page in a browser that uses a token, and which ones may.
struct Page {
    origin: Origin,
    /// As it was sent.
    field: HeaderValue,
    token: TokenInfo,
    allowed: Answer<Origins>,
}

fn refusal(reason: &'static str, token: Option<&TokenInfo>, origin: &HeaderValue) -> AuthError {
    let error = AuthError::new(AuthErrorKind::WrongOrigin).with_reason(reason).with_origin(origin);
    token.cloned().into_iter().fold(error, AuthError::with_token)
}

impl<B: Send + 'static> Authenticate<B> for OriginGate {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        Authenticated::of(&head.extensions).is_some()
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        failure.and_then(AuthError::challenges).map(<[_]>::to_vec).unwrap_or_default()
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        let (head, body) = request.into_parts();
        let judged = self.judge(&head);
        let request = Request::from_parts(head, body);
        match judged {
            Err(error) => error.into(),
            Ok(None) => Verdict::Ready(Ok(request)),
            Ok(Some(Page { origin, field, token, allowed })) => {
                once_answered(request, allowed, self.store_timeout, move |allowed| match allowed.contains(&origin) {
                    true => Ok(()),
                    false => Err(refusal("the application has others", Some(&token), &field)),
                })
            }
        }
    }
}

impl fmt::Debug for OriginGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginGate")
            .field("null_refused", &self.null_refused)
            .field("store_timeout", &self.store_timeout)
            .finish_non_exhaustive()
    }
}
