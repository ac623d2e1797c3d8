//! Mailgun.

use countersign::hmac::schemes::Mailgun;
use countersign::{AuthErrorKind, HmacAuthLayer, ManualClock};

use crate::harness::{assert_verdicts, send, vector, vectors};

const MALFORMED: Result<(), AuthErrorKind> = Err(AuthErrorKind::MalformedCredentials);

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&vectors("mailgun"), |vector| vector.layer(Mailgun::new()), &[], &[]).await;
}

/// The weakness of the format: the event is not covered.
#[tokio::test]
async fn time_and_token_are_covered_and_the_event_is_not() {
    let vector = vector("mailgun", "json-0");
    let body = std::str::from_utf8(vector.request.body()).unwrap().to_owned();
    let at = body.find("event-data").unwrap();
    for index in 0..body.len() {
        let mut changed = body.clone().into_bytes();
        changed[index] ^= 1;
        let request = vector.request.clone().map(|_| changed.into());
        let outcome = send(vector.layer(Mailgun::new()), &request).await;
        assert!(outcome.is_err() || index >= at, "{index}: {request:?}");
    }
    let other = body.replacen("event-data\":", "event-data\": {\"event\": \"forged\"}, \"was\":", 1);
    assert_ne!(other, body);
    assert_eq!(send(vector.layer(Mailgun::new()), &vector.request.clone().map(|_| other.into())).await, Ok(()));
}

/// So a token passes once, whatever comes with it.
#[tokio::test]
async fn a_token_passes_once_with_any_event() {
    let vector = vector("mailgun", "json-0");
    let layer = HmacAuthLayer::new(Mailgun::new(), vector.secret()).with_clock(ManualClock::new(vector.now));
    let body = std::str::from_utf8(vector.request.body()).unwrap();
    let other = body.replacen("event-data\":", "event-data\": {}, \"was\":", 1);
    assert_eq!(send(layer.clone(), &vector.request).await, Ok(()));
    for again in [body.to_owned(), other] {
        let request = vector.request.clone().map(|_| again.into());
        assert_eq!(send(layer.clone(), &request).await, Err(AuthErrorKind::Replayed));
    }
}

#[tokio::test]
async fn each_part_is_there_once_in_one_spelling() {
    let vector = vector("mailgun", "json-0");
    let body = std::str::from_utf8(vector.request.body()).unwrap();
    for (from, to, expected) in [
        ("\"1700000000\"", "1700000000", MALFORMED),
        ("\"1700000000\"", "\"01700000000\"", MALFORMED),
        ("\"1700000000\"", "\"1700000000.0\"", MALFORMED),
        ("\"1700000000\"", "\"1600000000\"", Err(AuthErrorKind::Stale)),
        ("\"token\": \"", "\"token\": \"0", MALFORMED),
        ("\"token\": \"", "\"token\": \"x\", \"token\": \"", MALFORMED),
        ("\"token\"", "\"t\\u006fken\"", Ok(())),
        ("\"token\"", "\"Token\"", MALFORMED),
        ("{\"signature\"", "{\"signature\": {}, \"signature\"", MALFORMED),
        ("{\"signature\"", "[{\"signature\"", MALFORMED),
        ("\"signature\": \"", "\"signature\": \"0", MALFORMED),
    ] {
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body, "{from}");
        let request = vector.request.clone().map(|_| changed.into());
        assert_eq!(send(vector.layer(Mailgun::new()), &request).await, expected, "{from} {to}");
    }
    // A digit moved from the token to the time: the token is too short then.
    let moved = body.replace("1700000000\"", "17000000002\"").replace("\"24d4", "\"4d4");
    assert_ne!(moved, body);
    assert_eq!(send(vector.layer(Mailgun::new()), &vector.request.clone().map(|_| moved.into())).await, MALFORMED);
}

#[tokio::test]
async fn what_is_not_json_has_no_credentials() {
    let vector = vector("mailgun", "json-0");
    for (media_type, expected) in [
        ("application/json; charset=utf-8", Ok(())),
        ("Application/JSON", Ok(())),
        ("multipart/form-data; boundary=x", Err(AuthErrorKind::MissingCredentials)),
        ("application/jsonx", Err(AuthErrorKind::MissingCredentials)),
    ] {
        let mut request = vector.request.clone();
        request.headers_mut().insert("content-type", media_type.parse().unwrap());
        assert_eq!(send(vector.layer(Mailgun::new()), &request).await, expected, "{media_type}");
    }
}

/// The signature stands in a body that is the application's.
#[test]
fn nothing_is_signed() {
    let vector = vector("mailgun", "json-0");
    assert!(vector.try_signed_anew(&Mailgun::new(), &[]).is_err());
}
