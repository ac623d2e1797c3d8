//! The decision about one request with a bearer token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Clock, PresentedToken, SystemClock, TokenInfo, TokenStore};
use http::request::Parts;
use http::{Request, header};

use super::credentials;
use crate::auth::{
    Answer, Ask, AuthError, AuthErrorKind, Authenticate, Authenticated, Challenge, ChallengeText, Verdict,
};
use crate::gate::RequiredScopes;

/// Authenticates requests by the opaque token in their `Authorization` field; made and configured by
/// [`BearerTokenLayer`](crate::BearerTokenLayer).
///
/// A handle: cloning is cheap.
#[derive(Clone)]
pub struct BearerAuthenticator {
    config: Arc<Config>,
}

#[derive(Clone)]
pub(super) struct Config {
    store: Arc<dyn TokenStore>,
    pub(super) store_timeout: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) scheme_word: &'static str,
    pub(super) realm: Option<ChallengeText>,
    pub(super) resource_metadata: Option<ChallengeText>,
    pub(super) scopes: Option<RequiredScopes>,
    pub(super) strip: bool,
}

impl BearerAuthenticator {
    pub(super) fn new(store: impl TokenStore) -> Self {
        Self {
            config: Arc::new(Config {
                store: Arc::new(store),
                store_timeout: Duration::from_secs(1),
                clock: Arc::new(SystemClock::new()),
                scheme_word: "Bearer",
                realm: None,
                resource_metadata: None,
                scopes: None,
                strip: false,
            }),
        }
    }

    pub(super) fn config_mut(&mut self) -> &mut Config {
        Arc::make_mut(&mut self.config)
    }
}

impl<B: Send + 'static> Authenticate<B> for BearerAuthenticator {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        credentials::present(&head.headers, self.config.scheme_word)
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        match failure.map(AuthError::kind) {
            None | Some(AuthErrorKind::MissingCredentials) => vec![self.config.challenge(None)],
            Some(AuthErrorKind::MalformedCredentials | AuthErrorKind::SeveralCredentials) => {
                vec![self.config.challenge(Some("invalid_request"))]
            }
            Some(
                AuthErrorKind::UnknownToken
                | AuthErrorKind::TokenExpired
                | AuthErrorKind::TokenNotYetValid
                | AuthErrorKind::TokenRevoked,
            ) => vec![self.config.challenge(Some("invalid_token"))],
            Some(AuthErrorKind::InsufficientScope) => {
                let challenge = self.config.challenge(Some("insufficient_scope"));
                vec![self.config.scopes.iter().fold(challenge, |challenge, scopes| scopes.name_in(challenge))]
            }
            // Other credentials would not help.
            Some(_) => Vec::new(),
        }
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        let token = match credentials::read(request.headers(), self.config.scheme_word) {
            Ok(token) => PresentedToken::new(token),
            Err(error) => return error.into(),
        };
        let store = self.config.store.clone();
        match Ask::now(async move { (*store).token(&token).await }) {
            Answer::Now(answer) => Verdict::Ready(answer.and_then(|info| self.config.admit(request, info))),
            later @ Answer::Later(_) => {
                let config = self.config.clone();
                Verdict::Pending(Box::pin(async move {
                    let info = later.within(config.store_timeout).await?;
                    config.admit(request, info)
                }))
            }
        }
    }
}

impl Config {
    /// Judges what the store answered. The clock is read now, not when the request came: a token that ran out while the
    /// store was asked is not good.
    fn admit<B>(&self, mut request: Request<B>, info: Option<TokenInfo>) -> Result<Request<B>, AuthError> {
        let info = info.ok_or(AuthErrorKind::UnknownToken)?;
        let now = self.clock.now();
        if info.revoked_at().is_some() {
            return Err(AuthErrorKind::TokenRevoked.into());
        }
        if info.expires_at().is_some_and(|expires_at| now >= expires_at) {
            return Err(AuthErrorKind::TokenExpired.into());
        }
        if info.not_before().is_some_and(|not_before| now < not_before) {
            return Err(AuthErrorKind::TokenNotYetValid.into());
        }
        if self.scopes.as_ref().is_some_and(|scopes| !scopes.are_met_by(info.scope())) {
            return Err(AuthErrorKind::InsufficientScope.into());
        }
        if self.strip {
            request.headers_mut().remove(header::AUTHORIZATION);
        } else if let Some(credentials) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            credentials.set_sensitive(true);
        }
        request.extensions_mut().insert(Authenticated::by_token(self.scheme_word, info, now));
        Ok(request)
    }

    fn challenge(&self, error: Option<&'static str>) -> Challenge {
        let parameters = [
            ("realm", self.realm.clone()),
            ("resource_metadata", self.resource_metadata.clone()),
            ("error", error.map(ChallengeText::from_static)),
        ];
        parameters.into_iter().fold(Challenge::new(self.scheme_word), |challenge, (name, value)| match value {
            Some(value) => challenge.with(name, value),
            None => challenge,
        })
    }
}

impl fmt::Debug for BearerAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { store_timeout, scheme_word, realm, resource_metadata, scopes, strip, .. } = &*self.config;
        f.debug_struct("BearerAuthenticator")
            .field("store_timeout", store_timeout)
            .field("scheme_word", scheme_word)
            .field("realm", realm)
            .field("resource_metadata", resource_metadata)
            .field("scopes", scopes)
            .field("strip", strip)
            .finish_non_exhaustive()
    }
}
