//! Paddle Billing webhooks: `Paddle-Signature: ts=<seconds>;h1=<hex>`.

use std::time::Duration;

use http::HeaderName;

use super::timestamped::{Time, Timestamped, timestamped};
use crate::hmac::{Algorithm, Coverage, Encoding, Leeway, SchemeProfile};

timestamped! {
    /// Paddle Billing webhooks (source: Paddle's documentation "Signature verification", and `@paddle/paddle-node-sdk` 3.10.0).
    ///
    /// `Paddle-Signature: ts=<seconds>;h1=<hex>[;h1=<hex>]`: HMAC-SHA-256 of the time as it is written, a colon and the raw
    /// body. Several `h1` are what Paddle sends while a secret is rotated; one that matches is enough, where Paddle's own
    /// library reads the last alone.
    ///
    /// Nothing else is covered. Signatures are good for 5 seconds either way, as in Paddle's library, which accepts any time
    /// ahead though: keep the clock right, or allow for more with [`with_leeway`](crate::HmacAuthLayer::with_leeway).
    Paddle, "paddle", FORMAT, PROFILE
}

static FORMAT: Timestamped =
    Timestamped { signatures: SIGNATURE, version: "h1", time: Time::Member("ts", ';'), before: "", mark: ":" };
static PROFILE: SchemeProfile =
    SchemeProfile::new("Paddle", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(5), Duration::from_secs(5)))
        .with_reference_leeway(Leeway::new(Duration::from_secs(5), Duration::MAX));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("paddle-signature");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
