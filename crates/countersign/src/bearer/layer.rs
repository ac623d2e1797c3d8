//! The bearer authenticator as a layer, and its options.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Clock, FormatRegistry, Invalidations, TokenStore};
use http::{HeaderName, HeaderValue, header};

use super::credentials::SchemeWord;
use super::place::Place;
use super::{BearerAuthenticator, UsageRecorder};
use crate::auth::{AuthLayer, ChallengeText, is_token, layer_options};
use crate::cache::CacheConfig;
use crate::gate::RequiredScopes;

/// Lets requests through that present a token which a store knows and which is good now.
///
/// See the [module's documentation](crate::bearer) for what exactly is checked, what is answered, and an example.
#[derive(Clone, Debug)]
#[must_use = "a layer guards nothing until it is applied"]
pub struct BearerTokenLayer(AuthLayer<BearerAuthenticator>);

impl BearerTokenLayer {
    /// Looks tokens up in `store`.
    pub fn new(store: impl TokenStore) -> Self {
        Self(AuthLayer::new(BearerAuthenticator::new(store)))
    }

    /// How long the store may take to answer before the request is refused with 503; 1 second unless told otherwise.
    pub fn with_store_timeout(mut self, limit: Duration) -> Self {
        self.0.authenticator_mut().config_mut().store_timeout = limit;
        self
    }

