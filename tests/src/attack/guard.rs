//! What stands in front: one arm for each scheme.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use countersign::cache::CacheConfig;
use countersign::hmac::schemes::UstudioV2;
use countersign::sentry::SentryStyle;
use countersign::{
    BearerTokenLayer, ChallengeText, HmacAuthLayer, ManualClock, OrganisationLayer, RequireScopeLayer, RequiredScopes,
    SentrySignatureLayer,
};
use http::{Request, Response};
use percent_encoding::percent_decode_str;
use tower::ServiceExt as _;

use super::inner::inner;
use super::store::{FixtureStore, Nonces};
use super::{Counters, Fixtures, Scheme, Settings, Style, oauth};

/// Everything, with the scheme's layer around it.
pub(super) async fn guarded(fixtures: &Fixtures, settings: &Settings, counters: &Counters) -> Result<Router, String> {
    let now = fixtures.now();
    let clock = ManualClock::new(now);
    let store = FixtureStore::new(counters, settings.store_fault);
    let own_or = |secrets| match &settings.key.secret {
        Some(secret) => BTreeMap::from([(settings.key.key_id.clone(), secret.clone())]),
        None => secrets,
    };
    let nonces = || Nonces::new(settings.replay_capacity, settings.replay_fault);
    let cache = (!settings.cache.is_zero())
        .then(|| CacheConfig::new().with_lifetime(settings.cache).with_absent_lifetime(settings.absent_cache))
        .map(|config| config.with_refused_lifetime(settings.absent_cache));
    let inner = inner(settings, counters);
    let guarded = match &settings.scheme {
        _ if settings.insecure_unguarded => inner,
        Scheme::Bearer => {
            let mut layer = BearerTokenLayer::new(store.with_tokens(fixtures)?)
                .with_realm(ChallengeText::from_static("things"))
                .with_store_timeout(settings.store_timeout)
                .with_clock(clock);
            if settings.allow_query {
                layer = layer.with_insecure_query_parameter("access_token");
            }
            if let Some(cache) = cache {
                layer = layer.with_cache(cache);
            }
            gated(inner, settings.insecure_no_gates).layer(layer)
        }
        Scheme::SentryLegacy => {
            let mut layer = SentrySignatureLayer::new(store.with_secrets(own_or(fixtures.table("sentry_keys")?), now))
                .with_body_limit(settings.max_body)
                .with_body_timeout(settings.body_timeout)
                .with_store_timeout(settings.store_timeout)
                .with_leeway(settings.past, settings.future)
                .with_clock(clock);
            if let Some(cache) = cache {
                layer = layer.with_cache(cache);
            }
            if settings.style == Style::Modern {
                layer = layer.with_style(SentryStyle::Modern);
            }
            inner.layer(match settings.replay {
                true => layer.with_replay_protection(nonces()),
                false => layer.with_insecure_no_replay_protection(),
            })
        }
        Scheme::UstudioHmacV2 => {
            let scheme = match settings.insecure_reference_query {
                true => UstudioV2::new().with_insecure_reference_query(),
                false => UstudioV2::new(),
            };
            let mut layer = HmacAuthLayer::new(scheme, store.with_secrets(own_or(fixtures.table("hmac_keys")?), now))
                .with_body_limit(settings.max_body)
                .with_body_timeout(settings.body_timeout)
                .with_store_timeout(settings.store_timeout)
                .with_clock(clock);
            if let Some(cache) = cache {
                layer = layer.with_cache(cache);
            }
            if settings.replay {
                layer = layer.with_replay_protection_for(nonces(), A_DAY);
            }
            inner.layer(layer)
        }
        Scheme::Oauth => oauth::authorizing(inner, settings, clock).await?,
        Scheme::Named(name) => {
            let scheme = settings.key.scheme(name)?;
            let timed = scheme.profile().leeway().is_some();
            let mut layer = HmacAuthLayer::new(scheme, store.with_secrets(settings.key.secrets(name, fixtures)?, now))
                .with_body_limit(settings.max_body)
                .with_body_timeout(settings.body_timeout)
                .with_store_timeout(settings.store_timeout)
                .with_clock(clock);
            if let Some(skew) = settings.skew() {
                layer = layer.with_leeway(skew, skew);
            }
            // Square signs the URL that was registered, whatever stands before it.
            if let (Some(url), false) = (&settings.key.public_url, name == "square") {
                layer = layer.with_public_url(url.parse().map_err(|error| format!("--public-url: {error}"))?);
            }
            if let Some(cache) = cache {
                layer = layer.with_cache(cache);
            }
            inner.layer(match (settings.replay, timed) {
                (true, true) => layer.with_replay_protection(nonces()),
                (true, false) => layer.with_replay_protection_for(nonces(), A_DAY),
                (false, _) => layer.with_insecure_no_replay_protection(),
            })
        }
    };
    Ok(if settings.nested { Router::new().nest("/api", guarded) } else { guarded })
}

/// Wants scope and organisation wherever a path names organisations, however it spells that.
fn gated(inner: Router, insecure_no_gates: bool) -> Router {
    if insecure_no_gates {
        return inner;
    }
    let scope = RequiredScopes::all_of("things:read".parse().expect("written as a scope is"));
    let path = "/orgs/{org}".parse().expect("written as an organisation's path is");
    let gated = inner.clone().layer(RequireScopeLayer::new(scope)).layer(OrganisationLayer::for_path(path));
    Router::new().fallback(choose).with_state((inner, gated))
}

async fn choose(State((open, gated)): State<(Router, Router)>, request: Request<Body>) -> Response<Body> {
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy().to_lowercase();
    let router = if path.split(['/', '\\']).any(|segment| segment == "orgs") { gated } else { open };
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

const A_DAY: Duration = Duration::from_secs(24 * 3600);
