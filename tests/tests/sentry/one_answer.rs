//! What a stranger must not learn: whether a key exists.

use countersign::{ManualClock, MemoryStore, Secret, SecretAdmin as _, SecretVersion, SentrySignatureLayer};

use crate::asking::{ask, post, signature, time};

const NOW: &str = "1304559408.5";

#[tokio::test]
async fn unknown_and_disabled_keys_are_not_told_from_a_bad_signature() {
    let store = MemoryStore::new().with_secret("live", Secret::new("sec1").unwrap());
    let over = SecretVersion::new(Secret::new("sec2").unwrap()).with_not_after(time("1304559408.5"));
    store.add_secret(&"disabled".parse().unwrap(), &over).await.unwrap();
    let layer = SentrySignatureLayer::new(store).with_clock(ManualClock::new(time(NOW)));
    let body = vec![b'x'; 10_000];
    let mut told = Vec::new();
    for (key_id, secret) in [("live", "another"), ("unknown", "sec1"), ("disabled", "sec2")] {
        let signature = signature(secret, NOW, &body);
        let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={NOW}, sentry_key={key_id}");
        let answer = ask(&layer, post(&credentials), &body).await;
        told.push((answer.status, answer.body, answer.fields, answer.read));
    }
    assert_eq!((told[0].0, told[0].1.as_str(), told[0].3), (403, "Invalid signature", 10_000));
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:#?}");
    // The same request with the right secret is let through: nothing else is wrong with it.
    let credentials =
        format!("Sentry sentry_signature={}, sentry_timestamp={NOW}, sentry_key=live", signature("sec1", NOW, &body));
    assert_eq!(ask(&layer, post(&credentials), &body).await.status, 200);
}
