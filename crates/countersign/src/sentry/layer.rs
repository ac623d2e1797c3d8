//! The layer and its options.

use std::fmt;
use std::time::Duration;

use countersign_core::{Clock, KeyId, NonceStore, SecretStore};

use crate::HmacAuthLayer;
use crate::auth::{PublicUrl, layer_options};
use crate::hmac::{CacheConfig, HmacAuthenticator};
use crate::sentry::{SentryMessage, SentryRejection};

/// Lets Sentry's signed messages through. See the [module docs](crate::sentry) for an example.
#[derive(Clone)]
#[must_use = "a layer guards nothing until it is applied"]
pub struct SentrySignatureLayer(HmacAuthLayer);

layer_options!(SentrySignatureLayer, HmacAuthenticator);

impl SentrySignatureLayer {
    /// Lets messages through that are signed with a secret of `store`. A [`Secret`](crate::Secret) is a store of one: the
    /// global key of a server that knows no other.
    ///
    /// Refusals are answered as Sentry's own server did ([`SentryRejection`]);
    /// [`with_rejection`](Self::with_rejection) takes another style.
    pub fn new(store: impl SecretStore) -> Self {
        Self::of(SentryMessage::new(), store)
    }

    /// The same, with another key id than `global` for messages that name no key.
    pub fn with_global_key_id(key_id: KeyId, store: impl SecretStore) -> Self {
        Self::of(SentryMessage::with_global_key_id(key_id), store)
    }

    fn of(scheme: SentryMessage, store: impl SecretStore) -> Self {
        Self(HmacAuthLayer::new(scheme, store).with_rejection(SentryRejection::new()))
    }
}

/// The options that mean here what they mean for every format.
macro_rules! as_hmac {
    ($($option:ident($($argument:ident: $type:ty),*);)*) => {
        impl SentrySignatureLayer {
            $(
                #[doc = concat!("As [`HmacAuthLayer::", stringify!($option), "`].")]
                pub fn $option(self, $($argument: $type),*) -> Self {
                    Self(self.0.$option($($argument),*))
                }
            )*
        }
    };
}

as_hmac! {
    with_body_limit(bytes: usize);
    with_body_timeout(total: Duration);
    with_body_budget(bytes: usize);
    with_store_timeout(timeout: Duration);
    with_leeway(past: Duration, future: Duration);
    with_replay_protection(store: impl NonceStore);
    with_insecure_no_replay_protection();
    with_cache(config: CacheConfig);
    with_credentials_stripped();
    with_public_url(url: PublicUrl);
    with_clock(clock: impl Clock);
}

impl fmt::Debug for SentrySignatureLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SentrySignatureLayer").field(&self.0).finish()
    }
}
