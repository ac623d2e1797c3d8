//! Adyen's notifications.

use bytes::Bytes;
use countersign::hmac::schemes::{Adyen, BodyMac};
use countersign::hmac::{Coverage, HmacScheme as _};
use countersign::{AuthErrorKind, HmacAuthLayer, ManualClock, MemoryStore};
use http::{HeaderValue, Request};
use serde_json::{Value, json};

use crate::harness::{Outcome, Vector, assert_verdicts, send, vector, vectors};

const MALFORMED: Outcome = Err(AuthErrorKind::MalformedCredentials);
const FORGED: Outcome = Err(AuthErrorKind::BadSignature);

/// The row was made of a body alone, and Adyen says that it is JSON.
fn notification() -> Vector {
    let mut vector = vector("adyen", "notification-item-docs");
    vector.request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    vector
}

fn adyen(vector: &Vector) -> HmacAuthLayer {
    vector.layer(Adyen::new())
}

async fn outcome(body: impl Into<Bytes>) -> Outcome {
    let vector = notification();
    send(adyen(&vector), &vector.request.clone().map(|_| body.into())).await
}

/// The item of a body that is JSON.
fn item(body: &[u8]) -> Option<Value> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body["notificationItems"][0]["NotificationRequestItem"].clone())
}

/// What is signed of an item; what is left out is empty.
fn signed(item: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let member = |name: &str| item.get(name).map_or_else(String::new, text);
    let amount = |name: &str| text(&item["amount"][name]);
    let [reference, original, account] = ["pspReference", "originalReference", "merchantAccountCode"].map(member);
    let [merchant, event, success] = ["merchantReference", "eventCode", "success"].map(member);
    [reference, original, account, merchant, amount("value"), amount("currency"), event, success].join(":")
}

/// A body with this item, signed: the MAC of the same text as a body of Adyen's platforms.
fn with_signature(mut item: Value) -> String {
    let mut vector = notification();
    vector.request = vector.request.map(|_| signed(&item).into());
    let request = vector.signed_anew(&BodyMac::adyen(), &[]);
    item["additionalData"]["hmacSignature"] = request.headers()["hmacsignature"].to_str().unwrap().into();
    json!({ "live": "false", "notificationItems": [{ "NotificationRequestItem": item }] }).to_string()
}

/// The other rows are of another format, and have no signature that this one reads.
#[tokio::test]
async fn every_vector_gets_its_verdict() {
    assert_verdicts(&[notification()], adyen, &[], &[]).await;
    for vector in vectors("adyen").into_iter().filter(|vector| vector.id.starts_with("payload-")) {
        assert_eq!(
            send(adyen(&vector), &vector.request).await,
            Err(AuthErrorKind::MissingCredentials),
            "{}",
            vector.id
        );
    }
}

