//! The layer and its options.

use std::fmt;
use std::time::Duration;

use countersign_core::{Clock, Invalidations, KeyId, NonceStore, SecretStore};
use tower_layer::Layer;

use crate::HmacAuthLayer;
use crate::auth::{Auth, AuthLayer, Or, ProblemRejection, PublicUrl, RejectionResponse};
use crate::cache::CacheConfig;
use crate::hmac::{HmacAuthenticator, MatchRecorder};
use crate::sentry::{SentryMessage, SentryProtocol, SentryRejection, SentryStyle};

/// Lets Sentry's signed messages through. See the [module docs](crate::sentry) for an example.
#[derive(Clone)]
#[must_use = "a layer guards nothing until it is applied"]
pub struct SentrySignatureLayer {
    layer: HmacAuthLayer,
    message: SentryMessage,
    /// `None` where the application has answers of its own.
    style: Option<SentryStyle>,
}

impl SentrySignatureLayer {
    /// Lets messages through that are signed with a secret of `store`. A [`Secret`](crate::Secret) is a store of one: the
    /// global key of a server that knows no other.
    ///
    /// Refusals are answered as Sentry's own server did ([`SentryRejection`]); [`with_style`](Self::with_style) and
    /// [`with_rejection`](Self::with_rejection) take others.
    pub fn new(store: impl SecretStore) -> Self {
        Self::of(SentryMessage::new(), store)
    }

    /// The same, with another key id than `global` for messages that name no key.
    pub fn with_global_key_id(key_id: KeyId, store: impl SecretStore) -> Self {
        Self::of(SentryMessage::with_global_key_id(key_id), store)
    }

    fn of(message: SentryMessage, store: impl SecretStore) -> Self {
        let layer = HmacAuthLayer::new(message.clone(), store);
        Self { layer, message, style: None }.with_style(SentryStyle::Original)
    }

    /// Reads messages by this version's rules, and answers in the original style as that version did;
    /// [`SentryProtocol::Any`] unless told otherwise.
    pub fn with_protocol(self, protocol: SentryProtocol) -> Self {
        let message = self.message.with_protocol(protocol);
        let layer = self.layer.with_scheme(message.clone());
        let answered = Self { layer, message, ..self };
        match answered.style {
            Some(style) => answered.with_style(style),
            None => answered,
        }
    }

    /// Answers refusals as Sentry's own server did, or as every other layer here does; [`SentryStyle::Original`] unless told
    /// otherwise. Of this and [`with_rejection`](Self::with_rejection), the last one called counts.
    pub fn with_style(self, style: SentryStyle) -> Self {
        let layer = match style {
            SentryStyle::Original => self.layer.with_rejection(SentryRejection::of(self.message.protocol())),
            SentryStyle::Modern => self.layer.with_rejection(ProblemRejection::new()),
        };
        Self { layer, style: Some(style), ..self }
    }

    /// Makes the responses to refused requests.
    pub fn with_rejection(self, rejection: impl RejectionResponse) -> Self {
        Self { layer: self.layer.with_rejection(rejection), style: None, ..self }
    }

    /// Asks this layer's authenticator or the `other`'s, whichever kind of credentials a request has; see
    /// [`AuthLayer::or`].
    pub fn or<C: Clone>(self, other: impl Into<AuthLayer<C>>) -> AuthLayer<Or<HmacAuthenticator, C>> {
        self.layer.or(other)
    }

    /// The authenticator, for use without tower.
    #[must_use]
    pub fn authenticator(&self) -> &HmacAuthenticator {
        self.layer.authenticator()
    }
}

/// The options that mean here what they mean for every format.
macro_rules! as_hmac {
    ($($option:ident($($argument:ident: $type:ty),*);)*) => {
        impl SentrySignatureLayer {
            $(
                #[doc = concat!("As [`HmacAuthLayer::", stringify!($option), "`].")]
                pub fn $option(self, $($argument: $type),*) -> Self {
                    Self { layer: self.layer.$option($($argument),*), ..self }
                }
            )*
        }
    };
}

as_hmac! {
    with_optional();
    with_cors_preflights();
    with_body_limit(bytes: usize);
    with_body_timeout(total: Duration);
    with_body_budget(bytes: usize);
    with_store_timeout(timeout: Duration);
    with_leeway(past: Duration, future: Duration);
    with_replay_protection(store: impl NonceStore);
    with_insecure_no_replay_protection();
    with_cache(config: CacheConfig);
    with_invalidations(source: impl Invalidations);
    with_usage(recorder: MatchRecorder);
    with_credentials_stripped();
    with_public_url(url: PublicUrl);
    with_clock(clock: impl Clock);
}

impl<S> Layer<S> for SentrySignatureLayer {
    type Service = Auth<S, HmacAuthenticator>;

    fn layer(&self, inner: S) -> Self::Service {
        self.layer.layer(inner)
    }
}

impl From<SentrySignatureLayer> for AuthLayer<HmacAuthenticator> {
    fn from(layer: SentrySignatureLayer) -> Self {
        layer.layer.into()
    }
}

impl fmt::Debug for SentrySignatureLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentrySignatureLayer")
            .field("layer", &self.layer)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
