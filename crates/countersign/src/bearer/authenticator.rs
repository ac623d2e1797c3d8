//! The decision about one request with a bearer token.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::{Clock, SystemClock, TokenDigest, TokenInfo, TokenState, TokenStore};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Uri, header};

use super::UsageRecorder;
use super::credentials::{self, SchemeWord};
use super::formats::{DEPRECATED, Formats};
use super::lookup::{Finding, Found, TokenCache};
use super::place::{Places, in_several_places};
use crate::auth::{
    AtOnce, AuthError, AuthErrorKind, Authenticate, Authenticated, Challenge, ChallengeText, ResponseFields, Verdict,
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
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) store_timeout: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) scheme: SchemeWord,
    pub(super) places: Places,
    pub(super) formats: Formats,
    pub(super) realm: Option<ChallengeText>,
    pub(super) resource_metadata: Option<ChallengeText>,
    pub(super) scopes: Option<RequiredScopes>,
    pub(super) strip: bool,
    pub(super) usage: Option<UsageRecorder>,
    pub(super) cache: TokenCache,
}

impl BearerAuthenticator {
    pub(super) fn new(store: impl TokenStore) -> Self {
        Self {
            config: Arc::new(Config {
                store: Arc::new(store),
                store_timeout: Duration::from_secs(1),
                clock: Arc::new(SystemClock::new()),
                scheme: SchemeWord { word: "Bearer", exact: false },
                places: Places::default(),
                formats: Formats::any(),
                realm: None,
                resource_metadata: None,
                scopes: None,
                strip: false,
                usage: None,
                cache: TokenCache::off(),
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
        credentials::present(&head.headers, self.config.scheme) || self.config.places.hold_any(&head.uri, &head.headers)
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

    // Not taken to pieces and put together again.
    fn pass(&self, request: Request<B>) -> Request<B> {
        request
    }

    fn conceal(&self, head: &mut Parts) {
        if !self.config.places.is_empty() && self.config.places.conceal(head, self.config.strip).is_none() {
            head.uri = Uri::default();
        }
    }

    fn adds_response_fields(&self) -> bool {
        !self.config.places.is_empty() || self.config.formats.may_have_notices()
    }

    // Only whom it admits: what else there is to say needs a closer look.
    #[inline]
    fn decide_at_once(&self, request: &mut Request<B>) -> AtOnce {
        let config = &*self.config;
        if !config.places.is_empty() {
            return AtOnce::Undecided;
        }
        let Some(field) = credentials::usual_field(request.headers_mut()) else { return AtOnce::Undecided };
        let Some((digest, info, now)) = config.look_up_admitted(field) else { return AtOnce::Undecided };
        if config.strip {
            request.headers_mut().remove(header::AUTHORIZATION);
        } else {
            field.set_sensitive(true);
        }
        config.hand_on(request, &digest, info, now);
        AtOnce::Admitted
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<B> {
        let (token, deprecated) = match self.config.presented(request.uri(), request.headers()) {
            Ok(presented) => presented,
            Err(error) => return error.into(),
        };
        match self.config.look_up(&token) {
            Found::Now(found) => Verdict::Ready(found.and_then(|found| self.config.admit(request, found, deprecated))),
            Found::Later(digest, ask) => {
                let config = self.config.clone();
                Verdict::Pending(Box::pin(async move {
                    let answer = ask.within(config.store_timeout).await;
                    config.admit(request, config.settle(digest, answer)?, deprecated)
                }))
            }
        }
    }
}

impl Config {
    /// The one token that is presented, and whether it looks deprecated.
    fn presented<'h>(&self, uri: &'h Uri, headers: &'h HeaderMap) -> Result<(Cow<'h, str>, bool), AuthError> {
        let token = self.find(uri, headers)?;
        let deprecated = self.formats.judge(&token)?;
        Ok((token, deprecated))
    }

    #[inline]
    fn find<'h>(&self, uri: &'h Uri, headers: &'h HeaderMap) -> Result<Cow<'h, str>, AuthError> {
        let in_field = credentials::read(headers, self.scheme);
        if self.places.is_empty() {
            return in_field.map(Cow::Borrowed);
        }
        let elsewhere = self.places.read(uri, headers)?;
        match (in_field, elsewhere) {
            (Err(error), Some(token)) if error.kind() == AuthErrorKind::MissingCredentials => {
                // However badly it is spelled, it is there.
                if credentials::present(headers, self.scheme) { Err(in_several_places()) } else { Ok(token) }
            }
            (Ok(_), Some(_)) => Err(in_several_places()),
            (in_field, _) => in_field.map(Cow::Borrowed),
        }
    }

    /// Judges what was found.
    fn admit<B>(
        &self,
        mut request: Request<B>,
        Finding { digest, info, now }: Finding,
        deprecated: bool,
    ) -> Result<Request<B>, AuthError> {
        let info = info.ok_or(AuthErrorKind::UnknownToken)?;
        if let Err(kind) = self.judge(&info, now) {
            return Err(AuthError::new(kind).with_token(info));
        }
        let mut fields = None;
        if !self.places.is_empty() {
            (request, fields) = self.conceal(request)?;
        }
        if let Some(notice) = self.formats.notice_of(deprecated, &info) {
            fields = Some(fields.unwrap_or_else(ResponseFields::new).with(DEPRECATED, notice.clone()));
        }
        if let Some(fields) = fields {
            request.extensions_mut().insert(fields);
        }
        if self.strip {
            request.headers_mut().remove(header::AUTHORIZATION);
        } else if let Some(credentials) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            credentials.set_sensitive(true);
        }
        self.hand_on(&mut request, &digest, info, now);
        Ok(request)
    }

    /// Records the use of a token, and says in the extensions who sent the request.
    #[inline]
    fn hand_on<B>(&self, request: &mut Request<B>, digest: &TokenDigest, info: TokenInfo, now: SystemTime) {
        if let Some(usage) = &self.usage {
            usage.record(digest, now);
        }
        request.extensions_mut().insert(Authenticated::by_token(self.scheme.word, info, now));
    }

    /// Takes the token out of the target, and care of it elsewhere.
    fn conceal<B>(&self, request: Request<B>) -> Result<(Request<B>, Option<ResponseFields>), AuthError> {
        let (mut head, body) = request.into_parts();
        let in_target = self.places.conceal(&mut head, self.strip).ok_or(AuthErrorKind::AmbiguousTarget)?;
        // RFC 6750 §2.3: caches would keep what belongs to whoever has the token.
        let private = HeaderValue::from_static("private");
        let fields = in_target.then(|| ResponseFields::new().with(header::CACHE_CONTROL, private));
        Ok((Request::from_parts(head, body), fields))
    }

    #[inline]
    pub(super) fn judge(&self, info: &TokenInfo, now: SystemTime) -> Result<(), AuthErrorKind> {
        match TokenState::of(info, now) {
            TokenState::Active => {}
            TokenState::Expired => return Err(AuthErrorKind::TokenExpired),
            TokenState::NotYetValid => return Err(AuthErrorKind::TokenNotYetValid),
            TokenState::Revoked => return Err(AuthErrorKind::TokenRevoked),
        }
        match &self.scopes {
            Some(scopes) if !scopes.are_met_by(info.scope()) => Err(AuthErrorKind::InsufficientScope),
            _ => Ok(()),
        }
    }

    fn challenge(&self, error: Option<&'static str>) -> Challenge {
        let parameters = [
            ("realm", self.realm.clone()),
            ("resource_metadata", self.resource_metadata.clone()),
            ("error", error.map(ChallengeText::from_static)),
        ];
        parameters.into_iter().fold(Challenge::new(self.scheme.word), |challenge, (name, value)| match value {
            Some(value) => challenge.with(name, value),
            None => challenge,
        })
    }
}

impl fmt::Debug for BearerAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config { store_timeout, scheme, places, realm, resource_metadata, scopes, strip, .. } = &*self.config;
        f.debug_struct("BearerAuthenticator")
            .field("store_timeout", store_timeout)
            .field("scheme", scheme)
            .field("places", places)
            .field("realm", realm)
            .field("resource_metadata", resource_metadata)
            .field("scopes", scopes)
            .field("strip", strip)
            .finish_non_exhaustive()
    }
}
