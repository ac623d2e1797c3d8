//! Events on their way to several servers.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use countersign::sentry::{AttemptError, SentryClient, SentryEvent, SentrySendError, SentrySigner};
use countersign::{ManualClock, Secret, SentrySignatureLayer};
use countersign_tests::Server;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tower::{BoxError, service_fn};

use crate::asking::time;

const NOW: &str = "1304559408.12";

fn secret() -> Secret {
    Secret::new("sec1").unwrap()
}

fn server(name: &str) -> Uri {
    format!("http://{name}/store/").parse().unwrap()
}

/// Sends one event to `servers`: what came of it, and where it was tried with which timestamp. Each attempt costs ten
/// milliseconds. A server's name says what it does.
async fn sent(servers: &[&str]) -> (Result<Response<&'static str>, SentrySendError>, Vec<(String, String)>) {
    let tried: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let clock = ManualClock::new(time(NOW));
    let signer = SentrySigner::new(secret()).with_clock(clock.clone());
    let seen = tried.clone();
    let http = service_fn(move |request: Request<Full<Bytes>>| {
        clock.advance(Duration::from_millis(10));
        let host = request.uri().host().unwrap().to_owned();
        let credentials = request.headers()["authorization"].to_str().unwrap();
        let timestamp = credentials.split_once("sentry_timestamp=").unwrap().1.split_once(',').unwrap().0;
        let attempt = {
            let mut seen = seen.lock().unwrap();
            seen.push((host.clone(), timestamp.to_owned()));
            seen.iter().filter(|(other, _)| *other == host).count()
        };
        async move {
            let status = match (&*host, attempt) {
                ("up", _) | ("second-try", 2) => 201,
                ("second-try" | "broken", _) => 503,
                ("refuses", _) => 403,
                ("moved", _) => 301,
                ("hangs", _) => std::future::pending().await,
                _ => return Err("connection refused"),
            };
            Ok::<_, &str>(Response::builder().status(status).body("the answer").unwrap())
        }
    });
    let client = SentryClient::new(http, signer).with_servers(servers.iter().map(|name| server(name)));
    let result = client.send(&json!({"message": "hello"})).await;
    let tried = tried.lock().unwrap().clone();
    (result, tried)
}

fn hosts(tried: &[(String, String)]) -> Vec<&str> {
    tried.iter().map(|(host, _)| host.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_server_that_takes_it_is_the_last_that_is_asked() {
    for (servers, expected) in [
        (&["up", "up"][..], &["up"][..]),
        (&["second-try", "up"], &["second-try", "second-try"]),
        (&["down", "up"], &["down", "down", "up"]),
        (&["broken", "refuses", "moved", "up", "up"], &["broken", "broken", "refuses", "moved", "up"]),
        (&["hangs", "up"], &["hangs", "hangs", "up"]),
    ] {
        let (result, tried) = sent(servers).await;
        let answer = result.unwrap();
        assert_eq!((answer.status(), *answer.body()), (StatusCode::CREATED, "the answer"), "{servers:?}");
        assert_eq!(hosts(&tried), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_of_each_attempt_is_told_when_all_failed() {
    let (result, tried) = sent(&["down", "refuses", "hangs", "broken"]).await;
    assert_eq!(hosts(&tried), ["down", "down", "refuses", "hangs", "hangs", "broken", "broken"]);
    let error = result.unwrap_err();
    let told: Vec<String> =
        error.attempts().map(|(server, error)| format!("{} {error}", server.host().unwrap())).collect();
    let expected = [
        "down could not be asked: connection refused",
        "down could not be asked: connection refused",
        "refuses answered 403 Forbidden",
        "hangs did not answer in time",
        "hangs did not answer in time",
        "broken answered 503 Service Unavailable",
        "broken answered 503 Service Unavailable",
    ];
    assert_eq!(told, expected);
    let last =
        "no server took the event after 7 attempts; the last, http://broken/store/, answered 503 Service Unavailable";
    assert_eq!(error.to_string(), last);
}

/// The server it was tried at first may have seen it.
#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_when_it_is_made() {
    let (_, tried) = sent(&["down", "broken", "up"]).await;
    let timestamps: Vec<&str> = tried.iter().map(|(_, timestamp)| timestamp.as_str()).collect();
    assert_eq!(timestamps, ["1304559408.12", "1304559408.13", "1304559408.14", "1304559408.15", "1304559408.16"]);
}

/// By the clock that the timers go by, which stands still otherwise.
#[tokio::test(start_paused = true)]
async fn the_second_attempt_is_bounded_as_the_first() {
    let began = tokio::time::Instant::now();
    let (result, _) = sent(&["hangs"]).await;
    assert!(matches!(result.unwrap_err().attempts().next(), Some((_, AttemptError::TimedOut))));
    assert_eq!(began.elapsed().as_secs(), 2 * SentryClient::<()>::DEFAULT_TIMEOUT.as_secs());
    let hangs = service_fn(|_: Request<Full<Bytes>>| std::future::pending::<Result<Response<()>, Infallible>>());
    let client = SentryClient::new(hangs, SentrySigner::new(secret())).with_timeout(Duration::from_secs(1));
    let began = tokio::time::Instant::now();
    assert!(client.with_servers([server("a"), server("b")]).send(&json!({})).await.is_err());
    assert_eq!(began.elapsed().as_secs(), 4);
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_and_not_tried() {
    let (result, tried) = sent(&[]).await;
    assert_eq!(
        (result.unwrap_err().to_string().as_str(), tried.len()),
        ("there are no servers to send the event to", 0)
    );
    let http = service_fn(async |_: Request<Full<Bytes>>| panic!("nothing is sent") as Result<Response<()>, BoxError>);
    let client = SentryClient::new(http, SentrySigner::new(secret())).with_servers([server("user@up")]);
    let error = client.send(&json!({})).await.unwrap_err();
    assert!(error.to_string().contains("user information") && error.attempts().len() == 0, "{error}");
}

#[test]
fn nothing_shows_the_secret() {
    let signer = SentrySigner::new(Secret::new("canary").unwrap());
    let shown = format!("{:?}", SentryClient::new((), signer).with_servers([server("up")]));
    assert!(shown.contains("http://up/store/") && !shown.contains("canary"), "{shown}");
}

/// With a real client, over real sockets: the first server is not there, the second one has another key.
#[tokio::test]
async fn over_sockets_it_arrives_at_the_server_that_knows_the_key() {
    let told = async |SentryEvent(event): SentryEvent<Value>| event["message"].as_str().unwrap().to_owned();
    let router = |key: &str| {
        let layer = SentrySignatureLayer::new(Secret::new(key).unwrap());
        Router::new().route("/store/", post(told)).layer(layer)
    };
    let (other, own) = (Server::start(router("sec2")).await, Server::start(router("sec1")).await);
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let servers = [gone, other.address(), own.address()].map(|address| server(&address.to_string()));
    let client = SentryClient::new(http, SentrySigner::new(secret())).with_servers(servers.clone());
    let answer = client.send(&json!({"message": "hello"})).await.unwrap();
    assert_eq!(&*countersign_tests::collect(answer.into_body()).await, b"hello");
    let nobody = client.with_servers(servers[..2].to_vec()).send(&json!({})).await.unwrap_err();
    let told: Vec<_> = nobody.attempts().map(|(_, error)| error).collect();
    let [AttemptError::Failed(_), AttemptError::Failed(_), AttemptError::Refused(StatusCode::FORBIDDEN)] = told[..]
    else {
        panic!("{nobody:?}")
    };
}
