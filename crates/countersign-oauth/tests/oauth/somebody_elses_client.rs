//! The `oauth2` crate, a client that others wrote, gets, refreshes and gives back a token, over a socket.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge,
    RedirectUrl, RequestTokenError, RevocationUrl, Scope, StandardRevocableToken, TokenResponse as _, TokenUrl,
};
use tokio::net::TcpListener;

use crate::support::{CALLBACK, world};

/// Listens; where.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// What carries the client's requests: without TLS, which the proxy in front of a server would end.
async fn carry(address: SocketAddr, request: HttpRequest) -> Result<HttpResponse, hyper_util::client::legacy::Error> {
    let (mut head, body) = request.into_parts();
    head.uri = format!("http://{address}{}", head.uri.path()).parse().unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let response = client.request(http::Request::from_parts(head, Full::from(body))).await?;
    let (head, body) = response.into_parts();
    Ok(http::Response::from_parts(head, body.collect().await.unwrap().to_bytes().to_vec()))
}

#[tokio::test]
async fn it_gets_refreshes_and_gives_back_a_token() {
    let world = world().with(|server| server.with_refresh_tokens(Duration::from_secs(86_400)));
    world.application("toolbar").await;
    let address = serve(world.app()).await;
    let carry = |request| carry(address, request);
    let client = BasicClient::new(ClientId::new("toolbar".to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new("https://api.test/oauth/authorize/".to_owned()).unwrap())
        .set_token_uri(TokenUrl::new("https://api.test/oauth/token/".to_owned()).unwrap())
        .set_revocation_url(RevocationUrl::new("https://api.test/oauth/revoke/".to_owned()).unwrap())
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let asked = client.authorize_url(CsrfToken::new_random).add_scope(Scope::new("things:read".to_owned()));
    let (url, state) = asked.set_pkce_challenge(challenge).url();
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
    let approved = world.approve("bob", &query).await;
    assert_eq!(approved.parameter("state").as_deref(), Some(&**state.secret()));

    let code = approved.parameter("code").unwrap();
    let redeemed = client.exchange_code(AuthorizationCode::new(code.clone())).set_pkce_verifier(verifier);
    let token = redeemed.request_async(&carry).await.unwrap();
    assert_eq!(token.expires_in(), Some(Duration::from_secs(43_200)));
    assert_eq!(token.scopes(), Some(&vec![Scope::new("things:read".to_owned())]));
    assert!(world.is_good(token.access_token().secret()).await);

    let next = client.exchange_refresh_token(token.refresh_token().unwrap()).request_async(&carry).await.unwrap();
    assert!(world.is_good(next.access_token().secret()).await);
    let given_back = StandardRevocableToken::RefreshToken(next.refresh_token().unwrap().clone());
    client.revoke_token(given_back).unwrap().request_async(&carry).await.unwrap();
    assert!(!world.is_good(token.access_token().secret()).await && !world.is_good(next.access_token().secret()).await);

    let again = client.exchange_code(AuthorizationCode::new(code)).request_async(&carry).await.unwrap_err();
    let RequestTokenError::ServerResponse(error) = again else { panic!("not understood: {again}") };
    assert_eq!(error.error().to_string(), "invalid_grant");
}
