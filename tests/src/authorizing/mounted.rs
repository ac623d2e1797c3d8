//! The routes, and the requests that browsers and clients make of them.

use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse as _, Redirect};
use countersign::{
    BearerTokenLayer, Clock, MemoryStore, OrganisationLayer, RequireScopeLayer, RequiredScopes, Scope, TokenFormat,
    TokenInfo,
};
use countersign_core::oauth::{ApiApplication, UriList};
use countersign_oauth::{
    AuthorizationServer, AuthorizationStore, CurrentUser, Issuer, Membership, Role, StoreError, Visitor, async_trait,
};
use http::request::Parts;

/// The client that is registered, and the organisation that registered it.
pub const CLIENT: &str = "toolbar";
pub const ORGANISATION: &str = "acme";

/// Who is signed in is whoever this field says.
pub const USER_FIELD: &str = "x-user";

/// The token of the resource server, which may ask what tokens are good for.
pub const RESOURCE_SERVER: &str = "rs_0A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t";

/// A login proxy stands in front of it.
struct LoginProxy;

#[async_trait]
impl CurrentUser for LoginProxy {
    async fn current_user(&self, head: &Parts) -> Result<Visitor, StoreError> {
        Ok(match head.headers.get(USER_FIELD).and_then(|user| user.to_str().ok()) {
            Some(user) => Visitor::user(user),
            None => Visitor::unknown(Redirect::to("/login").into_response()),
        })
    }
}

/// `ada` and `bob` belong to [`ORGANISATION`], and nobody else to anything.
struct Staff;

#[async_trait]
impl Membership for Staff {
    async fn role(&self, subject: &str, organisation: &str) -> Result<Option<Role>, StoreError> {
        Ok((organisation == ORGANISATION && ["ada", "bob"].contains(&subject)).then_some(Role::Member))
    }
}

/// A server of this name that knows `ada` and `bob`, and gives the scopes `things:read` and `things:write`.
pub fn authorization_server(issuer: Issuer, store: impl AuthorizationStore) -> AuthorizationServer {
    let format = TokenFormat::new("acme").unwrap();
    AuthorizationServer::new(issuer, scope("things:read things:write"), format, store, LoginProxy, Staff)
}

/// Registers [`CLIENT`], which may return to these.
///
/// # Errors
/// When the list is too long, or the store says so.
pub async fn register(
    store: &impl AuthorizationStore,
    clock: &impl Clock,
    redirect_uris: &[&str],
) -> Result<(), String> {
    let uris = UriList::new(redirect_uris).map_err(|error| error.to_string())?;
    let application = ApiApplication::new(CLIENT, ORGANISATION, clock.now()).with_redirect_uris(uris);
    store.add_application(&application).await.map(drop).map_err(|error| error.to_string())
}

/// The routes of the server, introspection for [`RESOURCE_SERVER`], and behind its tokens `inner`: on paths below
/// `/orgs/{org}` for that organisation's with the scope `things:read`.
pub fn mounted(
    server: &AuthorizationServer,
    store: impl AuthorizationStore + Clone,
    clock: impl Clock + Clone,
    inner: Router,
) -> Router {
    let resource_server = TokenInfo::new("resource-server").with_scope(scope("introspect"));
    let asks = BearerTokenLayer::new(MemoryStore::new().with_token(RESOURCE_SERVER, resource_server))
        .with_scopes(RequiredScopes::all_of(scope("introspect")))
        .with_clock(clock.clone());
    let guarded = inner
        .layer(RequireScopeLayer::new(RequiredScopes::all_of(scope("things:read"))))
        .layer(OrganisationLayer::for_path("/orgs/{org}".parse().unwrap()))
        .layer(BearerTokenLayer::new(store).with_store_timeout(PATIENCE).with_clock(clock));
    server.router().merge(server.introspection_router().layer(asks)).fallback_service(guarded)
}

/// What a real store may take on a machine that has much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request for a code, as a query; `challenge` and the method that it says it was made with.
pub fn code_request(redirect_uri: &str, challenge: &str, method: &str) -> String {
    form(&[
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", redirect_uri),
        ("scope", "things:read"),
        ("state", "xyz"),
        ("code_challenge", challenge),
        ("code_challenge_method", method),
    ])
}

/// The form that says yes to the page; `None` where it asks nothing.
///
/// # Panics
/// When a value has a reference in it, which is not read here.
pub fn approval(page: &str) -> Option<String> {
    let mut fields = Vec::new();
    for input in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = input.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        assert!(!value.contains('&'), "{value}");
        fields.push((name, value));
    }
    (!fields.is_empty()).then(|| form(&[fields, vec![("op", "approve")]].concat()))
}

/// `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}
