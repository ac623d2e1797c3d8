//! Square's webhooks: `x-square-hmacsha256-signature` over the notification URL and the body.

use std::fmt;

use countersign_core::KeyId;
use http::request::Parts;
use http::{HeaderName, Uri};
use smallvec::smallvec;

use super::text::{field, is_spelled};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase,
};

/// Square's webhooks (source: Square's documentation "Validate webhooks", and `square` 46.0.0).
///
/// `x-square-hmacsha256-signature`: base64 of HMAC-SHA-256 over the notification URL, as it was registered with Square byte for
/// byte, and the raw body, with nothing between. Because nothing stands between them, the URL is taken from the configuration
/// and not from the request, and a request to any other path or query is refused: nobody can move bytes between the two.
///
/// Neither method nor time is covered. Replay protection is off until
/// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember.
///
/// There is no key id in the request. The store is asked for the key id `square`, or the one given.
///
/// ```
/// use countersign::hmac::schemes::Square;
/// use countersign::{HmacAuthLayer, MemoryStore, Secret};
///
/// let store = MemoryStore::new().with_secret("square", Secret::new("the signature key")?);
/// let layer = HmacAuthLayer::new(Square::new("https://example.com/webhooks/square")?, store);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Square {
    url: Box<str>,
    /// The URL's path and query.
    target: Box<str>,
    key_id: KeyId,
}

impl Square {
    /// Webhooks that are sent to this URL, the one registered with Square.
    ///
    /// # Errors
    /// When it is no absolute `http` or `https` URL.
    pub fn new(notification_url: &str) -> Result<Self, InvalidNotificationUrl> {
        let uri: Uri = notification_url.parse().map_err(|_| InvalidNotificationUrl)?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let target = uri.path_and_query().filter(|_| is_http && uri.authority().is_some());
        Ok(Self {
            url: notification_url.into(),
            target: target.ok_or(InvalidNotificationUrl)?.as_str().into(),
            key_id: KeyId::new("square").expect("six bytes make a key id"),
        })
    }

    /// Webhooks whose secret has this key id.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = key_id;
        self
    }

    fn is_target(&self, head: &SignedHead<'_>) -> bool {
        let query = head.query().map(|query| ["?", query]).unwrap_or_default();
        [head.path_prefix(), head.path(), query[0], query[1]].concat() == *self.target
    }
}

impl HmacScheme for Square {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Square", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS);
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signature) = head.single(&SIGNATURE)? else { return Ok(None) };
        if !is_spelled(signature.as_bytes(), Encoding::Base64, 32) {
            return Err(Malformed::new("the signature is not 32 bytes in base64"));
        }
        Presented::new(self.key_id.clone()).with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        if !self.is_target(head) {
            return Err(Malformed::new("the request was not sent to the notification URL"));
        }
        let mut base = SignatureBase::new();
        base.push(Coverage::PATH.and(Coverage::QUERY), &*self.url);
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(SIGNATURE, field(signature)?);
        Ok(())
    }
}

/// A notification URL was not an absolute `http` or `https` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidNotificationUrl;

impl fmt::Display for InvalidNotificationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a notification URL is an absolute http or https URL")
    }
}

impl std::error::Error for InvalidNotificationUrl {}

const COVERS: Coverage = Coverage::PATH.and(Coverage::QUERY).and(Coverage::BODY);
const SIGNATURE: HeaderName = HeaderName::from_static("x-square-hmacsha256-signature");
static CREDENTIALS: [HeaderName; 1] = [SIGNATURE];
