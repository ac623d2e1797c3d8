//! What can be set, and what of it each scheme can honour.

use std::str::FromStr;
use std::time::Duration;

use countersign::hmac::schemes::{has_key_id, names};
use countersign_oauth::RedirectUri;

use super::{Fixtures, Key};

/// What guards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Scheme {
    /// Opaque tokens; `/orgs/{org}/…` wants the scope `things:read` and a token of that organisation.
    Bearer,
    /// Sentry's signed messages.
    SentryLegacy,
    /// `USTUDIO-HMAC-V2`.
    UstudioHmacV2,
    /// An authorization server, and what its tokens reach.
    Oauth,
    /// A signature format by its name.
    Named(String),
}

impl FromStr for Scheme {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "bearer" => Ok(Self::Bearer),
            "sentry-legacy" => Ok(Self::SentryLegacy),
            "ustudio-hmac-v2" => Ok(Self::UstudioHmacV2),
            "oauth" => Ok(Self::Oauth),
            name if has_key_id(name).is_some() => Ok(Self::Named(name.to_ascii_lowercase())),
            _ => Err(format!("there are: bearer, ustudio-hmac-v2, oauth, {}", names().collect::<Vec<_>>().join(", "))),
        }
    }
}

/// What a store does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Fault {
    Error,
    /// Fails at the first question only.
    ErrorFirst,
    /// Answers the first question only.
    ErrorLater,
    /// Answers every other question.
    Flap,
    Hang,
    Panic,
    Slow,
}

/// Whose answers the refused get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "for tests")]
pub enum Style {
    Modern,
    Original,
}

/// How the server is set up.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, clippy::struct_excessive_bools, reason = "for tests")]
pub struct Settings {
    pub scheme: Scheme,
    pub key: Key,
    pub max_body: usize,
    pub body_timeout: Duration,
    pub store_timeout: Duration,
    pub future: Duration,
    pub past: Duration,
    pub cache: Duration,
    pub absent_cache: Duration,
    pub replay: bool,
    pub replay_capacity: Option<usize>,
    pub replay_fault: Option<Fault>,
    pub store_fault: Option<Fault>,
    pub nested: bool,
    pub inflate: bool,
    pub style: Style,
    pub allow_query: bool,
    /// Registered beside the one that the corpus knows.
    pub redirect_uri: Option<RedirectUri>,
    pub insecure_reference_query: bool,
    pub insecure_no_gates: bool,
    pub insecure_unguarded: bool,
    /// Whether its signatures carry a time.
    timed: bool,
    /// Past and future as the file has them.
    file_leeway: (Duration, Duration),
}

impl Settings {
    /// The scheme's own defaults, and then the file's.
    pub fn new(scheme: Scheme, key: Key, fixtures: &Fixtures) -> Result<Self, String> {
        let sentry = scheme == Scheme::SentryLegacy;
        let timed = match &scheme {
            Scheme::Bearer | Scheme::UstudioHmacV2 | Scheme::Oauth => false,
            Scheme::SentryLegacy => true,
            Scheme::Named(name) => key.scheme(name)?.profile().leeway().is_some(),
        };
        let mut settings = Self {
            scheme,
            key,
            timed,
            max_body: 0,
            body_timeout: Duration::ZERO,
            store_timeout: Duration::ZERO,
            future: Duration::ZERO,
            past: Duration::ZERO,
            cache: Duration::ZERO,
            absent_cache: Duration::ZERO,
            replay: timed,
            replay_capacity: None,
            replay_fault: None,
            store_fault: None,
            nested: false,
            inflate: false,
            style: if sentry { Style::Original } else { Style::Modern },
            allow_query: false,
            redirect_uri: None,
            insecure_reference_query: false,
            insecure_no_gates: false,
            insecure_unguarded: false,
            file_leeway: (Duration::ZERO, Duration::ZERO),
        };
        for key in ["max_body", "body_timeout_ms", "store_timeout_ms"] {
            if !fixtures.config_default().contains_key(key) {
                return Err(format!("`config_default` has no `{key}`"));
            }
        }
        for (key, value) in fixtures.config_default() {
            settings.set(key, &value.to_string()).map_err(|error| format!("config_default: {error}"))?;
        }
        settings.file_leeway = (settings.past, settings.future);
        Ok(settings)
    }

