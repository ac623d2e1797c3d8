//! Messages that our client makes.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::sentry::{ClientName, SentryEnvelope, SentryProtocol, SentrySigner};
use countersign::{KeyId, ManualClock, Secret};
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use crate::asking::{ask, django, layer_of, rows, text, time};
use crate::deviations::ADMITTED;

const NOW: &str = "1304559408.123456";
const EVERY: [SentryProtocol; 4] = [SentryProtocol::V1, SentryProtocol::V2, SentryProtocol::Any, SentryProtocol::Nonce];

fn signer(secret: &str, now: &str) -> SentrySigner {
    SentrySigner::new(Secret::new(secret).unwrap()).with_clock(ManualClock::new(time(now)))
}

fn server() -> Uri {
    Uri::from_static("https://sentry.example.com/store/")
}

/// The field that signs, and the body.
async fn taken(message: Request<Full<Bytes>>) -> (http::request::Parts, Bytes) {
    let (head, body) = message.into_parts();
    (head, body.collect().await.unwrap().to_bytes())
}

fn credentials(head: &http::request::Parts) -> (&str, &str) {
    let mut found = ["authorization", "x-sentry-auth"].into_iter().filter_map(|name| {
        head.headers.get(name).map(|value| {
            assert!(value.is_sensitive());
            (name, value.to_str().unwrap())
        })
    });
    let only = found.next().unwrap();
    assert_eq!(found.next(), None);
    only
}

#[tokio::test]
async fn what_a_version_is_sent_it_admits_and_reads() {
    let event = json!({"message": "hello", "level": 40, "extra": {"ä": [null, 1.5]}});
    for protocol in EVERY {
        let message = signer("sec1", NOW).with_protocol(protocol).request(&server(), &event).unwrap();
        let (head, body) = taken(message).await;
        assert_eq!((head.method.as_str(), &head.uri), ("POST", &server()));
        assert_eq!(head.headers["content-type"], "application/octet-stream");
        assert!(body.iter().all(u8::is_ascii_graphic), "base64 on one line");
        let opened: Value = SentryEnvelope::new().event(&HeaderMap::new(), &body).unwrap();
        assert_eq!(opened, event);
        // What is signed for every version, every version admits.
        let servers = if protocol == SentryProtocol::Any { &EVERY[..3] } else { &[protocol][..] };
        for server in servers {
            let mut sent = Request::post("/store/");
            *sent.headers_mut().unwrap() = head.headers.clone();
            let told = ask(&layer_of(&[("global", "sec1")], time(NOW)).with_protocol(*server), sent, &body).await;
            assert_eq!(told.outcome(), ADMITTED, "{protocol:?} at {server:?}");
        }
    }
}

/// Down to the byte, where the original's client writes the timestamp as we do.
#[tokio::test]
async fn the_credentials_are_those_of_the_clients_of_every_version() {
    let (file, mut compared) = (django(), 0);
    for version in ["1.7.5", "1.8.0", "1.13.5"] {
        for row in rows(&file[format!("django_sentry_{version}")], "signing") {
            let (timestamp, header) = (text(row, "timestamp_str"), text(row, "header"));
            let same = timestamp.split_once('.').is_some_and(|(_, decimals)| decimals.len() <= 2);
            if timestamp.contains('e') || !same {
                continue;
            }
            let name = header.split_once("sentry_client=").unwrap().1;
            for protocol in [SentryProtocol::V1, SentryProtocol::Any] {
                let signer = signer(text(row, "key"), timestamp)
                    .with_protocol(protocol)
                    .with_client(ClientName::new(name).unwrap());
                let body = Bytes::copy_from_slice(text(row, "message").as_bytes());
                let (head, _) = taken(signer.sign(&server(), body).unwrap()).await;
                assert_eq!(credentials(&head), ("authorization", header), "{version}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 32);
    let [raven] = rows(&file, "raven_clients").iter().filter(|row| row["raven"] == "1.0.4").collect::<Vec<_>>()[..]
    else {
        panic!("one row")
    };
    let signer = signer(text(raven, "key"), text(raven, "timestamp"))
        .with_protocol(SentryProtocol::V2)
        .with_key_id(KeyId::new("pub1").unwrap())
        .with_client(ClientName::from_static("raven/1.0.4"));
    let body = Bytes::copy_from_slice(text(raven, "body").as_bytes());
    let (head, _) = taken(signer.sign(&server(), body).unwrap()).await;
    assert_eq!(credentials(&head), ("x-sentry-auth", text(raven, "header")));
}

/// A signature says when: two messages with the same event are two messages.
#[tokio::test]
async fn each_message_is_signed_when_it_is_made() {
    let clock = ManualClock::new(time(NOW));
    let signer = signer("sec1", NOW).with_clock(clock.clone());
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (head, _) = taken(signer.request(&server(), &json!({})).unwrap()).await;
        seen.push(credentials(&head).1.to_owned());
        clock.advance(Duration::from_millis(10));
    }
    assert!(seen[0].contains("sentry_timestamp=1304559408.12,") && seen[1].contains("sentry_timestamp=1304559408.13,"));
}

#[test]
fn what_cannot_be_signed_is_refused_in_words() {
    let signer = || signer("sec1", NOW);
    let named = |protocol| signer().with_protocol(protocol).with_key_id(KeyId::new("pub1").unwrap());
    let good = "https://sentry.example.com/store/";
    for (signer, server, words) in [
        (signer(), "https://user@sentry.example.com/", "user information"),
        (named(SentryProtocol::V1), good, "name no key"),
        (named(SentryProtocol::Nonce), good, "name no key"),
        (signer().with_key_id(KeyId::new("a,b").unwrap()), good, "commas"),
        (signer().with_clock(ManualClock::new(SystemTime::UNIX_EPOCH - Duration::from_secs(1))), good, "before 1970"),
    ] {
        let error = signer.request(&server.parse().unwrap(), &json!({})).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let no_text = std::collections::BTreeMap::from([(vec![1], 2)]);
    let error = signer().request(&server(), &no_text).unwrap_err();
    assert!(error.to_string().contains("key must be a string"), "{error}");
}

#[test]
fn nothing_shows_the_secret() {
    let signer = signer("canary", NOW);
    let message = signer.request(&server(), &json!({})).unwrap();
    let shown = format!("{signer:?} {message:?}");
    assert!(
        shown.contains("countersign/") && !shown.contains("canary") && !shown.contains("sentry_signature"),
        "{shown}"
    );
}
