//! The bearer authenticator as a layer, and its options.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Clock, TokenStore};

use super::BearerAuthenticator;
use crate::auth::{AuthLayer, ChallengeText, is_token, layer_options};
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
    pub fn with_scheme_word(mut self, word: &'static str) -> Self {
        assert!(is_token(word), "an auth-scheme is a token");
        self.0.authenticator_mut().config_mut().scheme_word = word;
        self
    }

    /// Wants these scopes of every token, instead of those that were wanted before. For routes that differ in what they
    /// want, put a [`RequireScopeLayer`](crate::gate::RequireScopeLayer) around each.
    pub fn with_scopes(mut self, scopes: RequiredScopes) -> Self {
        self.0.authenticator_mut().config_mut().scopes = Some(scopes);
        self
    }

    /// Takes the `Authorization` field off requests that are let through, so that the token cannot reach a log or
    /// another service. Unless this is chosen, the field stays and is marked as sensitive.
    pub fn with_credentials_stripped(mut self) -> Self {
        self.0.authenticator_mut().config_mut().strip = true;
        self
    }
}

layer_options!(BearerTokenLayer, BearerAuthenticator);