    /// Sets one key.
    ///
    /// # Errors
    /// When there is no such key, or its value cannot be honoured.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let value = value.split(',').next().unwrap_or_default();
        let value = value.split("->").next().unwrap_or_default().trim().trim_matches('"');
        let applied = match key {
            "max_body" => number(value).map(|bytes| self.max_body = bytes),
            "body_timeout_ms" => millis(value).map(|timeout| self.body_timeout = timeout),
            "store_timeout_ms" => millis(value).map(|timeout| self.store_timeout = timeout),
            "skew_s" => seconds(value).map(|future| self.future = future),
            "sentry_max_age_s" => seconds(value).map(|past| self.past = past),
            "cache_ttl_s" => seconds(value).map(|cache| self.cache = cache),
            "neg_ttl_s" => seconds(value).map(|cache| self.absent_cache = cache),
            "replay" => flag(value, "on", "off").map(|on| self.replay = on),
            "replay_capacity" => number(value).map(|capacity| self.replay_capacity = Some(capacity)),
            "replay_fault" => fault(value).map(|fault| self.replay_fault = Some(fault)),
            "store_fault" => fault(value).map(|fault| self.store_fault = Some(fault)),
            "mount" => flag(value, "axum nest /api", "root").map(|nested| self.nested = nested),
            "decompression_inside" => flag(value, "true", "false").map(|on| self.inflate = on),
            "style" => flag(value, "original", "modern")
                .map(|original| self.style = if original { Style::Original } else { Style::Modern }),
            "allow_query" => flag(value, "true", "false").map(|on| self.allow_query = on),
            "redirect_uri" => {
                value.parse().map(|uri| self.redirect_uri = Some(uri)).map_err(|_| "a redirect URI".to_owned())
            }
            "insecure_reference_query" => flag(value, "true", "false").map(|on| self.insecure_reference_query = on),
            "insecure_no_gates" => flag(value, "true", "false").map(|on| self.insecure_no_gates = on),
            "insecure_unguarded" => flag(value, "true", "false").map(|on| self.insecure_unguarded = on),
            "max_authorization_bytes" => fixed(value, "8192"),
            "max_key_id_bytes" => fixed(value, "256"),
            "retry_after_s" => fixed(value, "1"),
            _ => return Err(format!("there is no key `{key}`; see --help")),
        };
        applied.map_err(|expected| format!("`{key}` cannot be `{value}`: it is {expected}"))
    }

    /// How far off the time of signatures may be either way, where that was set.
    pub fn skew(&self) -> Option<Duration> {
        (self.timed && self.future != self.file_leeway.1).then_some(self.future)
    }

    /// Whether all of it together can be honoured.
    pub fn judge(&self) -> Result<(), String> {
        let is = |scheme| self.scheme == scheme;
        let (past, future) = self.file_leeway;
        let tokens = is(Scheme::Bearer) || is(Scheme::Oauth);
        let own_secret = self.key.secret.is_some();
        let refusals = [
            (!self.timed && self.future != future, "skew_s: nothing is timed by it"),
            (!is(Scheme::SentryLegacy) && self.past != past, "sentry_max_age_s: nothing is timed by it"),
            (is(Scheme::Bearer) && own_secret, "--secret: tokens are the fixtures'"),
            (is(Scheme::Oauth) && own_secret, "--secret: clients have none"),
            (is(Scheme::Oauth) && self.nested, "mount: an authorization server is at the root of its origin"),
            (is(Scheme::Oauth) && self.store_fault.is_some(), "store_fault: its store is whole"),
            (is(Scheme::Oauth) && !self.cache.is_zero(), "cache_ttl_s: it keeps nothing"),
            (!is(Scheme::Oauth) && self.redirect_uri.is_some(), "redirect_uri: nobody is redirected"),
            (!is(Scheme::Bearer) && self.allow_query, "allow_query: there are no tokens"),
            (tokens && self.replay, "replay=on: a token may be used again and again"),
            (!self.absent_cache.is_zero() && self.cache.is_zero(), "neg_ttl_s without cache_ttl_s"),
            (!self.replay && self.replay_capacity.is_some(), "replay_capacity without replay=on"),
            (!self.replay && self.replay_fault.is_some(), "replay_fault without replay=on"),
            (!is(Scheme::SentryLegacy) && self.style == Style::Original, "style=original: there is one style only"),
            (!is(Scheme::UstudioHmacV2) && self.insecure_reference_query, "insecure_reference_query: another scheme's"),
            (!is(Scheme::Bearer) && self.insecure_no_gates, "insecure_no_gates: there are no gates"),
        ];
        match refusals.iter().find(|(refused, _)| *refused) {
            Some((_, what)) => Err(format!("cannot be honoured with this scheme: {what}")),
            None => Ok(()),
        }
    }
}

/// What is the matter is said as what would have been right.
type Applied<T> = Result<T, String>;

fn number(value: &str) -> Applied<usize> {
    value.parse().map_err(|_| "a number".to_owned())
}

fn seconds(value: &str) -> Applied<Duration> {
    value.parse().map(Duration::from_secs).map_err(|_| "a number of seconds".to_owned())
}

fn millis(value: &str) -> Applied<Duration> {
    value.parse().map(Duration::from_millis).map_err(|_| "a number of milliseconds".to_owned())
}

fn flag(value: &str, on: &str, off: &str) -> Applied<bool> {
    if value == on || value == off { Ok(value == on) } else { Err(format!("`{on}` or `{off}`")) }
}

fn fixed(value: &str, only: &str) -> Applied<()> {
    if value == only { Ok(()) } else { Err(format!("`{only}`, and cannot be changed")) }
}

fn fault(value: &str) -> Applied<Fault> {
    match value {
        "error" => Ok(Fault::Error),
        "error-first" => Ok(Fault::ErrorFirst),
        "error-later" => Ok(Fault::ErrorLater),
        "flap" => Ok(Fault::Flap),
        "hang" => Ok(Fault::Hang),
        "panic" => Ok(Fault::Panic),
        "slow" => Ok(Fault::Slow),
        _ => Err("`error`, `error-first`, `error-later`, `flap`, `slow`, `hang` or `panic`".to_owned()),
    }
}
