//! Zoom webhooks: `x-zm-signature: v0=<hex>` beside `x-zm-request-timestamp`.

use std::time::Duration;

use countersign_core::Secret;
use http::HeaderName;

use super::timestamped::{Time, Timestamped, timestamped};
use crate::hmac::mac::RunningMac;
use crate::hmac::whole::WholeBody;
use crate::hmac::{Algorithm, Coverage, Encoding, Leeway, SchemeProfile, SignatureBase};

timestamped! {
    /// Zoom webhooks (source: Zoom's documentation "Using webhooks", and `@zoom/rivet` 0.4.0).
    ///
    /// `x-zm-signature: v0=<hex>`: HMAC-SHA-256 of `v0:`, the time of `x-zm-request-timestamp` in seconds, a colon and the raw
    /// body. Zoom's own library parses the body and writes it again before it computes, and refuses what does not survive
    /// that; here the bytes count that were sent.
    ///
    /// Nothing else is covered. Signatures are good for 300 seconds, as Zoom's documentation wants, and 60 seconds ahead of our
    /// clock; Zoom's library does not look at the time at all.
    Zoom, "zoom", FORMAT, PROFILE
}

impl Zoom {
    /// The reply to Zoom's URL validation (`endpoint.url_validation`): the `encryptedToken` that goes with the `plainToken` of
    /// its payload, hexadecimal HMAC-SHA-256. Answer `{"plainToken": …, "encryptedToken": …}`.
    ///
    /// `None` where the token is anything but letters, digits, `-` and `_`: nobody must be able to have a request signed here.
    ///
    /// ```
    /// use countersign::Secret;
    /// use countersign::hmac::schemes::Zoom;
    ///
    /// let secret = Secret::new("zoom-secret-token")?;
    /// let token = Zoom::encrypted_token("qgg8vlvZRS6UYooatFL8Aw", &secret);
    /// assert_eq!(token.as_deref(), Some("d9e0d764a78494688ba3f2d5c0ed4ca311394b4834d959759213424d2df961e3"));
    /// assert_eq!(Zoom::encrypted_token("v0:1700000000:{}", &secret), None);
    /// # Ok::<(), countersign::EmptySecret>(())
    /// ```
    #[must_use]
    pub fn encrypted_token(plain_token: &str, secret: &Secret) -> Option<String> {
        let letters = plain_token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if plain_token.is_empty() || !letters {
            return None;
        }
        let mut base = SignatureBase::new();
        base.push_literal(plain_token);
        let fresh = RunningMac::new(Algorithm::HmacSha256, secret.expose_secret());
        let mac = WholeBody::EMPTY.mac(fresh, &base).ok()?;
        Some(Encoding::Hex.encode(&mac).as_str().to_owned())
    }
}

static FORMAT: Timestamped =
    Timestamped { signatures: SIGNATURE, version: "v0", time: Time::Field(TIMESTAMP), before: "v0:", mark: ":" };
static PROFILE: SchemeProfile = SchemeProfile::new("Zoom", Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS)
    .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(60)));
const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("x-zm-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-zm-request-timestamp");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
