//! Messages to the layer, and what comes of them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::{AuthError, ManualClock, MemoryStore, Secret, SentrySignatureLayer};
use countersign_tests::{Inner, Script, collect};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue, Request, header};
use serde_json::Value;
use sha1::Sha1;
use tower::{Layer as _, ServiceExt as _};

/// What a message came to.
#[derive(Clone, Debug)]
pub struct Told {
    pub status: u16,
    /// Of a refusal; empty for what was admitted.
    pub body: String,
    pub fields: HeaderMap,
    /// How many bytes of the message's body were taken.
    pub read: usize,
    pub error: Option<AuthError>,
}

impl Told {
    pub fn outcome(&self) -> (u16, &str) {
        (self.status, &self.body)
    }
}

/// Asks with one message; whatever comes of it has to be consistent in itself.
pub async fn ask(layer: &SentrySignatureLayer, head: http::request::Builder, body: &[u8]) -> Told {
    let inner = Inner::new();
    let body = if body.is_empty() { Script::empty() } else { Script::of(Bytes::copy_from_slice(body)) };
    let poller = body.poller();
    let response = layer.layer(inner.clone()).oneshot(head.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(inner.calls(), usize::from(status == 200));
    assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401, "a 401 has a challenge");
    assert_eq!(response.headers().get(header::ALLOW), (status == 405).then_some(&HeaderValue::from_static("POST")));
    let (fields, error) = (response.headers().clone(), response.extensions().get().cloned());
    let body = if status == 200 { Bytes::new() } else { collect(response.into_body()).await };
    Told { status, body: String::from_utf8(body.to_vec()).unwrap(), fields, read: poller.bytes(), error }
}

pub fn post(credentials: &str) -> http::request::Builder {
    Request::post("/store/").header(header::AUTHORIZATION, credentials)
}

/// A layer with the one key that messages without `sentry_key` are signed with, at this time.
pub fn layer(key: &str, now: SystemTime) -> SentrySignatureLayer {
    layer_of(&[("global", key)], now)
}

pub fn layer_of(keys: &[(&str, &str)], now: SystemTime) -> SentrySignatureLayer {
    let store = keys
        .iter()
        .fold(MemoryStore::new(), |store, (key_id, secret)| store.with_secret(key_id, Secret::new(*secret).unwrap()));
    SentrySignatureLayer::new(store).with_clock(ManualClock::new(now))
}

/// A time in decimal, to the nanosecond.
pub fn time(text: &str) -> SystemTime {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    SystemTime::UNIX_EPOCH + Duration::new(whole.parse().unwrap(), format!("{fraction:0<9.9}").parse().unwrap())
}

/// HMAC-SHA-1 of the timestamp, a blank and the body.
pub fn signature(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    mac.update(b" ");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn django() -> Value {
    serde_json::from_str(include_str!("../../vectors/django-sentry.json")).unwrap()
}

pub fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{row} has a text {name}"))
}

pub fn rows<'v>(file: &'v Value, section: &str) -> &'v [Value] {
    file[section].as_array().unwrap_or_else(|| panic!("there are rows {section}"))
}
