//! What is logged and answered.

use countersign_tests::Logs;
use http::Request;

use crate::asking::{ask, layer, post, signature, time};

const SECRET: &str = "canary-of-the-secret";
const NOW: &str = "1304559408.5";

/// At TRACE, in responses and in errors, of every kind of outcome.
#[tokio::test]
async fn no_secret_no_signature_and_no_other_parameter_shows_anywhere() {
    let logs = Logs::install();
    let good = signature(SECRET, NOW, b"canary-of-the-body");
    let stale = signature(SECRET, "1.0", b"canary-of-the-body");
    let bad = "ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11";
    let layer = layer(SECRET, time(NOW));
    let messages = [
        (200, format!("Sentry sentry_signature={good}, sentry_timestamp={NOW}, x=canary-of-a-parameter")),
        (403, format!("Sentry sentry_signature={good}, sentry_timestamp={NOW}, x=canary-of-a-parameter")),
        (403, format!("Sentry sentry_signature={bad}, sentry_timestamp={NOW}, x=canary-of-a-parameter")),
        (410, format!("Sentry sentry_signature={stale}, sentry_timestamp=1.0, x=canary-of-a-parameter")),
        (400, format!("Sentry sentry_signature={bad}, sentry_timestamp=canary-of-the-time")),
        (401, format!("Sentry sentry_signature={bad}, canary-of-a-parameter")),
        (401, format!("SentryX sentry_signature={bad}, sentry_timestamp={NOW}")),
    ];
    let mut shown = format!("{layer:?}");
    for (status, credentials) in &messages {
        let told = ask(&layer, post(credentials), b"canary-of-the-body").await;
        assert_eq!(told.status, *status, "{credentials}");
        shown += &format!("{:?} {} {:?}", told.fields, told.body, told.error);
        shown += &told.error.map(|error| error.to_string()).unwrap_or_default();
    }
    let forms = layer.with_insecure_legacy_form_key();
    let wrong = "key=canary-of-a-wrong-key&format=json&data=canary-of-the-data";
    let right = "key=canary-of-the-secret&format=json&data=canary-of-the-data";
    for (status, form) in [(200, right), (200, right), (403, wrong), (400, "key=canary-of-the-secret&data=canary")] {
        let head = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        let told = ask(&forms, head, form.as_bytes()).await;
        assert_eq!(told.status, status, "{form}");
        shown += &format!("{:?} {} {:?}", told.fields, told.body, told.error);
    }
    let logged = logs.text();
    let deprecated = |level: &str| logged.matches(&format!("{level} countersign::deprecation: ")).count();
    assert_eq!((deprecated("WARN"), deprecated("DEBUG")), (1, 1), "who still sends the key");
    assert!(logged.matches("countersign::rejection").count() >= 6, "{logged}");
    for needle in ["canary", bad, good.as_str(), stale.as_str()] {
        assert!(!shown.contains(needle), "{needle} in {shown}");
        // Other tests of this process are logged as well, and none of them has these.
        assert!(!logged.contains(needle), "{needle} was logged");
        assert!(messages.iter().any(|(_, credentials)| credentials.contains(needle)), "{needle} would be found");
    }
}
