//! One global key, and one for each project.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use countersign::axum::TokenData;
use countersign::cache::CacheConfig;
use countersign::sentry::SentryProtocol;
use countersign::{
    Authenticated, KeyId, ManualClock, Secret, SecretVersion, Secrets, SentrySignatureLayer, StoreError, store_fn,
};
use countersign_tests::collect;
use http::Request;
use tower::ServiceExt as _;

use crate::asking::{django, rows, signature, text, time};

const NOW: &str = "1304559408.5";

#[derive(Clone)]
struct Project(&'static str);

/// Any store: the global key, and a project's while its old secret is being replaced.
async fn secrets(key_id: KeyId) -> Result<Secrets, StoreError> {
    let secret = |text: &str| Secret::new(text).unwrap();
    Ok(match key_id.as_str() {
        "global" => secret("master-sentry-key").into(),
        "pub1" => [
            SecretVersion::new(secret("sec2")).with_label("new"),
            SecretVersion::new(secret("sec1")).with_label("old").with_not_after(time(NOW) + Duration::from_secs(60)),
        ]
        .into_iter()
        .collect::<Secrets>()
        .with_data(Project("project-1")),
        _ => Secrets::none(),
    })
}

async fn store(caller: Authenticated) -> String {
    let project = caller.data::<Project>().map_or("none", |project| project.0);
    format!("{} {project} {}", caller.subject(), caller.secret_label().unwrap_or("-"))
}

fn guard() -> SentrySignatureLayer {
    SentrySignatureLayer::new(store_fn(secrets)).with_clock(ManualClock::new(time(NOW)))
}

async fn told(layer: &SentrySignatureLayer, secret: &str, key: &str, body: &'static str) -> (u16, String) {
    let app = Router::new().route("/store/", post(store)).layer(layer.clone());
    let signature = signature(secret, NOW, body.as_bytes());
    let credentials = format!("Sentry sentry_timestamp={NOW}, sentry_signature={signature}{key}");
    let message = Request::post("/store/").header("x-sentry-auth", credentials).body(Body::from(body)).unwrap();
    let (head, body) = app.oneshot(message).await.unwrap().into_parts();
    (head.status.as_u16(), String::from_utf8(collect(body).await.to_vec()).unwrap())
}

fn says(status: u16, body: &str) -> (u16, String) {
    (status, body.to_owned())
}

#[tokio::test]
async fn the_handler_learns_the_project_of_the_key() {
    let layer = guard();
    assert_eq!(told(&layer, "master-sentry-key", "", "body").await, says(200, "global none -"));
    assert_eq!(told(&layer, "sec2", ", sentry_key=pub1", "body").await, says(200, "pub1 project-1 new"));
    assert_eq!(told(&layer, "sec1", ", sentry_key=pub1", "body").await, says(200, "pub1 project-1 old"));
    assert_eq!(told(&layer, "sec1", "", "body").await, says(403, "Invalid signature"));
    assert_eq!(told(&layer, "master-sentry-key", ", sentry_key=pub1", "a").await, says(403, "Invalid signature"));
    assert_eq!(told(&layer, "sec1", ", sentry_key=pub2", "body").await, says(403, "Invalid signature"));
}

#[tokio::test]
async fn a_secret_that_is_over_makes_no_signature_any_more() {
    let layer = guard().with_leeway(Duration::from_secs(3600), Duration::from_secs(60));
    let later = layer.clone().with_clock(ManualClock::new(time(NOW) + Duration::from_secs(60)));
    assert_eq!(told(&later, "sec1", ", sentry_key=pub1", "body").await, says(403, "Invalid signature"));
    assert_eq!(told(&later, "sec2", ", sentry_key=pub1", "body").await, says(200, "pub1 project-1 new"));
}

#[tokio::test]
async fn a_key_that_is_kept_ready_has_its_project_too() {
    let layer = guard().with_cache(CacheConfig::new());
    for body in ["first", "second", "third"] {
        assert_eq!(told(&layer, "sec2", ", sentry_key=pub1", body).await, says(200, "pub1 project-1 new"), "{body}");
    }
}

/// A body that is empty is decided on the spot; the project is there all the same.
#[tokio::test]
async fn an_empty_message_has_its_project_too() {
    assert_eq!(told(&guard(), "sec2", ", sentry_key=pub1", "").await, says(200, "pub1 project-1 new"));
}

#[tokio::test]
async fn the_older_versions_messages_have_the_global_key_alone() {
    for protocol in [SentryProtocol::V1, SentryProtocol::V2] {
        let named = told(&guard().with_protocol(protocol), "sec2", ", sentry_key=pub1", "body").await.0;
        assert_eq!(named, if protocol == SentryProtocol::V2 { 200 } else { 403 }, "{protocol:?}");
    }
}

#[tokio::test]
async fn a_handler_may_demand_a_project() {
    let store = async |TokenData(Project(name)): TokenData<Project>| name;
    let app = Router::new().route("/store/", post(store)).layer(guard());
    for (secret, key, expected) in [("sec2", ", sentry_key=pub1", 200), ("master-sentry-key", "", 500)] {
        let credentials =
            format!("Sentry sentry_timestamp={NOW}, sentry_signature={}{key}", signature(secret, NOW, b""));
        let message = Request::post("/store/").header("authorization", credentials).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(message).await.unwrap().status(), expected, "{key}");
    }
}

/// The project that the original found for each message it let through.
#[tokio::test]
async fn sentry_2_0_finds_the_same_projects() {
    let file = django();
    let mut found = 0;
    for row in rows(&file, "sentry_2_0") {
        // What deviates is in `versions`.
        let deviates = ["future-accepted", "nan-accepted"].contains(&text(row, "id"));
        if row["expected"]["status"] != 200 || deviates {
            continue;
        }
        let layer = guard().with_protocol(SentryProtocol::V2).with_clock(ManualClock::new(time(text(row, "now"))));
        let app = Router::new().route("/store/", post(store)).layer(layer);
        let mut head = Request::post("/store/");
        for (key, credentials) in row["environ"].as_object().unwrap() {
            head = head.header(key.strip_prefix("HTTP_").unwrap().replace('_', "-"), credentials.as_str().unwrap());
        }
        let response = app.oneshot(head.body(Body::from(text(row, "body").to_owned())).unwrap()).await.unwrap();
        let told = String::from_utf8(collect(response.into_body()).await.to_vec()).unwrap();
        let project = row["expected"]["project"].as_str().unwrap_or("none");
        assert_eq!(told.split(' ').nth(1), Some(project), "{row}");
        found += 1;
    }
    assert_eq!(found, 5);
}
