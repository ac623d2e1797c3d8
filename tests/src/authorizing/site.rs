//! A server on a real socket, a browser and a client.

use countersign::Clock;
use countersign_oauth::{AuthorizationServer, AuthorizationStore};
use serde_json::Value;

use super::{CLIENT, approval, authorization_server, code_request, form, mounted, register};
use crate::{Answer, Server, Wire};

/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub const ISSUER: &str = "https://auth.test";

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Site {
    server: Server,
    redirect_uri: &'static str,
}

impl Site {
    pub async fn start(
        store: impl AuthorizationStore + Clone,
        clock: impl Clock + Clone,
        redirect_uri: &'static str,
        change: impl FnOnce(AuthorizationServer) -> AuthorizationServer,
    ) -> Self {
        register(&store, &clock, &[redirect_uri]).await.unwrap();
        let server = authorization_server(ISSUER.parse().unwrap(), store.clone()).with_clock(clock.clone());
        let inner = axum::Router::new().fallback(|| async { "inside" });
        let router = mounted(&change(server), store, clock, inner);
        Self { server: Server::start(router).await, redirect_uri }
    }

    /// What `ada` is answered, once she has approved what she was asked.
    pub async fn approve(&self, query: &str) -> Answer {
        let page = self.send(&format!("GET /oauth/authorize/?{query} HTTP/1.1\r\nX-User: ada"), "").await;
        match approval(&String::from_utf8_lossy(&page.body)) {
            Some(form) => self.send("POST /oauth/authorize/ HTTP/1.1\r\nX-User: ada", &form).await,
            None => page,
        }
    }

    /// What the client is told when it asks for a code.
    pub async fn code(&self, challenge: &str, method: &str) -> Vec<(String, String)> {
        let answer = self.approve(&code_request(self.redirect_uri, challenge, method)).await;
        let location = answer.field("location").unwrap_or_else(|| panic!("no redirect: {answer:?}"));
        let (back, query) = location.split_once('?').unwrap();
        assert_eq!(back, self.redirect_uri);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The token request that goes with a code.
    pub fn redemption(&self, code: &str, verifier: &str) -> String {
        form(&[
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", verifier),
            ("code", code),
        ])
    }

    /// Status, and the token or the error.
    pub async fn redeem(&self, form: &str) -> (u16, String) {
        let answer = self.send("POST /oauth/token/ HTTP/1.1", form).await;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("no JSON: {answer:?}"));
        let said = json["access_token"].as_str().or_else(|| json["error"].as_str());
        (answer.status, said.unwrap_or_else(|| panic!("neither: {answer:?}")).to_owned())
    }

    /// What somebody with this token is answered.
    pub async fn call(&self, token: &str) -> u16 {
        self.send(&format!("GET /orgs/acme/things HTTP/1.1\r\nAuthorization: Bearer {token}"), "").await.status
    }

    async fn send(&self, head: &str, body: &str) -> Answer {
        let request = format!(
            "{head}\r\nHost: auth.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        Wire::exchange(self.server.address(), request.as_bytes()).await
    }
}

/// A value among what the client is told.
pub fn told<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
