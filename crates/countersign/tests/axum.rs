//! Layers, gates and extractors in an axum application.
#![cfg(all(feature = "axum", feature = "bearer", feature = "gate"))]
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use countersign::axum::TokenData;
use countersign::{
    AuthError, AuthErrorKind, Authenticated, BearerTokenLayer, Caller, MemoryStore, OrganisationLayer,
    RequireScopeLayer, RequiredScopes, TokenInfo,
};
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[derive(Clone)]
struct User {
    name: &'static str,
}

fn layer() -> BearerTokenLayer {
    let info = TokenInfo::new("user-7").with_organisation("acme").with_scope("things:read".parse().unwrap());
    let store = MemoryStore::new()
        .with_token("ada", info.with_data(User { name: "Ada" }))
        .with_token("shared", TokenInfo::new("user-8").with_data(Arc::new(User { name: "Grace" })))
        .with_token("bare", TokenInfo::new("user-9"));
    BearerTokenLayer::new(store)
}

fn own_things() -> OrganisationLayer {
    OrganisationLayer::for_path("/orgs/{org}".parse().unwrap())
}

async fn ask(app: &Router, path: &str, token: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn status(app: &Router, path: &str, token: Option<&str>) -> u16 {
    ask(app, path, token).await.status().as_u16()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn extractors() -> Router {
    Router::new()
        .route("/authenticated", get(|caller: Authenticated| async move { caller.subject().to_owned() }))
        .route(
            "/caller",
            get(|caller: Caller| async move {
                match caller {
                    Caller::Anonymous => "nobody".to_owned(),
                    Caller::Authenticated(caller) => caller.subject().to_owned(),
                }
            }),
        )
        .route("/user", get(|TokenData(user): TokenData<User>| async move { user.name }))
        .route("/shared", get(|TokenData(user): TokenData<Arc<User>>| async move { user.name }))
}

#[tokio::test]
async fn handlers_learn_who_called() {
    let app = extractors().layer(layer());
    for (path, token, said) in [
        ("/authenticated", "ada", "user-7"),
        ("/caller", "ada", "user-7"),
        ("/user", "ada", "Ada"),
        ("/shared", "shared", "Grace"),
    ] {
        assert_eq!(text(ask(&app, path, Some(token)).await).await, said, "{path}");
    }
}

#[tokio::test]
async fn behind_an_optional_layer_only_a_caller_may_be_nobody() {
    let app = extractors().layer(layer().with_optional());
    assert_eq!(text(ask(&app, "/caller", None).await).await, "nobody");
    assert_eq!(text(ask(&app, "/caller", Some("ada")).await).await, "user-7");
    assert_eq!(status(&app, "/caller", Some("unknown")).await, 401);
    for path in ["/authenticated", "/user"] {
        let response = ask(&app, path, None).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.extensions().get().map(AuthError::kind), Some(AuthErrorKind::MissingCredentials));
    }
}

#[tokio::test]
async fn without_a_layer_extractors_answer_500_and_tell_the_operator_what_is_missing() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Log(log.clone());
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    // For the whole process: a subscriber of one thread misses events whose call sites another thread met first.
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");

    for path in ["/authenticated", "/caller", "/user"] {
        log.lock().unwrap().clear();
        let response = ask(&extractors(), path, Some("ada")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(response.extensions().get().map(AuthError::kind), Some(AuthErrorKind::Misconfigured), "{path}");
        assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE));
        assert_eq!(text(response).await, "Internal Server Error\n");
        let logged = String::from_utf8(log.lock().unwrap().clone()).unwrap();
        assert!(
            logged.contains("countersign::rejection") && logged.contains("put BearerTokenLayer"),
            "{path}: {logged}"
        );
    }
}

#[derive(Clone)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn data_of_another_type_or_none_is_500() {
    let app = extractors().layer(layer());
    for (path, token) in [("/user", "shared"), ("/shared", "ada"), ("/user", "bare")] {
        let response = ask(&app, path, Some(token)).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path} {token}");
        assert_eq!(response.extensions().get().map(AuthError::kind), Some(AuthErrorKind::Misconfigured));
    }
}

#[tokio::test]
async fn a_layer_protects_what_it_is_put_around() {
    let whole = extractors().layer(layer());
    assert_eq!(status(&whole, "/authenticated", Some("ada")).await, 200);
    assert_eq!(status(&whole, "/authenticated", None).await, 401);
    assert_eq!(status(&whole, "/nowhere", None).await, 401, "Router::layer comes before the fallback");

    let routes = extractors().route_layer(layer()).route("/open", get(|| async { "open" }));
    assert_eq!(status(&routes, "/authenticated", Some("ada")).await, 200);
    assert_eq!(status(&routes, "/authenticated", None).await, 401);
    assert_eq!(status(&routes, "/open", None).await, 200);
    assert_eq!(status(&routes, "/nowhere", None).await, 404, "Router::route_layer does not");

    let method = Router::new()
        .route("/one", get(|caller: Authenticated| async move { caller.subject().to_owned() }).layer(layer()));
    assert_eq!(status(&method, "/one", Some("ada")).await, 200);
    assert_eq!(status(&method, "/one", None).await, 401);

    let nested = Router::new().nest("/api", extractors().layer(layer())).route("/open", get(|| async { "open" }));
    assert_eq!(status(&nested, "/api/authenticated", Some("ada")).await, 200);
    assert_eq!(status(&nested, "/api/authenticated", None).await, 401);
    assert_eq!(status(&nested, "/open", None).await, 200);
}

#[tokio::test]
async fn gates_judge_the_path_that_was_sent_also_inside_a_nest() {
    let things = || {
        Router::new().route("/{org}/things", get(|caller: Authenticated| async move { caller.subject().to_owned() }))
    };
    let may_read = || RequireScopeLayer::new(RequiredScopes::all_of("things:read".parse().unwrap()));
    let flat = Router::new().route("/orgs/{org}/things", get(|| async { "things" }));
    for (name, app) in [
        ("flat", flat.layer(may_read()).layer(own_things()).layer(layer())),
        (
            "nested, gates inside",
            Router::new().nest("/orgs", things().layer(may_read()).layer(own_things()).layer(layer())),
        ),
        (
            "nested, gates outside",
            Router::new().nest("/orgs", things()).layer(may_read()).layer(own_things()).layer(layer()),
        ),
        ("nested, layer outside", Router::new().nest("/orgs", things().route_layer(own_things())).layer(layer())),
        (
            "nested twice",
            Router::new()
                .nest(
                    "/orgs",
                    Router::new().nest("/{org}", Router::new().route("/things", get(|| async {})).layer(own_things())),
                )
                .layer(layer()),
        ),
    ] {
        assert_eq!(status(&app, "/orgs/acme/things", Some("ada")).await, 200, "{name}");
        assert_eq!(status(&app, "/orgs/other/things", Some("ada")).await, 403, "{name}");
        assert_eq!(status(&app, "/orgs/%61cme/things", Some("ada")).await, 403, "{name}");
        assert_eq!(status(&app, "/orgs/acme/things", Some("bare")).await, 403, "{name}");
        assert_eq!(status(&app, "/orgs/acme/things", None).await, 401, "{name}");
    }
    let stripped_would_match = Router::new().nest("/x", things().layer(own_things()).layer(layer()));
    assert_eq!(status(&stripped_would_match, "/x/acme/things", Some("ada")).await, 403);
}
