//! Signing as a layer, and its options.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use countersign_core::{Clock, KeyId, Secret, SystemClock};
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use tower_layer::Layer;

use crate::hmac::{BodyLimits, Coverage, HmacScheme, ToldTime, is_mac_of};
use crate::sign::clock::ServerClock;
use crate::sign::{Sign, SignError, sign_request};

/// Signs what a client sends. See the [module docs](crate::sign) for an example and the order of layers.
///
/// A format that signs the body needs all of it before the head is sent: it is read, within a limit, and sent as it came. A
/// format that does not lets the body stream.
#[derive(Clone)]
#[must_use = "a layer signs nothing until it is applied"]
pub struct SignLayer(Signer);

/// What signs; shared by a layer and all services made by it.
#[derive(Clone)]
pub(super) struct Signer {
    scheme: Arc<dyn HmacScheme>,
    key_id: KeyId,
    secret: Secret,
    clock: Arc<dyn Clock>,
    pub(super) limits: BodyLimits,
    pub(super) server_clock: Option<Arc<ServerClock>>,
}

impl SignLayer {
    /// Signs in the format of `scheme` with this key.
    pub fn new(scheme: impl HmacScheme, key_id: KeyId, secret: Secret) -> Self {
        Self(Signer {
            scheme: Arc::new(scheme),
            key_id,
            secret,
            clock: Arc::new(SystemClock::new()),
            limits: BodyLimits { timeout: FOR_EVER, ..BodyLimits::new() },
            server_clock: None,
        })
    }

    /// The longest body that is read to be signed, in bytes; 2 MiB unless told otherwise. A longer one is an error, before
    /// anything is sent.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.0.limits.limit = bytes;
        self
    }

    /// Tells the time by another clock than the machine's.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.0.clock = Arc::new(clock);
        self
    }

    /// Learns the server's time when it refuses a request, and tries that request once more.
    ///
    /// When a 401 or 403 has a `Date` (RFC 9110 §6.6.1) that differs from our time by more than the format's leeway, and by
    /// 15 minutes at most, requests are signed with the server's time from then on. Only over `https`, since whoever can
    /// change the answer could otherwise have requests signed for a time to come. Formats without time have nothing to
    /// learn.
    ///
    /// Hawk's servers prove the time that they tell with the client's own secret (`tsm`). There, nothing else is believed, and
    /// no limit and no `https` is needed.
    pub fn with_clock_learning(mut self) -> Self {
        self.0.server_clock = Some(Arc::default());
        self
    }
}

impl Signer {
    /// Signs a request whose body is these bytes.
    pub(super) fn sign(&self, head: &mut Parts, body: &[u8]) -> Result<(), SignError> {
        sign_request(head, body, &*self.scheme, &self.key_id, &self.secret, self.now())
    }

    /// Whether the format says something of the body.
    pub(super) fn covers_body(&self) -> bool {
        self.scheme.profile().covers().contains(Coverage::BODY)
    }

    fn own_time(&self) -> SystemTime {
        self.clock.now()
    }

    /// Learns the time from a refusal, as far as it can be believed; whether it makes sense to sign once more.
    pub(super) fn learn(&self, target: &Uri, status: StatusCode, refusal: &HeaderMap) -> bool {
        let (profile, own) = (self.scheme.profile(), self.own_time());
        let (Some(clock), Some(leeway)) = (&self.server_clock, profile.leeway) else { return false };
        if !profile.staleness_last {
            return clock.learn(own, leeway.past.min(leeway.future), target, status, refusal);
        }
        let told = self.scheme.told_time(refusal).filter(|_| status == StatusCode::UNAUTHORIZED);
        let proved = |told: &ToldTime| is_mac_of(&*self.scheme, &self.secret, &told.base, &told.proof).unwrap_or(false);
        told.filter(proved).map(|told| clock.set(own, told.time)).is_some()
    }

    fn now(&self) -> SystemTime {
        let own = self.own_time();
        self.server_clock.as_ref().map_or(own, |clock| clock.adjust(own))
    }
}

impl<S> Layer<S> for SignLayer {
    type Service = Sign<S>;

    fn layer(&self, inner: S) -> Sign<S> {
        Sign::new(inner, self.0.clone())
    }
}

impl fmt::Debug for SignLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignLayer")
            .field("scheme", &self.0.scheme.profile().name())
            .field("key_id", &self.0.key_id)
            .finish_non_exhaustive()
    }
}

/// The body is the client's own: how long it takes is the client's business.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);