/// Whichever byte is changed: what is let through has the eight members that were signed.
#[tokio::test]
async fn a_change_in_anything_signed_is_refused() {
    let mut more = item(notification().request.body()).unwrap();
    more["reason"] = "033899:1111:03/2030".into();
    more["additionalData"] = json!({ "cardSummary": "1111" });
    let (mut passed, mut refused) = (0, 0);
    for body in [notification().request.body().clone(), with_signature(more).into()] {
        assert_eq!(outcome(body.clone()).await, Ok(()));
        let expected = signed(&item(&body).unwrap());
        for index in 0..body.len() {
            let mut changed = body.to_vec();
            changed[index] ^= 1;
            match outcome(changed.clone()).await {
                Ok(()) => {
                    passed += 1;
                    assert_eq!(signed(&item(&changed).unwrap()), expected, "{}", String::from_utf8_lossy(&changed));
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(passed > 10 && refused > 300, "{passed} let through, {refused} refused");
}

/// The weakness of the format, and that nobody is told otherwise.
#[tokio::test]
async fn nothing_else_is_covered() {
    assert_eq!(Adyen::new().profile().covers(), Coverage::NONE);
    let body = String::from_utf8(notification().request.body().to_vec()).unwrap();
    for (from, to) in [
        ("{\"notificationItems\"", "{\"live\": \"true\", \"notificationItems\""),
        ("\"eventCode\"", "\"reason\": \"forged\", \"eventCode\""),
        ("\"hmacSignature\"", "\"fraudResultType\": \"GREEN\", \"hmacSignature\""),
        ("\"originalReference\": \"\", ", ""),
    ] {
        assert!(body.contains(from), "{from}");
        assert_eq!(outcome(body.replacen(from, to, 1)).await, Ok(()), "{to}");
    }
    let vector = notification();
    let strict = adyen(&vector).with_required_components(Coverage::BODY);
    assert_eq!(send(strict, &vector.request).await, Err(AuthErrorKind::InsufficientCoverage));
}

/// A signature that holds must not let another item through.
#[tokio::test]
async fn one_item_is_all_there_is() {
    let body = String::from_utf8(notification().request.body().to_vec()).unwrap();
    let signed = body.strip_prefix("{\"notificationItems\": [").unwrap().strip_suffix("]}").unwrap();
    let forged = signed.replace("1130", "9999");
    assert_ne!(forged, signed);
    assert_eq!(outcome(format!("{{\"notificationItems\": [{signed}]}}")).await, Ok(()));
    for items in
        [format!("{signed}, {forged}"), format!("{forged}, {signed}"), format!("{signed}, {signed}"), String::new()]
    {
        assert_eq!(outcome(format!("{{\"notificationItems\": [{items}]}}")).await, MALFORMED, "{items}");
    }
    for body in [
        format!("{{\"notificationItems\": [{signed}], \"notificationItems\": [{forged}]}}"),
        format!("{{\"notificationItems\": [{forged}], \"notification\\u0049tems\": [{signed}]}}"),
        format!("{{\"notificationItems\": {signed}}}"),
        format!("[{{\"notificationItems\": [{signed}]}}]"),
        format!("{{\"notificationItems\": [{signed}]}} {{}}"),
        signed.to_owned(),
    ] {
        assert_eq!(outcome(body.clone()).await, MALFORMED, "{body}");
    }
}

#[tokio::test]
async fn each_member_is_there_once_in_one_spelling() {
    let body = String::from_utf8(notification().request.body().to_vec()).unwrap();
    for (from, to, expected) in [
        ("\"value\": 1130", "\"value\": 1130.0", MALFORMED),
        ("\"value\": 1130", "\"value\": 1.13e3", MALFORMED),
        ("\"value\": 1130", "\"value\": \"1130\"", MALFORMED),
        ("\"value\": 1130", "\"value\": 1131", FORGED),
        ("\"value\": 1130", "\"value\": 1130, \"value\": 1131", MALFORMED),
        ("\"value\": 1130", "\"value\": 1131, \"v\\u0061lue\": 1130", MALFORMED),
        ("\"success\": \"true\"", "\"success\": true", MALFORMED),
        ("\"success\": \"true\"", "\"success\": \"True\"", MALFORMED),
        ("\"success\": \"true\"", "\"success\": \"false\"", FORGED),
        ("\"originalReference\": \"\"", "\"originalReference\": null", MALFORMED),
        ("\"originalReference\": \"\"", "\"originalReference\": 1", MALFORMED),
        ("\"pspReference\"", "\"PspReference\"", MALFORMED),
        ("\"pspReference\"", "\"pspReference\": \"1\", \"pspReference\"", MALFORMED),
        ("\"merchantReference\"", "\"merchantreference\"", FORGED),
        ("{\"hmacSignature\"", "{\"hmacSignature\": \"\", \"hmacSignature\"", MALFORMED),
        ("\"hmacSignature\"", "\"hmacSignatures\"", MALFORMED),
        ("\"additionalData\"", "\"additionalData\": {}, \"additionalData\"", MALFORMED),
        ("coqCmt", "coqCm", MALFORMED),
        ("coqCmt", " coqCmt", MALFORMED),
    ] {
        let changed = body.replacen(from, to, 1);
        assert_ne!(changed, body, "{from}");
        assert_eq!(outcome(changed).await, expected, "{from} {to}");
    }
}

/// The eight are signed with colons between, and the merchant chooses one of them.
#[tokio::test]
async fn text_cannot_be_moved_between_members() {
    let mut honest = item(notification().request.body()).unwrap();
    honest["merchantReference"] = "order:7:EUR".into();
    let body = with_signature(honest.clone());
    assert_eq!(outcome(body.clone()).await, Ok(()));
    let signature = item(body.as_bytes()).unwrap()["additionalData"]["hmacSignature"].clone();
    let mut tried = 0;
    for (changes, expected) in [
        (json!({ "merchantReference": "7:EUR", "merchantAccountCode": "TestMerchant:order" }), MALFORMED),
        (json!({ "merchantReference": "order", "amount": { "value": 7, "currency": "EUR:1130:EUR" } }), MALFORMED),
        (
            json!({ "merchantReference": "order", "amount": { "value": 7, "currency": "EUR" }, "eventCode": "1130:EUR:AUTHORISATION" }),
            MALFORMED,
        ),
        (
            json!({ "pspReference": "7914073381342284:", "originalReference": "TestMerchant", "merchantAccountCode": "order" }),
            MALFORMED,
        ),
        (json!({ "merchantReference": "order:7:eur" }), FORGED),
    ] {
        let mut forged = honest.clone();
        for (name, value) in changes.as_object().unwrap() {
            forged[name] = value.clone();
        }
        tried += usize::from(signed(&forged) == signed(&honest));
        forged["additionalData"]["hmacSignature"] = signature.clone();
        let body = json!({ "notificationItems": [{ "NotificationRequestItem": forged }] });
        assert_eq!(outcome(body.to_string()).await, expected, "{body}");
    }
    assert!(tried >= 3, "some of these are signed alike, as the format's own libraries do it");
}

#[tokio::test]
async fn what_is_no_notification_has_no_credentials() {
    let vector = notification();
    let mut request = vector.request.clone();
    request.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
    assert_eq!(send(adyen(&vector), &request).await, Err(AuthErrorKind::MissingCredentials));
    let mut request = vector.request.clone();
    request.headers_mut().insert("hmacsignature", HeaderValue::from_static("of the platforms"));
    assert_eq!(send(adyen(&vector), &request).await, Err(AuthErrorKind::MissingCredentials));
    for body in ["", "{}", "null", "[]", "{\"notificationItems\": [{\"NotificationRequestItem\": null}]}"] {
        assert_eq!(outcome(body).await, MALFORMED, "{body}");
    }
    let deep = format!("{{\"a\": {}", "[".repeat(100_000));
    assert_eq!(outcome(deep).await, MALFORMED);
}

/// Whatever comes with it that is not covered.
#[tokio::test]
async fn a_notification_passes_once_where_it_is_remembered() {
    let vector = notification();
    let layer = HmacAuthLayer::new(Adyen::new(), vector.secret())
        .with_clock(ManualClock::new(vector.now))
        .with_replay_protection_for(MemoryStore::new(), std::time::Duration::from_secs(3600));
    assert_eq!(send(layer.clone(), &vector.request).await, Ok(()));
    let other: Request<Bytes> = vector.request.clone().map(|body| [b" ", body.as_ref()].concat().into());
    assert_eq!(send(layer, &other).await, Err(AuthErrorKind::Replayed));
}

#[test]
fn nothing_is_signed() {
    assert!(notification().try_signed_anew(&Adyen::new(), &[]).is_err());
}
