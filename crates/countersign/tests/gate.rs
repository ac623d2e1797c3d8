//! Gates: the decision tables of the module, line by line.
#![cfg(all(feature = "bearer", feature = "gate"))]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use std::convert::Infallible;
use std::time::SystemTime;

use bytes::Bytes;
use countersign::body::ResponseBody;
use countersign::gate::OrganisationPath;
use countersign::{
    AuthError, AuthErrorKind, Authenticated, BearerTokenLayer, ChallengeText, MemoryStore, OrganisationLayer,
    RequireScopeLayer, RequiredScopes, TokenInfo,
};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer, Service, ServiceExt as _};

type Body = Full<Bytes>;

/// What a service answered, whole: to be compared byte for byte.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    fn challenges(&self) -> Vec<&str> {
        self.headers.iter().filter(|(name, _)| name == "www-authenticate").map(|(_, value)| &**value).collect()
    }
}

async fn ask<S, B>(service: S, request: Request<Body>) -> (Answer, Option<AuthErrorKind>)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible>,
{
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let kind = head.extensions.get::<AuthError>().map(AuthError::kind);
    let headers = headers.collect();
    (Answer { status: head.status, headers, body: body.collect().await.unwrap().to_bytes() }, kind)
}

/// Asks a gate in front of a service that answers 200, as `caller`.
async fn pass<L>(gate: &L, caller: Option<Authenticated>, target: &str) -> (Answer, Option<AuthErrorKind>)
where
    L: Layer<Handler>,
    L::Service: Service<Request<Body>, Response = Response<ResponseBody<Body>>, Error = Infallible>,
{
    let mut request = Request::get(target).body(Full::default()).unwrap();
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    ask(gate.layer(Handler), request).await
}

/// Answers 200.
#[derive(Clone)]
struct Handler;

impl Service<Request<Body>> for Handler {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        std::future::ready(Ok(Response::new(Full::default())))
    }
}

fn token(info: TokenInfo) -> Option<Authenticated> {
    Some(Authenticated::by_token("Bearer", info, SystemTime::UNIX_EPOCH))
}

fn of_organisation(name: &str) -> Option<Authenticated> {
    token(TokenInfo::new("user-7").with_organisation(name))
}

fn key() -> Option<Authenticated> {
    Some(Authenticated::by_key("USTUDIO-HMAC-V2", "partner".parse().unwrap(), None, SystemTime::UNIX_EPOCH))
}

fn own_things() -> OrganisationLayer {
    OrganisationLayer::for_path("/orgs/{org}".parse().unwrap())
}

fn may_read() -> RequireScopeLayer {
    RequireScopeLayer::new(RequiredScopes::all_of("things:read".parse().unwrap()))
}

