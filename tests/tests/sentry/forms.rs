//! The older form, with the key in it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::post;
use countersign::hmac::Coverage;
use countersign::sentry::{LegacyFormError, SentryEvent, SentryProtocol, SentryStyle};
use countersign::{
    AuthError, AuthErrorKind, BearerTokenLayer, ManualClock, MemoryStore, Secret, SecretVersion, Secrets,
    SentrySignatureLayer, StoreError, TokenInfo, store_fn,
};
use countersign_tests::{Inner, Script, Step, collect};
use http::{Request, header};
use serde_json::Value;
use tower::{Layer as _, ServiceExt as _};

use crate::asking::{Told, django, layer, rows, text, time};
use crate::deviations::*;
use crate::originals::{VERSIONS, body};

const NOW: &str = "1304559408.5";
const KEY: &str = "the server's key";
const EVENT: &str = "eyJtZXNzYWdlIjogImhlbGxvIn0=";
const TYPE: &str = "application/x-www-form-urlencoded";
const GOOD: &str = "key=the+server%27s+key&format=json&data=eyJtZXNzYWdlIjogImhlbGxvIn0%3D";

fn guard() -> SentrySignatureLayer {
    layer(KEY, time(NOW)).with_insecure_legacy_form_key()
}

fn form() -> http::request::Builder {
    Request::post("/store/").header(header::CONTENT_TYPE, TYPE)
}

