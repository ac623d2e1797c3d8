//! The layer and its options.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::{Clock, Invalidations, MemoryStore, NonceStore, SecretStore};
use http::HeaderName;

use crate::auth::{AuthLayer, PublicUrl, layer_options};
use crate::body::Budget;
use crate::cache::CacheConfig;
use crate::hmac::authenticator::{Config, Streaming};
use crate::hmac::replay::Replay;
use crate::hmac::{Coverage, HmacAuthenticator, HmacScheme, Leeway, MatchRecorder};

/// Lets requests through when their HMAC signature verifies. See the [module docs](crate::hmac) for an example.
#[derive(Clone)]
#[must_use = "a layer guards nothing until it is applied"]
pub struct HmacAuthLayer(AuthLayer<HmacAuthenticator>);

layer_options!(HmacAuthLayer, HmacAuthenticator);

impl HmacAuthLayer {
    /// Lets requests through that are signed in the format of `scheme` with a secret of `store`. A
    /// [`Secret`](crate::Secret) is a store of one.
    pub fn new(scheme: impl HmacScheme, store: impl SecretStore) -> Self {
        let replay = match scheme.profile().leeway() {
            Some(_) => Replay::On { store: Arc::new(MemoryStore::new()), remember: None },
            None => Replay::Off,
        };
        Self(AuthLayer::new(HmacAuthenticator::new(Arc::new(scheme), Arc::new(store), replay)))
    }

