//! A server over the store in memory, users who are told apart by a header, and a browser of sorts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Redirect};
use countersign::{Clock as _, ManualClock, MemoryStore, PresentedToken, TokenFormat, TokenInfo, TokenStore as _};
use countersign_core::oauth::{ApiApplication, ApplicationStore as _, UriList};
use countersign_oauth::{AuthorizationServer, CurrentUser, Membership, Role, StoreError, Visitor, async_trait};
use http::request::Parts;
use http::{Request, StatusCode, header};
use url::form_urlencoded;

pub(crate) use crate::answer::Answer;

/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Where acme's application returns to.
pub(crate) const CALLBACK: &str = "https://app.test/cb";

/// Users by a header.
#[derive(Clone)]
struct Header;

#[async_trait]
impl CurrentUser for Header {
    async fn current_user(&self, head: &Parts) -> Result<Visitor, StoreError> {
        match head.headers.get("x-user").and_then(|user| user.to_str().ok()) {
            Some("broken") => Err(StoreError::new("the sessions are down")),
            Some("panicking") => panic!("planted"),
            Some("hanging") => std::future::pending().await,
            Some(user) => Ok(Visitor::user(user)),
            None => Ok(Visitor::unknown(Redirect::to("/login").into_response())),
        }
    }
}

/// Who belongs where.
#[derive(Clone, Default)]
pub(crate) struct Members(Arc<Mutex<HashMap<(String, String), Role>>>);

impl Members {
    pub(crate) fn set(&self, subject: &str, organisation: &str, role: Option<Role>) {
        let mut members = self.0.lock().unwrap();
        let who = (subject.to_owned(), organisation.to_owned());
        match role {
            Some(role) => drop(members.insert(who, role)),
            None => drop(members.remove(&who)),
        }
    }
}

#[async_trait]
impl Membership for Members {
    async fn role(&self, subject: &str, organisation: &str) -> Result<Option<Role>, StoreError> {
        if organisation == "unknowable" {
            return Err(StoreError::new("the directory is down"));
        }
        Ok(self.0.lock().unwrap().get(&(subject.to_owned(), organisation.to_owned())).copied())
    }
}

/// A server with acme, of which ada is an admin and bob a member, and globex, of which eve is an admin.
pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) store: MemoryStore,
    pub(crate) clock: ManualClock,
    pub(crate) members: Members,
}

pub(crate) fn world() -> World {
    let (store, clock, members) = (MemoryStore::new(), ManualClock::at_unix(1_800_000_000), Members::default());
    members.set("ada", "acme", Some(Role::Admin));
    members.set("bob", "acme", Some(Role::Member));
    members.set("eve", "globex", Some(Role::Admin));
    let server = server_over(store.clone(), members.clone()).with_clock(clock.clone());
    World { server, store, clock, members }
}

pub(crate) fn server_over(
    store: impl countersign_oauth::AuthorizationStore,
    members: impl Membership,
) -> AuthorizationServer {
    AuthorizationServer::new(
        "https://api.test".parse().unwrap(),
        "things:read things:write".parse().unwrap(),
        TokenFormat::new("acme").unwrap(),
        store,
        Header,
        members,
    )
}

impl World {
    /// With another setting.
    pub(crate) fn with(self, change: impl FnOnce(AuthorizationServer) -> AuthorizationServer) -> Self {
        Self { server: change(self.server), ..self }
    }

    /// All routers, the management nested as it would be.
    pub(crate) fn app(&self) -> Router {
        self.server.router().nest("/api/0", self.server.management_router())
    }

    /// Registers an application of acme's.
    pub(crate) async fn application(&self, client_id: &str) {
        self.application_of(client_id, "acme", &[CALLBACK]).await;
    }

    pub(crate) async fn application_of(&self, client_id: &str, organisation: &str, redirect_uris: &[&str]) {
        let application = ApiApplication::new(client_id, organisation, self.clock.now())
            .with_redirect_uris(UriList::new(redirect_uris).unwrap());
        self.store.add_application(&application).await.unwrap();
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        Answer::of(self.app(), request).await
    }

    pub(crate) async fn authorize(&self, user: Option<&str>, query: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mut request = Request::get(format!("/oauth/authorize/?{query}"));
        if let Some(user) = user {
            request = request.header("x-user", user);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a consent form back.
    pub(crate) async fn send(&self, user: &str, fields: &[(String, String)], op: &str) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).append_pair("op", op).finish();
        let request = Request::post("/oauth/authorize/").header("x-user", user);
        self.ask(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.into()).unwrap())
            .await
    }

    /// Asks, and approves what the page asks for, if there is one.
    pub(crate) async fn approve(&self, user: &str, query: &[(&str, &str)]) -> Answer {
        let page = self.authorize(Some(user), query).await;
        if page.status == StatusCode::FOUND {
            return page;
        }
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        self.send(user, &page.fields(), "approve").await
    }

    /// A code that `user` got from acme's application `toolbar`.
    pub(crate) async fn code(&self, user: &str) -> String {
        let answer = self.approve(user, &request("toolbar")).await;
        answer.parameter("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(form.into()).unwrap()).await
    }

    /// Redeems a code as the application `toolbar` does.
    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.post("/oauth/token/", &redemption(code)).await
    }

    /// A token that `user` got.
    pub(crate) async fn token(&self, user: &str) -> String {
        let code = self.code(user).await;
        self.redeem(&code).await.text("access_token")
    }

    /// What the store knows of a token.
    pub(crate) async fn info(&self, token: &str) -> Option<TokenInfo> {
        self.store.token(&PresentedToken::new(token)).await.unwrap()
    }

    pub(crate) async fn is_good(&self, token: &str) -> bool {
        let info = self.info(token).await.unwrap();
        countersign::TokenState::of(&info, self.clock.now()) == countersign::TokenState::Active
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// An authorization request for a code.
pub(crate) fn request(client_id: &str) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", "things:read"),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// The same with another value, or without one.
pub(crate) fn changed<'a>(of: &[(&'a str, &'a str)], name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let others = of.iter().copied().filter(|(known, _)| *known != name);
    others.chain(value.map(|value| (name, value))).collect()
}

/// The token request that goes with [`request`].
pub(crate) fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", "toolbar"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}
