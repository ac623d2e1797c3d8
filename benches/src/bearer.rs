//! A bearer token that is known, among a thousand.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::middleware::from_fn_with_state;
use countersign::bearer::UsageRecorder;
use countersign::cache::CacheConfig;
use countersign::{BearerTokenLayer, MemoryStore, RequiredScopes, Scope, TokenInfo};
use http::{HeaderValue, header};
use tower::{Layer as _, service_fn};
use tower_http::auth::AsyncRequireAuthorizationLayer;

use crate::case::{Case, Group, Of, Row};
use crate::peers::bearer::{TokenAuth, User, UserId, require_token};
use crate::service::handle;
use crate::template::Template;

const TOWER_HTTP: &str = "tower-http example, UserId(String)";

/// The request.
#[must_use]
pub fn case() -> Case {
    Case::new("bearer, GET", false, group)
}

fn group() -> Group {
    let mut template = Template::get("/v1/orders/7");
    let credentials = HeaderValue::try_from(format!("Bearer {}", token(7))).expect("a token can stand in a field");
    template.head_mut().headers.insert(header::AUTHORIZATION, credentials);
    Group::new(template, vec![bare(), warm(), countersign(), recorded(), tower_http(), tower_http_shared(), by_hand()])
}

fn bare() -> Row {
    Row::serve("no layer", service_fn(handle))
}

/// What is usual: a cache, tokens that expire, a scope that is wanted.
fn warm() -> Row {
    let info = |number| {
        let scope = Scope::new(["orders:read", "orders:write"]).expect("these are scopes");
        TokenInfo::new(format!("user-{number}")).with_scope(scope).with_expires_at(SystemTime::UNIX_EPOCH + FAR_AWAY)
    };
    let store = (0..KNOWN).fold(MemoryStore::new(), |store, number| store.with_token(&token(number), info(number)));
    let wanted = RequiredScopes::all_of(Scope::new(["orders:read"]).expect("this is a scope"));
    let layer = BearerTokenLayer::new(store).with_cache(CacheConfig::new()).with_scopes(wanted);
    Row::serve("countersign, warm cache", layer.layer(service_fn(handle))).with_aim(TOWER_HTTP, Of::Added, Some(1.0))
}

fn countersign() -> Row {
    Row::serve("countersign, no cache", BearerTokenLayer::new(store()).layer(service_fn(handle))).with_aim(
        TOWER_HTTP,
        Of::Added,
        None,
    )
}

/// The same token again and again: it is written down once.
fn recorded() -> Row {
    let layer = BearerTokenLayer::new(store()).with_usage(UsageRecorder::new(MemoryStore::new()));
    Row::serve("countersign, last use recorded", layer.layer(service_fn(handle)))
}

fn tower_http() -> Row {
    let auth = TokenAuth(Arc::new(users(|user| UserId(user.id))));
    Row::serve(TOWER_HTTP, AsyncRequireAuthorizationLayer::new(auth).layer(service_fn(handle)))
}

fn tower_http_shared() -> Row {
    let auth = TokenAuth(Arc::new(users(Arc::new)));
    Row::serve("the same, Arc<User>", AsyncRequireAuthorizationLayer::new(auth).layer(service_fn(handle)))
}

fn by_hand() -> Row {
    let users = Arc::new(users(|user| user));
    Row::serve("axum from_fn, User", from_fn_with_state(users, require_token).layer(service_fn(handle)))
}

pub(crate) fn store() -> MemoryStore {
    let add = |store: MemoryStore, number| store.with_token(&token(number), TokenInfo::new(format!("user-{number}")));
    (0..KNOWN).fold(MemoryStore::new(), add)
}

pub(crate) fn users<U>(keep: impl Fn(User) -> U) -> HashMap<String, U> {
    let user =
        |number| User { id: format!("user-{number}"), name: format!("Name of {number}"), role: "member".to_owned() };
    (0..KNOWN).map(|number| (token(number), keep(user(number)))).collect()
}

/// 40 characters.
pub(crate) fn token(number: u32) -> String {
    format!("tk_{:037}", u128::from(number) * 0x0123_4567_89ab_cdef_0123)
}

const KNOWN: u32 = 1_000;
/// The year 2106.
const FAR_AWAY: Duration = Duration::from_secs(1 << 32);