    /// The longest body that is read, in bytes; 2 MiB unless told otherwise. A longer one is refused with 413, before any
    /// of it is read where it declares its length.
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.with(|config| config.limits.limit = bytes)
    }

    /// How long a whole body may take to arrive; 30 seconds unless told otherwise. A slower one is refused with 408.
    pub fn with_body_timeout(self, total: Duration) -> Self {
        self.with(|config| config.limits.timeout = total)
    }

    /// How many bytes of bodies this layer and its clones hold at once; 256 MiB unless told otherwise. A body counts from
    /// when it arrives until the inner service has read or dropped it; each of its frames counts 32 bytes more than it has.
    /// What does not fit is refused with 503.
    pub fn with_body_budget(self, bytes: usize) -> Self {
        self.with(|config| config.limits.budget = Arc::new(Budget::new(bytes)))
    }

    /// Hands bodies on while they arrive, of any length, where the signature covers a digest of the body: RFC 9421 with
    /// `Content-Digest`, Hawk, SigV4, Kong. Off by default.
    ///
    /// The caller is proved, and the nonce claimed, before the inner service is called. The body is held against its
    /// digest as it passes; its last frame comes out only when all of it was what was signed, and a
    /// [`BodyError`](crate::body::BodyError) instead of it when not. **Until the end of the body, a handler must do nothing that
    /// it cannot take back**: write to a temporary place, and commit at the end. Limit, timeout and budget of bodies do not
    /// apply to a body that streams; a format whose MAC is over the body itself is buffered as ever.
    pub fn with_streaming_body(self) -> Self {
        self.with(|config| config.streaming = Streaming::Proved)
    }

    /// Hands bodies on while they arrive, of formats whose MAC is over the body itself too: **before anybody knows who sent
    /// them.** What is covered by a digest streams as [`with_streaming_body`](Self::with_streaming_body) has it. Off by default.
    ///
    /// Anybody reaches the inner service, with any bytes, an unknown key and a wrong signature too. Such a request is marked
    /// [`Unproved`](crate::auth::Unproved): it has no [`Authenticated`](crate::Authenticated), and no gate and no other
    /// extractor lets it through. Only when all of the body came, the signature held and its nonce was fresh do the last
    /// bytes come out, and does [`Unproved::proved`](crate::auth::Unproved::proved) say who it was; otherwise a
    /// [`BodyError`](crate::body::BodyError) comes instead of them. **A handler must do nothing that it cannot take back
    /// until then**, and must read to the end: a body that nobody ends proves nothing.
    ///
    /// Limit and timeout of bodies hold, since they are strangers': raise both for long uploads. Formats that need the whole
    /// body first (sorted forms, credentials in the body) are buffered as ever.
    pub fn with_insecure_streaming_body(self) -> Self {
        self.with(|config| config.streaming = Streaming::Anybody)
    }

    /// How long a store may take to answer; 1 second unless told otherwise. A slower one is a 503.
    pub fn with_store_timeout(self, timeout: Duration) -> Self {
        self.with(|config| config.store_timeout = timeout)
    }

    /// How old a signature may be, and how far ahead of our clock; both limits included. The scheme's own unless told
    /// otherwise; without meaning for formats whose signatures carry no time.
    pub fn with_leeway(self, past: Duration, future: Duration) -> Self {
        self.with(|config| config.leeway = Leeway::new(past, future))
    }

    /// Remembers which requests were seen in `store`, for as long as their signatures are fresh.
    ///
    /// On by default for formats with time, in the memory of this process: with several processes behind one address, give
    /// them a store they share.
    ///
    /// # Panics
    /// When the format has no time: nobody could say for how long to remember. Use
    /// [`with_replay_protection_for`](Self::with_replay_protection_for) then.
    pub fn with_replay_protection(self, store: impl NonceStore) -> Self {
        let has_time = self.0.authenticator().config.scheme.profile().leeway().is_some();
        assert!(has_time, "this format has no time: say how long to remember, with_replay_protection_for");
        self.with(|config| config.replay = Replay::On { store: Arc::new(store), remember: None })
    }

    /// Remembers which requests were seen in `store`, each for `remember`. After that, a request of a format without time
    /// can be replayed.
    pub fn with_replay_protection_for(self, store: impl NonceStore, remember: Duration) -> Self {
        self.with(|config| config.replay = Replay::On { store: Arc::new(store), remember: Some(remember) })
    }

    /// Accepts the same request again and again, as long as its signature is fresh.
    pub fn with_insecure_no_replay_protection(self) -> Self {
        self.with(|config| config.replay = Replay::Off)
    }

    /// What a signature must cover; the scheme's secure set unless told otherwise. What covers less is refused, and a
    /// format that never covers it refuses everything.
    pub fn with_required_components(self, required: Coverage) -> Self {
        self.with(|config| config.required = required)
    }

    /// Wants this header field covered too, beside the required components, of formats whose requests name the fields that
    /// they cover: RFC 9421, Draft-Cavage, SigV4, Kong, APISIX, Contentful. Each call adds one.
    ///
    /// A request that does not name it is refused, be it that the field is not there: otherwise whoever is in the middle could
    /// take it off. A format that names no fields refuses everything.
    pub fn with_required_field(self, name: HeaderName) -> Self {
        self.with(|config| config.required_fields.push(name))
    }

    /// Accepts what the format's reference implementation accepts: signatures that cover as little as their sender chose,
    /// and times ahead of ours where the reference does not look. Whoever is in the middle may change what is not covered.
    pub fn with_insecure_reference_policy(self) -> Self {
        self.with(|config| {
            config.required = Coverage::NONE;
            config.leeway = config.scheme.profile().reference_leeway.unwrap_or(config.leeway);
        })
    }

    /// Keeps keys ready for a while instead of asking the store each time; off by default. A retired secret verifies until
    /// its entry's time is over, unless [invalidations](Self::with_invalidations) arrive. See [`cache`](crate::cache).
    pub fn with_cache(self, config: CacheConfig) -> Self {
        self.with(|own| own.cache.configure(config))
    }

    /// Learns from `source`, the store itself mostly, when a key has changed, and uses the
    /// [cache](Self::with_cache) only while it can. Without a cache this does nothing.
    pub fn with_invalidations(self, source: impl Invalidations) -> Self {
        self.with(|own| own.cache.subscribe(source))
    }

    /// Records when each version of a secret last matched, so that one which is still in use is not retired.
    /// [`MatchRecorder::flush`] on shutdown.
    pub fn with_usage(self, recorder: MatchRecorder) -> Self {
        self.with(|config| config.usage = Some(recorder))
    }

    /// Takes the credentials out of the request before the inner service sees it. They are marked sensitive in any case.
    pub fn with_credentials_stripped(self) -> Self {
        self.with(|config| config.strip = true)
    }

    /// The URL under which callers know the service, where a proxy changes scheme, host or path.
    pub fn with_public_url(self, url: PublicUrl) -> Self {
        self.with(|config| config.public_url = Some(url))
    }

    /// Tells the time by another clock than the machine's.
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.with(|config| config.clock = Arc::new(clock))
    }

    /// Reads requests of another scheme, of the same algorithms and the same leeway.
    #[cfg(feature = "sentry")]
    pub(crate) fn with_scheme(self, scheme: impl HmacScheme) -> Self {
        self.with(|config| {
            config.required = scheme.profile().covers;
            config.scheme = Arc::new(scheme);
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.0.authenticator_mut().config));
        self
    }
}

impl fmt::Debug for HmacAuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HmacAuthLayer").field(&self.0).finish()
    }
}
