//! Slack requests: `X-Slack-Signature: v0=<hex>` beside `X-Slack-Request-Timestamp`.

use std::time::Duration;

use http::HeaderName;

use super::timestamped::{Time, Timestamped, timestamped};
use crate::hmac::{Algorithm, Coverage, Encoding, Leeway, SchemeProfile};

timestamped! {
    /// Requests of Slack (source: Slack's documentation "Verifying requests from Slack", and `slack_sdk` 3.47.0).
    ///
    /// `X-Slack-Signature: v0=<hex>`: HMAC-SHA-256 of `v0:`, the time of `X-Slack-Request-Timestamp` in seconds, a colon and the
    /// raw body. Most bodies are forms: whatever parses and writes them again breaks the signature.
    ///
    /// Nothing else is covered: neither the URL nor the retry counters `X-Slack-Retry-…`. Signatures are good for 300 seconds
    /// either way.
    Slack, "slack", FORMAT, PROFILE
}

static FORMAT: Timestamped =
    Timestamped { signatures: SIGNATURE, version: "v0", time: Time::Field(TIMESTAMP), before: "v0:", mark: ":" };
static PROFILE: SchemeProfile = SchemeProfile::new("Slack", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
    .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(300)));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
