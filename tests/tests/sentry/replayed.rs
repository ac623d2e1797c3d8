//! Messages that were seen before.

use std::time::Duration;

use countersign::SentrySignatureLayer;

use crate::asking::{ask, layer, layer_of, post, signature, time};
use crate::deviations::{ADMITTED, BAD_SIGNATURE};

const NOW: &str = "1304559408.5";

async fn sent(layer: &SentrySignatureLayer, credentials: &str) -> (u16, String) {
    let told = ask(layer, post(credentials), b"body").await;
    (told.status, told.body)
}

fn owned((status, body): (u16, &str)) -> (u16, String) {
    (status, body.to_owned())
}

#[tokio::test]
async fn the_same_message_is_refused_the_second_time() {
    let layer = layer("sec1", time(NOW));
    let message = |timestamp: &str| {
        format!("Sentry sentry_signature={}, sentry_timestamp={timestamp}", signature("sec1", timestamp, b"body"))
    };
    assert_eq!(sent(&layer, &message("1304559408.12")).await, owned(ADMITTED));
    assert_eq!(sent(&layer, &message("1304559408.12")).await, owned(BAD_SIGNATURE));
    assert_eq!(sent(&layer, &message("1304559408.13")).await, owned(ADMITTED), "another one is not");
    let careless = layer.clone().with_insecure_no_replay_protection();
    for _ in 0..2 {
        assert_eq!(sent(&careless, &message("1304559408.12")).await, owned(ADMITTED), "unless it is switched off");
    }
}

/// Many timestamps read as the same number in Python 2, so that the one signature fits them all.
#[tokio::test]
async fn a_message_is_the_same_however_it_is_spelled() {
    let layer = layer("sec1", time(NOW));
    let signature = signature("sec1", "1304559408.12", b"body");
    let spellings = [
        format!("Sentry sentry_signature={signature}, sentry_timestamp=1304559408.12"),
        format!("Sentry sentry_signature={signature}, sentry_timestamp=1304559408.120"),
        format!("Sentry sentry_signature={signature}, sentry_timestamp=1304559408.1249"),
        format!("Sentry sentry_signature={signature}, sentry_timestamp=01304559408.12"),
        format!("Sentry  sentry_timestamp=1304559408.12 ,sentry_signature={signature},other=1"),
        format!("Sentry sentry_signature={signature}, sentry_timestamp=1304559408.12, sentry_key=global"),
    ];
    for (index, spelling) in spellings.iter().enumerate() {
        let expected = if index == 0 { ADMITTED } else { BAD_SIGNATURE };
        assert_eq!(sent(&layer, spelling).await, owned(expected), "{spelling}");
        let careless = layer.clone().with_insecure_no_replay_protection();
        assert_eq!(sent(&careless, spelling).await, owned(ADMITTED), "{spelling}: nothing else is wrong with it");
    }
}

#[tokio::test]
async fn messages_of_another_key_are_other_messages() {
    let layer = layer_of(&[("global", "sec1"), ("pub1", "sec1")], time(NOW));
    let signature = signature("sec1", NOW, b"body");
    let message = format!("Sentry sentry_signature={signature}, sentry_timestamp={NOW}");
    assert_eq!(sent(&layer, &message).await, owned(ADMITTED));
    assert_eq!(sent(&layer, &format!("{message}, sentry_key=pub1")).await, owned(ADMITTED));
    assert_eq!(sent(&layer, &format!("{message}, sentry_key=pub1")).await, owned(BAD_SIGNATURE));
}

#[tokio::test]
async fn a_wrong_signature_spends_nothing() {
    let layer = layer("sec1", time(NOW));
    let message = |key| format!("Sentry sentry_signature={}, sentry_timestamp={NOW}", signature(key, NOW, b"body"));
    assert_eq!(sent(&layer, &message("another")).await, owned(BAD_SIGNATURE));
    assert_eq!(sent(&layer, &message("sec1")).await, owned(ADMITTED));
}

#[tokio::test]
async fn with_a_leeway_without_end_nothing_is_forgotten() {
    let layer = layer("sec1", time(NOW)).with_leeway(Duration::MAX, Duration::MAX);
    for timestamp in ["0.0", "9999999999.5"] {
        let signature = signature("sec1", timestamp, b"body");
        let message = format!("Sentry sentry_signature={signature}, sentry_timestamp={timestamp}");
        assert_eq!(sent(&layer, &message).await, owned(ADMITTED));
        assert_eq!(sent(&layer, &message).await, owned(BAD_SIGNATURE));
    }
}
