//! Timestamps as they were sent, and as Python 2 writes them.

use std::time::{Duration, SystemTime};

use countersign::SentrySignatureLayer;

use crate::asking::{ask, django, layer, post, rows, signature, text};
use crate::deviations::{ADMITTED, BAD_SIGNATURE, NO_TIMESTAMP, UNAUTHORIZED};

/// A layer for which no time is too far away.
fn timeless() -> SentrySignatureLayer {
    let ever = Duration::from_secs(u64::MAX >> 2);
    layer("sec1", SystemTime::UNIX_EPOCH).with_leeway(ever, ever)
}

async fn sent(timestamp: &str, signed: &str) -> (u16, String) {
    let signature = signature("sec1", signed, b"the body");
    let credentials = format!("Sentry sentry_signature={signature}, sentry_timestamp={timestamp}");
    let told = ask(&timeless(), post(&credentials), b"the body").await;
    (told.status, told.body)
}

/// Every row of what Python 2 makes of a number, as a timestamp. The rows that are none are left to the renderer's own test.
#[tokio::test]
async fn either_rendering_of_a_timestamp_may_be_signed() {
    let owned = |(status, body): (u16, &str)| (status, body.to_owned());
    let (mut timestamps, mut others) = (0, 0);
    for row in rows(&django(), "python2_str_float") {
        let number = text(row, "in");
        // Blanks around a parameter belong to the list.
        let decimal = !number.is_empty() && number.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !decimal || number.starts_with([' ', '\t']) {
            others += 1;
            // A comma ends a parameter, and what follows it is none.
            let expected = if number.contains(',') { UNAUTHORIZED } else { NO_TIMESTAMP };
            assert_eq!(sent(number, number).await, owned(expected), "{number:?}");
            continue;
        }
        timestamps += 1;
        let (number, rendered) = (number.trim(), text(row, "out"));
        assert_eq!(sent(number, number).await, owned(ADMITTED), "{number:?} as it was sent");
        assert_eq!(sent(number, rendered).await, owned(ADMITTED), "{number:?} as {rendered:?}");
        assert_eq!(sent(number, &format!("0{number}")).await, owned(BAD_SIGNATURE), "{number:?} as neither");
    }
    assert_eq!((timestamps, others), (118, 34));
}
