//! What an HMAC layer holds, and how it is asked.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign_core::{Clock, SecretStore, SystemClock};
use http::request::Parts;
use http::{HeaderName, Request};
use http_body::Body;

use crate::auth::{Answer, AtOnce, AuthError, Authenticate, Challenge, KeyFacts, PublicUrl, SignedHead, Verdict};
use crate::body::AuthBody;
use crate::hmac::attempt::{Attempt, admit, conceal, introduce, judge_credentials, read_credentials};
use crate::hmac::judge::{Judge, Opened, Proof};
use crate::hmac::keys::PreparedKeys;
use crate::hmac::lookup::KeyCache;
use crate::hmac::reading::{BodyLimits, BodyShape};
use crate::hmac::replay::{Replay, settle};
use crate::hmac::verifier::Verifier;
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

    // What has no body and a key that is kept ready, unless somebody has to be asked for the nonce.
    #[inline]
    fn decide_at_once(&self, request: &mut Request<B>) -> AtOnce {
        let config = &*self.config;
        if !request.body().is_end_stream() || config.replay.is_on() {
            return AtOnce::Undecided;
        }
        match self.judge_in_place(request) {
            None => AtOnce::Undecided,
            Some(Err(error)) => AtOnce::Refused(error),
            Some(Ok(Caller { key, covered, now })) => {
                conceal(config, request.headers_mut());
                introduce(config, request.extensions_mut(), key, covered, now, None);
                AtOnce::Admitted
            }
        }
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<AuthBody<B>> {
        let (parts, body) = request.into_parts();
        let config = &*self.config;
        let now = config.clock.now();
        let head = match SignedHead::read(&parts, config.public_url.as_ref()) {
            Ok(head) => head,
            Err(error) => return error.into(),
        };
        let presented = match read_credentials(&*config.scheme, &head) {
            Ok(presented) => presented,
            Err(error) => return error.into(),
        };
        if config.scheme.profile().reads_body {
            let attempt = Attempt::new(self.config.clone(), parts, presented, Coverage::NONE, now);
            return Verdict::Pending(Box::pin(attempt.authenticate_parsed_body(body)));
        }
        let judge = Judge { config, presented: &presented, now };
        let mut verifier = Verifier::default();
        let (covered, opened) = match judge.open(&head, BodyShape::of(&body), &mut verifier) {
            Ok(opened) => opened,
            Err(error) => return error.with_key_id(presented.key_id).into(),
        };
        let (body, matched) = match opened {
            Opened::Now(Proof::Whole(matched)) => (AuthBody::untouched(body), matched),
            Opened::Now(Proof::Begun(keys)) if config.streaming == Streaming::Off && !verifier.is_head_only() => {
                let mut reading = config.limits.begin(body, keys.known || verifier.wants_whole_body());
                let mut context = Context::from_waker(Waker::noop());
                match reading.poll(&mut context, |bytes| verifier.feed_body(bytes)) {
                    Poll::Ready(read) => {
                        let chunks = reading.into_chunks();
                        match read.and_then(|()| judge.judge_read(&mut verifier, &keys, &chunks)) {
                            Ok(matched) => (AuthBody::buffered(chunks), matched),
                            Err(error) => return error.with_key_id(presented.key_id).into(),
                        }
                    }
                    Poll::Pending => {
                        let attempt = Attempt::new(self.config.clone(), parts, presented, covered, now);
                        return Verdict::Pending(Box::pin(attempt.authenticate_rest(reading, verifier, keys)));
                    }
                }
            }
            opened => {
                let attempt = Attempt::new(self.config.clone(), parts, presented, covered, now);
                return Verdict::Pending(Box::pin(attempt.authenticate_body(body, opened, verifier)));
            }
        };
        // The signature held: decided without waiting, unless the nonce store makes us.
        let settled = match judge.claim_nonce(&matched, covered) {
            None => Ok(()),
            Some(Answer::Now(claim)) => settle(claim),
            Some(claim) => {
                let attempt = Attempt::new(self.config.clone(), parts, presented, covered, now);
                return Verdict::Pending(Box::pin(attempt.await_claim(body, matched, claim)));
            }
        };
        match settled {
            Ok(()) => Verdict::Ready(Ok(admit(config, parts, body, &presented, matched, covered, now))),
            Err(error) => error.with_key_id(presented.key_id).into(),
        }
    }
}

/// Whose signature held.
struct Caller {
    key: Arc<KeyFacts>,
    covered: Coverage,
    now: SystemTime,
}

impl HmacAuthenticator {
    /// Judges a request without a body by what is at hand: whose it is, and what was covered. `None` where something has to be
    /// waited for, or there is more to be said.
    #[inline]
    fn judge_in_place(&self, request: &Request<impl Body>) -> Option<Result<Caller, AuthError>> {
        let config = &*self.config;
        let profile = config.scheme.profile();
        if profile.reads_body || profile.signs_responses || config.cache.engine().is_none() {
            return None;
        }
        let now = config.clock.now();
        let head = SignedHead::of(request, config.public_url.as_ref()).ok()?;
        judge_credentials(profile, &head).ok()?;
        let Ok(Some(presented)) = &config.scheme.parse(&head) else { return None };
        let judge = Judge { config, presented, now };
        let keys = judge.find_kept_keys()?;
        Some(match judge.judge_without_body(&head, BodyShape::of(request.body()), &keys) {
            Ok((covered, matched)) => Ok(Caller { key: matched.key, covered, now }),
            Err(error) => Err(error.with_key_id(presented.key_id.clone())),
        })
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