/// Asks, and says what came of it; the body is declared as long as it is.
async fn ask(layer: &SentrySignatureLayer, head: http::request::Builder, form: &str) -> Told {
    let inner = Inner::new();
    let body = Script::of(form.to_owned()).declaring(form.len() as u64);
    let poller = body.poller();
    let response = layer.layer(inner.clone()).oneshot(head.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(inner.calls(), usize::from(status == 200));
    assert_eq!(response.headers().contains_key(header::WWW_AUTHENTICATE), status == 401, "a 401 has a challenge");
    let (fields, error) = (response.headers().clone(), response.extensions().get().cloned());
    let body = if status == 200 { Vec::new() } else { collect(response.into_body()).await.to_vec() };
    Told { status, body: String::from_utf8(body).unwrap(), fields, read: poller.bytes(), error }
}

#[tokio::test]
async fn the_handler_gets_the_form_and_who_sent_it() {
    for (layer, expected) in
        [(guard(), GOOD), (guard().with_credentials_stripped(), "format=json&data=eyJtZXNzYWdlIjogImhlbGxvIn0%3D")]
    {
        let inner = Inner::new();
        let head = form().header(header::CONTENT_LENGTH, GOOD.len());
        let response = layer.layer(inner.clone()).oneshot(head.body(Script::of(GOOD)).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        let seen = inner.last();
        assert_eq!(String::from_utf8(seen.body()).unwrap(), expected);
        assert_eq!(seen.head.headers[header::CONTENT_LENGTH].to_str().unwrap(), expected.len().to_string());
        assert_eq!((seen.caller().method(), seen.caller().subject()), ("Sentry", "global"));
        assert_eq!(seen.caller().covered(), Coverage::NONE);
    }
}

#[tokio::test]
async fn the_event_is_read_from_data() {
    let told = async |SentryEvent(event): SentryEvent<Value>| event["message"].as_str().unwrap().to_owned();
    // base64 of zlib of {"message": "hello"}.
    let compressed = "key=the+server%27s+key&data=eJyrVspNLS5OTE9VslJQykjNyclXqgUASMEG1A%3D%3D&format=json";
    for layer in [guard(), guard().with_credentials_stripped()] {
        for form in [GOOD, compressed] {
            let app = Router::new().route("/store/", post(told)).layer(layer.clone());
            let request = self::form().body(Body::from(form)).unwrap();
            let response = app.oneshot(request).await.unwrap();
            assert_eq!((response.status().as_u16(), &*collect(response.into_body()).await), (200, &b"hello"[..]));
        }
    }
    // A form that was signed is no such form.
    let signature = crate::asking::signature(KEY, NOW, GOOD.as_bytes());
    let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={NOW}");
    let app = Router::new().route("/store/", post(told)).layer(guard());
    let signed = form().header(header::AUTHORIZATION, credentials).body(Body::from(GOOD)).unwrap();
    assert_eq!(app.oneshot(signed).await.unwrap().status(), 400);
}

/// Without the option no row with a form is let in, whatever the version.
#[tokio::test]
async fn it_is_off_unless_it_is_asked_for() {
    let (file, mut forms) = (django(), 0);
    for row in VERSIONS.iter().flat_map(|version| rows(&file[format!("django_sentry_{version}")], "vectors")) {
        if row["form"].is_null() {
            continue;
        }
        forms += 1;
        let (content_type, form) = body(row);
        for (protocol, expected) in [
            (SentryProtocol::V1_7, NO_DATA),
            (SentryProtocol::V1, BAD_CREDENTIALS),
            (SentryProtocol::V2, UNAUTHORIZED),
            (SentryProtocol::Any, UNAUTHORIZED),
            (SentryProtocol::Nonce, UNAUTHORIZED),
        ] {
            let head = Request::post("/store/").header(header::CONTENT_TYPE, content_type);
            let layer = layer(text(row, "key"), time(text(row, "now"))).with_protocol(protocol);
            let told = ask(&layer, head, &form).await;
            assert_eq!((told.outcome(), told.read), (expected, 0), "{protocol:?}: {row}");
        }
    }
    assert_eq!(forms, 14);
}

/// Each of these has everything wrong with it that comes later, too.
#[tokio::test]
async fn the_version_says_what_is_judged_first() {
    use SentryProtocol::{Any, Nonce, V1, V1_7, V2};
    let good = |rest: &str| format!("key=the+server%27s+key{rest}");
    for (form, early, late) in [
        (String::new(), NO_DATA, BAD_CREDENTIALS),
        ("key=x".into(), NO_DATA, BAD_CREDENTIALS),
        ("key=x&data=&format=json".into(), NO_DATA, BAD_CREDENTIALS),
        ("data=x".into(), NO_FORMAT, BAD_CREDENTIALS),
        ("key=x&data=x&format=xml".into(), NO_FORMAT, BAD_CREDENTIALS),
        ("key=x&data=x&format=pickle".into(), NO_FORMAT, BAD_CREDENTIALS),
        ("key=x&data=x&format=json".into(), BAD_CREDENTIALS, BAD_CREDENTIALS),
        ("key=&data=x&format=json".into(), BAD_CREDENTIALS, BAD_CREDENTIALS),
        (good(""), NO_DATA, NO_DATA),
        (good("&format=pickle"), NO_DATA, NO_DATA),
        (good("&data=x"), NO_FORMAT, NO_FORMAT),
        (good("&data=x&format="), NO_FORMAT, NO_FORMAT),
        (good("&data=x&format=pickle"), NO_FORMAT, NO_FORMAT),
        (good("&data=x&format=JSON"), NO_FORMAT, NO_FORMAT),
        (good("&data=x&format=json"), ADMITTED, ADMITTED),
    ] {
        for protocol in [V1_7, V1, V2, Any, Nonce] {
            let expected = if protocol == V1_7 { early } else { late };
            let told = ask(&guard().with_protocol(protocol), self::form(), &form).await;
            assert_eq!(told.outcome(), expected, "{protocol:?}: {form}");
        }
    }
}

#[tokio::test]
async fn the_modern_style_has_the_statuses_of_every_other_layer() {
    let modern = guard().with_style(SentryStyle::Modern);
    let mut refused = Vec::new();
    for (form, status, kind, why) in [
        ("format=json&data=x", 401, AuthErrorKind::MissingCredentials, LegacyFormError::NoKey),
        ("key=x&format=json&data=x", 401, AuthErrorKind::BadSignature, LegacyFormError::WrongKey),
        (&*GOOD.replace("json", "pickle"), 400, AuthErrorKind::MalformedCredentials, LegacyFormError::Pickle),
        (&GOOD.replace("json", "xml"), 400, AuthErrorKind::MalformedCredentials, LegacyFormError::NotJson),
        (&GOOD.replace("data", "date"), 400, AuthErrorKind::MalformedCredentials, LegacyFormError::NoData),
        (&format!("{GOOD}&key=x"), 400, AuthErrorKind::SeveralCredentials, LegacyFormError::SeveralFields),
    ] {
        let told = ask(&modern, self::form(), form).await;
        let error = told.error.unwrap();
        assert_eq!((told.status, error.kind(), why_of(&error)), (status, kind, Some(why)), "{form}");
        assert_eq!(told.fields[header::CONTENT_TYPE], "application/problem+json");
        refused.push(told.body);
    }
    assert_eq!(refused[0], refused[1], "the caller is not told more than that it is refused");
}

fn why_of(error: &AuthError) -> Option<LegacyFormError> {
    std::error::Error::source(error)?.downcast_ref().copied()
}

/// Whichever of the two counted for somebody in between, it is not ours to choose.
#[tokio::test]
async fn a_field_that_is_there_twice_is_refused() {
    let many: String = (0..30).map(|n| format!("&f{n}=x")).collect();
    for (form, expected) in [
        (format!("{GOOD}&key=the+server%27s+key"), BAD_REQUEST),
        (format!("key=x&{GOOD}"), BAD_REQUEST),
        (format!("{GOOD}&data=x"), BAD_REQUEST),
        (format!("format=pickle&{GOOD}"), BAD_REQUEST),
        (format!("{GOOD}&f%6Frmat=json"), BAD_REQUEST),
        (format!("{GOOD}&other=1&other=1"), BAD_REQUEST),
        (format!("{GOOD}{many}"), BAD_REQUEST),
        (format!("{GOOD}&site=x&server=y"), ADMITTED),
    ] {
        assert_eq!(ask(&guard(), self::form(), &form).await.outcome(), expected, "{form}");
    }
}

/// What is no such form is judged as if there were none; nothing of it is read.
#[tokio::test]
async fn what_is_a_form_is_said_by_the_head() {
    let post = || Request::post("/store/");
    for (head, expected) in [
        (post(), UNAUTHORIZED),
        (post().header("content-type", "text/plain"), UNAUTHORIZED),
        (post().header("content-type", "multipart/form-data; boundary=x"), UNAUTHORIZED),
        (form().header("content-type", TYPE), UNAUTHORIZED),
        (form().header("authorization", "Basic Zm9vOmJhcg=="), UNAUTHORIZED),
        (form().header("x-sentry-auth", "sentry"), UNAUTHORIZED),
        (form().header("authorization", "Sentry sentry_signature=x"), UNAUTHORIZED),
        (form().method("PUT"), (405, "")),
        (form().header("host", "a").header("host", "b"), BAD_REQUEST),
    ] {
        let told = ask(&guard(), head, GOOD).await;
        assert_eq!((told.outcome(), told.read), (expected, 0));
    }
    for content_type in ["application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-URLencoded"] {
        assert_eq!(ask(&guard(), post().header("content-type", content_type), GOOD).await.outcome(), ADMITTED);
    }
}

#[tokio::test]
async fn bodies_are_bounded_as_others_are() {
    let long = format!("{GOOD}&x={}", "x".repeat(100));
    let told = ask(&guard().with_body_limit(100), form(), &long).await;
    assert_eq!((told.status, told.read), (413, 0), "it says how long it is");
    let bounded = guard().with_body_limit(100);
    let trickling = form().body(Script::trickling(long.as_bytes(), 10)).unwrap();
    assert_eq!(bounded.layer(Inner::new()).oneshot(trickling).await.unwrap().status(), 413);
    let budget = guard().with_body_budget(60);
    assert_eq!(ask(&budget, form(), GOOD).await.status, 503);
    let fails = form().body(Script::new([Step::Data("key=".into()), Step::Fail])).unwrap();
    assert_eq!(guard().layer(Inner::new()).oneshot(fails).await.unwrap().status(), 400);
}

#[tokio::test(start_paused = true)]
async fn a_form_that_does_not_arrive_is_not_waited_for() {
    let hangs = form().body(Script::new([Step::Data("key=".into()), Step::Hang])).unwrap();
    let bounded = guard().with_body_timeout(Duration::from_secs(7));
    assert_eq!(bounded.layer(Inner::new()).oneshot(hangs).await.unwrap().status(), 408);
}

#[tokio::test]
async fn every_live_secret_is_the_key_and_no_other() {
    let secret = |text: &str| Secret::new(text).unwrap();
    let store = store_fn(move |_| async move {
        Ok::<Secrets, StoreError>(
            [
                SecretVersion::new(secret("new")).with_label("new"),
                SecretVersion::new(secret("old")).with_label("old").with_not_after(time("1304559409")),
                SecretVersion::new(secret("over")).with_label("over").with_not_after(time(NOW)),
            ]
            .into_iter()
            .collect(),
        )
    });
    let layer =
        SentrySignatureLayer::new(store).with_clock(ManualClock::new(time(NOW))).with_insecure_legacy_form_key();
    for (key, expected) in [("new", ADMITTED), ("old", ADMITTED), ("over", BAD_CREDENTIALS), ("ne", BAD_CREDENTIALS)] {
        let told = ask(&layer, form(), &format!("key={key}&format=json&data={EVENT}")).await;
        assert_eq!(told.outcome(), expected, "{key}");
    }
    let nobody = SentrySignatureLayer::new(MemoryStore::new()).with_insecure_legacy_form_key();
    assert_eq!(ask(&nobody, form(), GOOD).await.outcome(), BAD_CREDENTIALS);
}

#[tokio::test]
async fn a_store_that_fails_admits_nobody() {
    let failing = store_fn(|_| async { Err::<Secrets, _>(StoreError::new("down")) });
    let told = ask(&SentrySignatureLayer::new(failing).with_insecure_legacy_form_key(), form(), GOOD).await;
    assert_eq!((told.status, told.error.unwrap().kind()), (503, AuthErrorKind::StoreFailed));
}

/// A form is credentials: it is not anonymous, and who may also send a token sends one of the two.
#[tokio::test]
async fn beside_other_credentials_a_form_is_one_kind() {
    let optional = guard().with_optional();
    for (form, expected) in [(GOOD, 200), ("key=x&format=json&data=x", 403), ("a=b", 403)] {
        let request = self::form().body(Script::of(form)).unwrap();
        assert_eq!(optional.layer(Inner::new()).oneshot(request).await.unwrap().status(), expected, "{form}");
    }
    let tokens = MemoryStore::new().with_token("tk_1", TokenInfo::new("ada"));
    let either = BearerTokenLayer::new(tokens).or(guard());
    for (head, form, expected) in [
        (form(), GOOD, 200),
        (form(), "key=x&format=json&data=x", 401),
        (form().header("authorization", "Bearer tk_1"), "a=b", 200),
        (form().header("authorization", "Bearer tk_2"), GOOD, 401),
    ] {
        let response = either.layer(Inner::new()).oneshot(head.body(Script::of(form)).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{form}");
    }
}