#[tokio::test]
async fn the_required_scopes_open_the_gate_and_nothing_else_does() {
    let with_scope = |list: &str| token(TokenInfo::new("user-7").with_scope(list.parse().unwrap()));
    for scope in ["things:read", "other things:read"] {
        assert_eq!(pass(&may_read(), with_scope(scope), "/").await.0.status, StatusCode::OK, "{scope}");
    }
    for caller in
        [with_scope("things"), with_scope("things:read:all"), with_scope("THINGS:READ"), with_scope(""), key()]
    {
        let (answer, kind) = pass(&may_read(), caller, "/").await;
        assert_eq!((answer.status, kind), (StatusCode::FORBIDDEN, Some(AuthErrorKind::InsufficientScope)));
        assert_eq!(answer.challenges(), [r#"Bearer error="insufficient_scope", scope="things:read""#]);
    }
    let either = RequireScopeLayer::new(RequiredScopes::any_of("a b".parse().unwrap()));
    assert_eq!(pass(&either, with_scope("b"), "/").await.0.status, StatusCode::OK);
    assert_eq!(
        pass(&either, with_scope("c"), "/").await.0.challenges(),
        [r#"Bearer error="insufficient_scope", scope="a b""#]
    );
    let forgotten = RequireScopeLayer::new(RequiredScopes::all_of("".parse().unwrap()));
    assert_eq!(pass(&forgotten, with_scope("a"), "/").await.0.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn ones_own_organisation_is_reached_with_all_that_is_below_it() {
    for target in ["/orgs/acme", "/orgs/acme/", "/orgs/acme/things/7?org=other", "/orgs/acme/a%20b%2fc"] {
        assert_eq!(pass(&own_things(), of_organisation("acme"), target).await.0.status, StatusCode::OK, "{target}");
    }
}

#[tokio::test]
async fn whatever_is_not_ones_own_organisation_is_one_answer() {
    let (other, kind) = pass(&own_things(), of_organisation("orgb"), "/orgs/acme/things").await;
    assert_eq!((other.status, kind), (StatusCode::FORBIDDEN, Some(AuthErrorKind::WrongOrganisation)));
    assert_eq!(other.challenges(), [r#"Bearer error="insufficient_scope""#]);
    let cases = [
        ("an organisation that nobody has", of_organisation("orgb"), "/orgs/unheard-of/things"),
        ("another case", of_organisation("acme"), "/orgs/Acme"),
        ("the beginning of a name", of_organisation("acme"), "/orgs/acm"),
        ("more than the name", of_organisation("acme"), "/orgs/acmes"),
        ("a token without organisation", token(TokenInfo::new("user-7")), "/orgs/acme"),
        ("an empty organisation", of_organisation(""), "/orgs/"),
        ("an empty organisation and more", of_organisation(""), "/orgs//things"),
        ("a key", key(), "/orgs/acme"),
        ("a path that does not match", of_organisation("acme"), "/things/acme"),
        ("the root", of_organisation("acme"), "/"),
        ("no organisation in the path", of_organisation("acme"), "/orgs"),
        ("one decoded to one's own", of_organisation("acme"), "/orgs/%61cme/things"),
        ("one spelled like the path", of_organisation("%61cme"), "/orgs/%61cme/things"),
        ("up and down to another", of_organisation("orgb"), "/orgs/orgb/../acme/things"),
        ("up and down, escaped", of_organisation("orgb"), "/orgs/orgb/%2e%2e/acme/things"),
        ("up and down, slashes escaped", of_organisation("orgb"), "/orgs/orgb/x%2f..%2f..%2facme"),
        ("from elsewhere", of_organisation("acme"), "/public/../orgs/acme"),
        ("an empty segment before", of_organisation("acme"), "//orgs/acme"),
        ("an escape before", of_organisation("acme"), "/%6frgs/acme"),
        ("dots for a name", of_organisation(".."), "/orgs/../things"),
        ("one dot for a name", of_organisation("."), "/orgs/./things"),
    ];
    for (name, caller, target) in cases {
        let (answer, kind) = pass(&own_things(), caller, target).await;
        assert_eq!(answer, other, "{name}");
        assert_eq!(kind, Some(AuthErrorKind::WrongOrganisation), "{name}");
    }
}

#[tokio::test]
async fn listed_paths_are_open_to_every_caller_as_they_are_written() {
    let gate = own_things().with_other_paths(["/me", "/orgs"]).with_other_paths(["/orgs/acme/logo"]);
    for target in ["/me", "/me?x=1", "/orgs"] {
        for caller in [of_organisation("acme"), token(TokenInfo::new("user-7")), key()] {
            assert_eq!(pass(&gate, caller, target).await.0.status, StatusCode::OK, "{target}");
        }
        assert_eq!(pass(&gate, None, target).await.0.status, StatusCode::INTERNAL_SERVER_ERROR, "{target}");
    }
    for target in ["/me/", "/me/x", "/m%65", "//me", "/x/../me", "/orgs/", "/orgs/orgb", "/orgs/acme/logo"] {
        let (answer, _) = pass(&gate, of_organisation("orgc"), target).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
    }
}

#[tokio::test]
async fn an_ambiguous_target_is_400() {
    let mut request = Request::get("http://a.example/orgs/acme").header(header::HOST, "b.example");
    request.extensions_mut().unwrap().insert(of_organisation("acme").unwrap());
    let request = request.body(Full::default()).unwrap();
    let (answer, kind) = ask(own_things().layer(Handler), request).await;
    assert_eq!((answer.status, kind), (StatusCode::BAD_REQUEST, Some(AuthErrorKind::AmbiguousTarget)));
}

#[tokio::test]
async fn a_gate_without_a_layer_outside_is_500() {
    let scope = pass(&may_read(), None, "/").await;
    let organisation = pass(&own_things(), None, "/orgs/acme").await;
    for (answer, kind) in [scope, organisation] {
        assert_eq!((answer.status, kind), (StatusCode::INTERNAL_SERVER_ERROR, Some(AuthErrorKind::Misconfigured)));
        assert!(answer.challenges().is_empty());
    }
}

fn authenticate() -> BearerTokenLayer {
    let info = TokenInfo::new("user-7").with_organisation("acme").with_scope("things:read".parse().unwrap());
    BearerTokenLayer::new(MemoryStore::new().with_token("good", info)).with_realm(ChallengeText::from_static("api"))
}

#[tokio::test]
async fn the_anonymous_are_asked_for_what_the_layer_outside_wants() {
    let authenticate = authenticate().with_optional();
    let request = || Request::get("/orgs/acme").body(Full::default()).unwrap();
    let scope = ask(authenticate.layer(may_read().layer(Handler)), request()).await;
    let organisation = ask(authenticate.layer(own_things().layer(Handler)), request()).await;
    for (answer, kind) in [scope, organisation] {
        assert_eq!((answer.status, kind), (StatusCode::UNAUTHORIZED, Some(AuthErrorKind::MissingCredentials)));
        assert_eq!(answer.challenges(), [r#"Bearer realm="api""#]);
    }
}

#[tokio::test]
async fn gates_stand_one_inside_the_other() {
    let service = authenticate().layer(own_things().layer(may_read().layer(Handler)));
    let get = |target: &str, token: &'static str| {
        let mut request = Request::get(target).body(Full::default()).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static(token));
        request
    };
    assert_eq!(ask(service.clone(), get("/orgs/acme/things", "Bearer good")).await.0.status, StatusCode::OK);
    assert_eq!(ask(service.clone(), get("/orgs/orgb/things", "Bearer good")).await.0.status, StatusCode::FORBIDDEN);
    assert_eq!(ask(service, get("/orgs/acme/things", "Bearer bad")).await.0.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn preflights_pass_a_gate_that_was_told_so() {
    let preflight = || {
        let request = Request::options("/orgs/acme").header(header::ORIGIN, "https://app.example");
        request.header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET").body(Full::default()).unwrap()
    };
    let authenticate = authenticate().with_cors_preflights();
    let told = authenticate.layer(own_things().with_cors_preflights().layer(Handler));
    assert_eq!(ask(told, preflight()).await.0.status, StatusCode::OK);
    let untold = authenticate.layer(own_things().layer(Handler));
    assert_eq!(ask(untold, preflight()).await.0.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_rejection_of_ones_own_keeps_status_and_challenge() {
    let gate = may_read().with_rejection(|_: &countersign::auth::Rejection<'_>| Response::new(Bytes::from("no")));
    let (answer, _) = pass(&gate, key(), "/").await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::FORBIDDEN, &b"no"[..]));
    assert_eq!(answer.challenges().len(), 1);
}

#[test]
fn a_path_is_judged_when_it_is_made() {
    assert!("/orgs/{org}".parse::<OrganisationPath>().is_ok());
    assert!("/orgs/{org}/things".parse::<OrganisationPath>().is_err());
}
