//! A resource server that asks an authorization server, over a socket.
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use bytes::Bytes;
use countersign::{
    BearerLayer, BearerTokenLayer, Clock as _, MemoryStore, OrganisationLayer, PresentedToken, RequiredScopes,
    SystemClock, TokenFormat, TokenInfo, TokenStore as _,
};
use countersign_oauth::{
    AuthorizationServer, CurrentUser, IntrospectionTokenStore, Membership, Role, StoreError, Visitor, async_trait,
};
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _, service_fn};

struct Nobody;

#[async_trait]
impl CurrentUser for Nobody {
    async fn current_user(&self, _head: &http::request::Parts) -> Result<Visitor, StoreError> {
        Ok(Visitor::unknown(Redirect::to("/login").into_response()))
    }
}

#[async_trait]
impl Membership for Nobody {
    async fn role(&self, _subject: &str, _organisation: &str) -> Result<Option<Role>, StoreError> {
        Ok(None)
    }
}

/// An authorization server that knows one token; where it listens.
async fn authorization_server() -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
    let (now, hour) = (SystemClock::new().now(), Duration::from_secs(3_600));
    let of_acme = TokenInfo::new("ada").with_organisation("acme").with_client_id("toolbar").with_expires_at(now + hour);
    let store = MemoryStore::new()
        .with_token("of_acme", of_acme.with_scope("things:read".parse().unwrap()))
        .with_token("over", TokenInfo::new("ada").with_organisation("acme").with_expires_at(now - hour));
    let format = TokenFormat::new("acme").unwrap();
    let issuer = "https://api.test".parse().unwrap();
    let server = AuthorizationServer::new(issuer, "things:read".parse().unwrap(), format, store, Nobody, Nobody);
    let resource = TokenInfo::new("resource-server").with_scope("introspect".parse().unwrap());
    let guard = BearerTokenLayer::new(MemoryStore::new().with_token("resource", resource))
        .with_scopes(RequiredScopes::all_of("introspect".parse().unwrap()));
    let app = server.introspection_router().layer(guard);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }))
}

/// A resource server that asks there, as who has this token.
fn resource_server(address: std::net::SocketAddr, own: &str) -> Router {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let client = BearerLayer::new(PresentedToken::new(own)).layer(client);
    let store = IntrospectionTokenStore::new(&format!("http://{address}/oauth/introspect/"), client).unwrap();
    Router::new()
        .route("/orgs/{org}/things", get(async || "things"))
        .layer(OrganisationLayer::for_path("/orgs/{org}".parse().unwrap()))
        // Long enough for a machine that has much to do.
        .layer(BearerTokenLayer::new(store).with_store_timeout(Duration::from_secs(60)))
}

async fn ask(app: &Router, path: &str, token: &str) -> StatusCode {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty());
    app.clone().oneshot(request.unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn a_resource_server_without_a_table_lets_the_right_ones_in() {
    let (address, running) = authorization_server().await;
    let app = resource_server(address, "resource");
    for (path, token, status) in [
        ("/orgs/acme/things", "of_acme", StatusCode::OK),
        ("/orgs/globex/things", "of_acme", StatusCode::FORBIDDEN),
        ("/orgs/acme/things", "unknown", StatusCode::UNAUTHORIZED),
        ("/orgs/acme/things", "over", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(ask(&app, path, token).await, status, "{path} {token}");
    }
    let refused = resource_server(address, "unknown");
    assert_eq!(ask(&refused, "/orgs/acme/things", "over").await, StatusCode::SERVICE_UNAVAILABLE, "not let to ask");
    running.abort();
    let _ = running.await;
    assert_eq!(ask(&app, "/orgs/acme/things", "over").await, StatusCode::SERVICE_UNAVAILABLE, "nobody answers");
}

/// What the store makes of an answer.
async fn answered(status: u16, body: impl Into<Bytes>) -> Result<Option<TokenInfo>, StoreError> {
    let body = body.into();
    let client = service_fn(move |request: Request<Full<Bytes>>| {
        assert_eq!((request.method(), request.uri().path()), (&http::Method::POST, "/introspect"));
        let mut response = Response::new(Full::new(body.clone()));
        *response.status_mut() = status.try_into().unwrap();
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let store = IntrospectionTokenStore::new("https://auth.test/introspect", client).unwrap();
    store.token(&PresentedToken::new("secret&token=other")).await
}

#[tokio::test]
async fn only_a_whole_answer_is_one() {
    let active = r#"{"active": true, "sub": "ada"}"#;
    assert_eq!(answered(200, active).await.unwrap().unwrap().subject(), "ada");
    assert!(answered(200, r#"{"active": false}"#).await.unwrap().is_none());
    for status in [201, 204, 302, 400, 401, 403, 404, 500, 503] {
        let error = answered(status, active).await.unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    for body in [String::new(), "no".to_owned(), format!("{active}{}", " ".repeat(64 << 10))] {
        answered(200, body).await.unwrap_err();
    }
}

#[tokio::test]
async fn the_token_is_one_parameter_whatever_is_in_it() {
    let (sender, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let client = service_fn(move |request: Request<Full<Bytes>>| {
        let sender = sender.clone();
        async move {
            let body = http_body_util::BodyExt::collect(request.into_body()).await.unwrap().to_bytes();
            sender.send(body).unwrap();
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(br#"{"active": false}"#))))
        }
    });
    let store = IntrospectionTokenStore::new("https://auth.test/introspect", client).unwrap();
    store.token(&PresentedToken::new("a&token=b+c%")).await.unwrap();
    assert_eq!(sent.recv().await.unwrap(), "token=a%26token%3Db%2Bc%25&token_type_hint=access_token");
}
