//! The layer and its options.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use countersign_core::{Clock, Invalidations, KeyId, NonceStore, SecretStore};
use tower_layer::Layer;

use crate::HmacAuthLayer;
use crate::auth::{Auth, AuthLayer, Or, ProblemRejection, PublicUrl, RejectionResponse};
use crate::cache::CacheConfig;
use crate::hmac::{HmacAuthenticator, MatchRecorder};
use crate::sentry::legacy_form::LegacyForms;
use crate::sentry::{SentryAuthenticator, SentryMessage, SentryProtocol, SentryRejection, SentryStyle};

/// Lets Sentry's signed messages through. See the [module docs](crate::sentry) for an example.
#[derive(Clone)]
#[must_use = "a layer guards nothing until it is applied"]
pub struct SentrySignatureLayer {
    signed: HmacAuthLayer,
    message: SentryMessage,
    legacy_forms: bool,
    /// `None` where the application has answers of its own.
    style: Option<SentryStyle>,
    /// Everything together; made when it is first asked for.
    whole: OnceLock<AuthLayer<SentryAuthenticator>>,
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
        let signed = HmacAuthLayer::new(message.clone(), store);
        Self { signed, message, legacy_forms: false, style: None, whole: OnceLock::new() }
            .with_style(SentryStyle::Original)
    }

    /// Reads messages by this version's rules, and answers in the original style as that version did;
    /// [`SentryProtocol::Any`] unless told otherwise.
    pub fn with_protocol(self, protocol: SentryProtocol) -> Self {
        let message = self.message.clone().with_protocol(protocol);
        let told = Self { message: message.clone(), ..self }.signed(|layer| layer.with_scheme(message));
        match told.style {
            Some(style) => told.with_style(style),
            None => told,
        }
    }

    /// Answers refusals as Sentry's own server did, or as every other layer here does; [`SentryStyle::Original`] unless told
    /// otherwise. Of this and [`with_rejection`](Self::with_rejection), the last one called counts.
    pub fn with_style(self, style: SentryStyle) -> Self {
        let protocol = self.message.protocol();
        let answered = self.signed(|layer| match style {
            SentryStyle::Original => layer.with_rejection(SentryRejection::of(protocol)),
            SentryStyle::Modern => layer.with_rejection(ProblemRejection::new()),
        });
        Self { style: Some(style), ..answered }
    }

    /// Makes the responses to refused requests.
    pub fn with_rejection(self, rejection: impl RejectionResponse) -> Self {
        Self { style: None, ..self.signed(|layer| layer.with_rejection(rejection)) }
    }

    /// Lets the older form in too, which 1.x knew beside signed messages: a form (`application/x-www-form-urlencoded`) with the
    /// secret itself as its `key`, `format=json`, and the event as `data`. Off by default.
    ///
    /// Whoever sees such a message has the secret, nothing of it is signed, and it passes as often as it is sent: over TLS
    /// alone, and for clients that cannot sign. It has to be a `POST` with neither `Authorization` nor `X-Sentry-Auth`, each
    /// field once and 32 of them at most. The key is that of messages which name none, compared in constant time with each
    /// of its live secrets. **A pickle (`format=pickle`, or no `format`) is refused by its name.** Limit, deadline and budget of
    /// bodies hold as for others. By the rules of [`SentryProtocol::V1_7`] `data` and `format` are judged before the key, by
    /// those of every other version after it.
    ///
    /// The handler gets the form, its [`Authenticated`](crate::Authenticated) covers nothing, and
    /// [`SentryEvent`](crate::sentry::SentryEvent) opens its `data`;
    /// [`with_credentials_stripped`](Self::with_credentials_stripped) takes `key` out of it. The first one is a warning in
    /// the log on the target `countersign::deprecation`, all others are there at DEBUG. What is wrong with one is in
    /// [`LegacyFormError`](crate::sentry::LegacyFormError).
    pub fn with_insecure_legacy_form_key(self) -> Self {
        Self { legacy_forms: true, whole: OnceLock::new(), ..self }
    }

    /// Asks this layer's authenticator or the `other`'s, whichever kind of credentials a request has; see
    /// [`AuthLayer::or`].
    pub fn or<C: Clone>(self, other: impl Into<AuthLayer<C>>) -> AuthLayer<Or<SentryAuthenticator, C>> {
        AuthLayer::from(self).or(other)
    }

    /// The authenticator, for use without tower.
    #[must_use]
    pub fn authenticator(&self) -> &SentryAuthenticator {
        self.whole().authenticator()
    }

    fn signed(self, change: impl FnOnce(HmacAuthLayer) -> HmacAuthLayer) -> Self {
        Self { signed: change(self.signed), whole: OnceLock::new(), ..self }
    }

    fn whole(&self) -> &AuthLayer<SentryAuthenticator> {
        self.whole.get_or_init(|| {
            let forms = self.legacy_forms.then(|| LegacyForms {
                protocol: self.message.protocol(),
                key_id: self.message.global_key_id().clone(),
                reported: Arc::default(),
            });
            AuthLayer::<HmacAuthenticator>::from(self.signed.clone())
                .map(|signed| SentryAuthenticator::new(signed, forms))
        })
    }
}

/// The options that mean here what they mean for every format.
macro_rules! as_hmac {
    ($($option:ident($($argument:ident: $type:ty),*);)*) => {
        impl SentrySignatureLayer {
            $(
                #[doc = concat!("As [`HmacAuthLayer::", stringify!($option), "`].")]
                pub fn $option(self, $($argument: $type),*) -> Self {
                    self.signed(|layer| layer.$option($($argument),*))
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
    type Service = Auth<S, SentryAuthenticator>;

    fn layer(&self, inner: S) -> Self::Service {
        self.whole().layer(inner)
    }
}

impl From<SentrySignatureLayer> for AuthLayer<SentryAuthenticator> {
    fn from(layer: SentrySignatureLayer) -> Self {
        layer.whole().clone()
    }
}

impl fmt::Debug for SentrySignatureLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentrySignatureLayer")
            .field("signed", &self.signed)
            .field("message", &self.message)
            .field("legacy_forms", &self.legacy_forms)
            .finish_non_exhaustive()
    }
}