    /// The clock by which tokens are judged; the machine's unless told otherwise.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.0.authenticator_mut().config_mut().clock = Arc::new(clock);
        self
    }

    /// Names the protected space in every challenge (RFC 9110 §11.5).
    pub fn with_realm(mut self, realm: ChallengeText) -> Self {
        self.0.authenticator_mut().config_mut().realm = Some(realm);
        self
    }

    /// Says in every challenge under which URL the metadata of this protected resource is found (RFC 9728 §5.1).
    pub fn with_resource_metadata(mut self, url: ChallengeText) -> Self {
        self.0.authenticator_mut().config_mut().resource_metadata = Some(url);
        self
    }

    /// Expects another auth-scheme than `Bearer`: `token`, say, where existing clients send that. Compared without regard
    /// to case, as every auth-scheme; challenges spell it as it is given here.
    ///
    /// # Panics
    /// When it is not a token (RFC 9110 §5.6.2).
    pub fn with_scheme_word(self, word: &'static str) -> Self {
        self.with_scheme(SchemeWord { word, exact: false })
    }

    /// Expects another auth-scheme than `Bearer`, spelled exactly so, followed by exactly one blank and the token: as
    /// Djblets reads its `token`. Every other spelling is treated as no credentials at all, and refused also
    /// [where these are optional](Self::with_optional).
    ///
    /// # Panics
    /// When it is not a token (RFC 9110 §5.6.2).
    pub fn with_exact_scheme_word(self, word: &'static str) -> Self {
        self.with_scheme(SchemeWord { word, exact: true })
    }

    fn with_scheme(mut self, scheme: SchemeWord) -> Self {
        assert!(is_token(scheme.word), "an auth-scheme is a token");
        self.0.authenticator_mut().config_mut().scheme = scheme;
        self
    }

    /// Takes tokens from the query too, from the parameter `name`: `?api_key=…` (RFC 6750 §2.3). Insecure, because targets
    /// are written down wherever they pass: in logs of proxies, in histories, in `Referer` (RFC 9700 §4.3.2).
    ///
    /// A token in more than one place, or twice in one, is refused with 400; so is a parameter with escapes in its name, and
    /// a value that is not a token68 once it is decoded. The parameter is taken out of the target before the inner service
    /// sees it, and out of axum's `OriginalUri` (with the feature `axum`, without which axum's keeps it). What stands
    /// outside this layer sees it: a `TraceLayer`, say. Responses get `Cache-Control: private` unless they have their own.
    ///
    /// Each call adds a place. Forms are not read: a body is for the inner service.
    ///
    /// # Panics
    /// When the name is empty or has anything but `A-Za-z0-9`, `-`, `.` and `_`.
    pub fn with_insecure_query_parameter(self, name: impl Into<Box<str>>) -> Self {
        let name = name.into();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        assert!(!name.is_empty() && name.bytes().all(plain), "a parameter's name is letters, digits, -, . and _");
        self.with_place(Place::Query(name))
    }

    /// Takes tokens from the field `name` too, where the token stands alone, without auth-scheme: `X-Api-Key`, say. A token
    /// in more than one place, or twice in one, is refused with 400. The field is marked as sensitive, or
    /// [taken off](Self::with_credentials_stripped). Each call adds a place.
    ///
    /// # Panics
    /// When the field has a meaning of its own: `Authorization` or `Cookie`.
    pub fn with_header(self, name: HeaderName) -> Self {
        let own = name == header::AUTHORIZATION || name == header::COOKIE;
        assert!(!own, "this field has a grammar of its own");
        self.with_place(Place::Header(name))
    }

    /// Takes tokens from the cookie `name` too. Browsers send cookies by themselves, also when another site made them: set
    /// it with `SameSite=Strict`, `Secure` and `HttpOnly`, and do not let requests that change something through without a
    /// protection against that (CSRF). A token in more than one place, or twice in one, is refused with 400. The `Cookie`
    /// fields are marked as sensitive, or [the one cookie is taken off](Self::with_credentials_stripped). Each call adds a
    /// place.
    ///
    /// # Panics
    /// When the name is not a token (RFC 6265 §4.1.1).
    pub fn with_cookie(self, name: impl Into<Box<str>>) -> Self {
        let name = name.into();
        assert!(is_token(&name), "a cookie's name is a token");
        self.with_place(Place::Cookie(name))
    }

    fn with_place(mut self, place: Place) -> Self {
        self.0.authenticator_mut().config_mut().places.add(place);
        self
    }

    /// Wants these scopes of every token, instead of those that were wanted before. For routes that differ in what they
    /// want, put a [`RequireScopeLayer`](crate::gate::RequireScopeLayer) around each.
    pub fn with_scopes(mut self, scopes: RequiredScopes) -> Self {
        self.0.authenticator_mut().config_mut().scopes = Some(scopes);
        self
    }

    /// Keeps what the store says of tokens for a while; off by default. A revoked token is admitted until its entry's time
    /// is over, unless [invalidations](Self::with_invalidations) arrive. See [`cache`](crate::cache).
    pub fn with_cache(mut self, config: CacheConfig) -> Self {
        self.0.authenticator_mut().config_mut().cache.configure(config);
        self
    }

    /// Learns from `source`, the store itself mostly, when a token has changed, and uses the [cache](Self::with_cache) only
    /// while it can. Without a cache this does nothing.
    pub fn with_invalidations(mut self, source: impl Invalidations) -> Self {
        self.0.authenticator_mut().config_mut().cache.subscribe(source);
        self
    }

    /// Refuses tokens of no known shape, or with a wrong checksum, as unknown tokens, without hashing them or asking the store
    /// or the cache. To tokens of a deprecated format, by their shape or by what
    /// [`TokenInfo::format`](countersign_core::TokenInfo::format) records, the response says so:
    /// [`X-API-Token-Deprecated`](Self::with_deprecation_notice).
    pub fn with_token_formats(mut self, formats: FormatRegistry) -> Self {
        self.0.authenticator_mut().config_mut().formats.registry = Some(formats);
        self
    }

    /// What responses to tokens of a deprecated format say in `X-API-Token-Deprecated`, instead of Djblets' words.
    pub fn with_deprecation_notice(mut self, text: HeaderValue) -> Self {
        self.0.authenticator_mut().config_mut().formats.notice = Some(text);
        self
    }

    /// Says nothing to tokens of a deprecated format.
    pub fn without_deprecation_notice(mut self) -> Self {
        self.0.authenticator_mut().config_mut().formats.notice = None;
        self
    }

    /// Records when each token was last used to get through. [`UsageRecorder::flush`] on shutdown.
    pub fn with_usage(mut self, recorder: UsageRecorder) -> Self {
        self.0.authenticator_mut().config_mut().usage = Some(recorder);
        self
    }

    /// Takes the `Authorization` field, and where else a token may stand, off requests that are let through, so that the
    /// token cannot reach a log or another service. Unless this is chosen, fields stay and are marked as sensitive.
    pub fn with_credentials_stripped(mut self) -> Self {
        self.0.authenticator_mut().config_mut().strip = true;
        self
    }
}

layer_options!(BearerTokenLayer, BearerAuthenticator);
