//! What an HMAC layer holds, and how it is asked.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use countersign_core::{Clock, SecretStore, SystemClock};
use http::request::Parts;
use http::{HeaderName, Request};
use http_body::Body;

use crate::auth::{Answer, AuthError, Authenticate, Challenge, PublicUrl, SignedHead, Verdict};
use crate::body::AuthBody;
use crate::hmac::attempt::{Attempt, admit, read_credentials};
use crate::hmac::judge::{Judge, Opened, Proof};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::lookup::KeyCache;
use crate::hmac::reading::{BodyLimits, BodyShape};
use crate::hmac::replay::{Replay, settle};
use crate::hmac::{Coverage, HmacScheme, Leeway, MatchRecorder};

/// Decides whether a request is signed by somebody who has the secret; the inside of
/// [`HmacAuthLayer`](crate::HmacAuthLayer).
#[derive(Clone)]
pub struct HmacAuthenticator {
    pub(super) config: Arc<Config>,
}

#[derive(Clone)]
pub(super) struct Config {
    pub(super) scheme: Arc<dyn HmacScheme>,
    pub(super) store: Arc<dyn SecretStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: BodyLimits,
    pub(super) store_timeout: Duration,
    pub(super) leeway: Leeway,
    pub(super) replay: Replay,
    pub(super) required: Coverage,
    pub(super) required_fields: Vec<HeaderName>,
    pub(super) cache: KeyCache,
    pub(super) streaming: Streaming,
    pub(super) strip: bool,
    pub(super) usage: Option<MatchRecorder>,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) decoy: Arc<PreparedKeys>,
    pub(super) warned: Arc<AtomicBool>,
}

/// Which bodies are handed on while they arrive.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Streaming {
    Off,
    /// Of callers who were proved from the head.
    Proved,
    /// Of anybody.
    Anybody,
}

impl HmacAuthenticator {
    pub(super) fn new(scheme: Arc<dyn HmacScheme>, store: Arc<dyn SecretStore>, replay: Replay) -> Self {
        let profile = scheme.profile();
        let leeway = profile.leeway.unwrap_or(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)));
        let (required, decoy) = (profile.covers, Arc::new(PreparedKeys::decoy(profile)));
        Self {
            config: Arc::new(Config {
                scheme,
                store,
                clock: Arc::new(SystemClock::new()),
                limits: BodyLimits::new(),
                store_timeout: Duration::from_secs(1),
                leeway,
                replay,
                required,
                required_fields: Vec::new(),
                cache: KeyCache::off(),
                streaming: Streaming::Off,
                strip: false,
                usage: None,
                public_url: None,
                decoy,
                warned: Arc::default(),
            }),
        }
    }
}

impl<B> Authenticate<B> for HmacAuthenticator
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Body = AuthBody<B>;

    fn claims(&self, head: &Parts) -> bool {
        let config = &self.config;
        // What cannot even be read is claimed, so that it is refused.
        let parsed = SignedHead::read(head, config.public_url.as_ref()).map(|head| config.scheme.parse(&head));
        !matches!(parsed, Ok(Ok(None)))
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        if let Some(own) = failure.and_then(AuthError::challenges) {
            return own.to_vec();
        }
        let unauthorized = failure.is_none_or(|failure| failure.status() == http::StatusCode::UNAUTHORIZED);
        if unauthorized { vec![Challenge::new(self.config.scheme.profile().challenge)] } else { Vec::new() }
    }

    fn untouched(&self, body: B) -> AuthBody<B> {
        AuthBody::untouched(body)
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<AuthBody<B>> {
        let (parts, body) = request.into_parts();
        let config = &*self.config;
        let now = config.clock.now();
        let read = SignedHead::read(&parts, config.public_url.as_ref());
        let (head, presented) =
            match read.and_then(|head| read_credentials(&*config.scheme, &head).map(|found| (head, found))) {
                Ok(read) => read,
                Err(error) => return error.into(),
            };
        if config.scheme.profile().reads_body {
            let attempt = Attempt::new(self.config.clone(), parts, presented, Coverage::NONE, now);
            return Verdict::Pending(Box::pin(attempt.authenticate_parsed_body(body)));
        }
        let judge = Judge { config, presented: &presented, now };
        let (covered, opened) = match judge.open(&head, BodyShape::of(&body)) {
            Ok(opened) => opened,
            Err(error) => return error.with_key_id(presented.key_id).into(),
        };
        let matched = match opened {
            Opened::Now(Proof::Whole(matched)) => matched,
            opened => {
                let attempt = Attempt::new(self.config.clone(), parts, presented, covered, now);
                return Verdict::Pending(Box::pin(attempt.authenticate_body(body, opened)));
            }
        };
        // No body, and the signature held: decided without waiting, unless the nonce store makes us.
        let body = AuthBody::untouched(body);
        let settled = match judge.claim_nonce(&matched, covered) {
            None => Ok(()),
            Some(Answer::Now(claim)) => settle(claim),
            Some(claim) => {
                let attempt = Attempt::new(self.config.clone(), parts, presented, covered, now);
                return Verdict::Pending(Box::pin(attempt.await_claim(body, matched, claim)));
            }
        };
        match settled {
            Ok(()) => Verdict::Ready(Ok(admit(config, parts, body, presented, matched, covered, now))),
            Err(error) => error.with_key_id(presented.key_id).into(),
        }
    }
}

impl fmt::Debug for HmacAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacAuthenticator")
            .field("scheme", &self.config.scheme.profile().name)
            .field("leeway", &self.config.leeway)
            .field("required", &self.config.required)
            .finish_non_exhaustive()
    }
}
