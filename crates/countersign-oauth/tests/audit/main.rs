//! What is recorded, and what never is. In a process of its own: what tracing finds out about who listens, it keeps for all
//! threads, and the other tests have nobody who does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that cannot go on has failed its test")]
#![allow(dead_code, reason = "the other tests need more of what both share")]

#[path = "../oauth/answer.rs"]
mod answer;
#[path = "../oauth/support.rs"]
mod support;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::{Request, header};
use serde_json::json;
use tracing::instrument::WithSubscriber as _;

use crate::support::{VERIFIER, redemption, request, world};

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn what_happens_is_recorded_and_no_secret_is() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    let secrets = everything().with_subscriber(subscriber).await;
    let text = log.text();
    for event in [
        "ORGANIZATION_APIAPPLICATION_ADD",
        "ORGANIZATION_APIAPPLICATION_UPDATE",
        "ORGANIZATION_APIAPPLICATION_DELETE",
        "API_AUTHORIZATION_APPROVE",
        "API_AUTHORIZATION_DENY",
        "API_AUTHORIZATION_WITHDRAW",
        "API_TOKEN_ISSUE",
        "API_TOKEN_REVOKE",
        "API_GRANT_CODE_REPLAYED",
        "API_GRANT_REFRESH_TOKEN_REUSED",
        "API_GRANTS_REVOKED_ON_LOGOUT",
    ] {
        assert!(text.contains(&format!("countersign::audit: event=\"{event}\"")), "{event}: {text}");
    }
    assert!(text.contains(r#"subject="bob" client_id="toolbar" organisation="acme""#), "{text}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in the log");
    }
}

/// Does everything once; the secrets that came up.
async fn everything() -> Vec<String> {
    let world = world().with(|server| server.with_refresh_tokens(Duration::from_secs(86_400)));
    world.application("toolbar").await;
    let page = world.authorize(Some("bob"), &request("toolbar")).await;
    world.send("bob", &page.fields(), "deny").await;
    let seal = page.fields().into_iter().find(|(name, _)| name == "seal").unwrap().1;
    let code = world.code("bob").await;
    let pair = world.redeem(&code).await;
    let (token, refresh) = (pair.text("access_token"), pair.text("refresh_token"));
    let form = [("grant_type", "refresh_token"), ("client_id", "toolbar"), ("refresh_token", &refresh)];
    let next = world.post("/oauth/token/", &form).await;
    let secrets =
        vec![seal, VERIFIER.to_owned(), code.clone(), token.clone(), refresh.clone(), next.text("access_token")];
    world.post("/oauth/revoke/", &[("client_id", "toolbar"), ("token", &token)]).await;
    world.post("/oauth/token/", &form).await;
    let replayed = world.code("bob").await;
    for _ in 0..2 {
        world.post("/oauth/token/", &redemption(&replayed)).await;
    }
    world.server.revoke_on_logout("bob").await.unwrap();

    let call = async |method: &str, path: &str, user: &str, body: serde_json::Value| {
        let request = Request::builder().method(method).uri(path).header("x-user", user);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
        world.ask(request.unwrap()).await
    };
    let listed = call("GET", "/api/0/api-authorizations/", "bob", json!(null)).await.json();
    let id = &listed[0]["id"];
    call("DELETE", "/api/0/api-authorizations/", "bob", json!({ "authorization": id })).await;
    let globex = "/api/0/organizations/globex/api-application/";
    for method in ["POST", "PUT", "DELETE"] {
        call(method, globex, "eve", json!({ "allowedOrigins": [], "redirectUris": [] })).await;
    }
    secrets
}
