//! Stripe webhooks: `Stripe-Signature: t=<seconds>,v1=<hex>`.

use std::time::Duration;

use http::HeaderName;

use super::timestamped::{Time, Timestamped, timestamped};
use crate::hmac::{Algorithm, Coverage, Encoding, Leeway, SchemeProfile};

timestamped! {
    /// Stripe webhooks (source: Stripe's documentation "Receive Stripe events in your webhook endpoint", and its libraries for
    /// Python 16.1.0 and Node 23.1.0).
    ///
    /// `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`: HMAC-SHA-256 of the time as it is written, a full stop and the raw
    /// body. The key is the whole secret that Stripe shows, `whsec_` too. Several `v1` are what Stripe sends while a secret
    /// is rotated; one that matches is enough. Signatures of other versions, `v0` above all, are not looked at.
    ///
    /// Nothing else is covered: neither the URL nor the event's id outside the body. Signatures are good for 300 seconds, and 60
    /// seconds ahead of our clock; Stripe's own libraries accept any time ahead, and times that are spelled otherwise
    /// (`t=01700000000`). The same event is sent again with a new time, and so is no replay.
    Stripe, "stripe", FORMAT, PROFILE
}

static FORMAT: Timestamped =
    Timestamped { signatures: SIGNATURE, version: "v1", time: Time::Member("t", ','), before: "", mark: "." };
static PROFILE: SchemeProfile =
    SchemeProfile::new("Stripe", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)))
        .with_reference_leeway(Leeway::new(Duration::from_secs(300), Duration::MAX));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
