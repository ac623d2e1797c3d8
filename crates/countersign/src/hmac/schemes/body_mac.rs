//! Providers that sign the body and nothing else: one field, one MAC.

use countersign_core::KeyId;
use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use super::text::{field, is_spelled};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, KeyDecoding, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// Webhooks whose signature is an HMAC of the raw body in one field: one constructor for each provider.
///
/// Nothing but the body is covered: neither URL, nor time, nor the fields that name event, delivery and shop. Replay protection
/// is off until [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember;
/// a redelivery has the same body and so the same signature, and what is remembered is refused then.
///
/// There is no key id in the request. The store is asked for the provider's name in lower case, as said with each, or for
/// the [one given](Self::with_key_id).
///
/// ```
/// use countersign::hmac::schemes::BodyMac;
/// use countersign::{HmacAuthLayer, MemoryStore, Secret};
///
/// let store = MemoryStore::new().with_secret("shopify", Secret::new("the client secret")?);
/// let layer = HmacAuthLayer::new(BodyMac::shopify(), store);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyMac {
    profile: &'static SchemeProfile,
    field: HeaderName,
    /// What stands before the signature.
    prefix: &'static str,
    key_id: KeyId,
}

/// Declares constructors: name, key id, field, prefix, algorithm, encoding, key decoding.
macro_rules! providers {
    ($($(#[$doc:meta])* $provider:ident($name:literal, $key_id:literal):
        $field:literal, $prefix:literal, $algorithm:ident, $encoding:ident, $key:ident;)*) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("Key id `", $key_id, "`.")]
        #[must_use]
        pub fn $provider() -> Self {
            static FIELDS: [HeaderName; 1] = [HeaderName::from_static($field)];
            static PROFILE: SchemeProfile =
                SchemeProfile::new($name, Algorithm::$algorithm, Encoding::$encoding, Coverage::BODY, &FIELDS)
                    .with_key_decoding(KeyDecoding::$key);
            Self::described(&PROFILE, HeaderName::from_static($field), $prefix, $key_id)
        }
    )*};
}

impl BodyMac {
    providers! {
        /// Adyen's platform webhooks: `HmacSignature`, base64; the secret is the key in hexadecimal, as Adyen shows it
        /// (source: `Adyen` 16.0.0). Notifications of payments, whose signature stands in the JSON and covers some of it, are a
        /// format of their own, `Adyen`, with the feature `json`.
        adyen("Adyen", "adyen"): "hmacsignature", "", HmacSha256, Base64, Hex;

        /// Asana: `X-Hook-Signature`, hexadecimal (source: Asana's documentation "Webhooks guide"). The secret is what the
        /// handshake's `X-Hook-Secret` said.
        asana("Asana", "asana"): "x-hook-signature", "", HmacSha256, Hex, Raw;

        /// Bitbucket: `X-Hub-Signature: sha256=`, hexadecimal (source: Atlassian's documentation "Manage webhooks").
        bitbucket("Bitbucket", "bitbucket"): "x-hub-signature", "sha256=", HmacSha256, Hex, Raw;

        /// Dropbox: `X-Dropbox-Signature`, hexadecimal (source: Dropbox's documentation "Webhooks").
        dropbox("Dropbox", "dropbox"): "x-dropbox-signature", "", HmacSha256, Hex, Raw;

        /// Gitea and Forgejo: `X-Gitea-Signature`, hexadecimal (source: Gitea's documentation "Webhooks").
        gitea("Gitea", "gitea"): "x-gitea-signature", "", HmacSha256, Hex, Raw;

        /// Intercom: `X-Hub-Signature: sha1=`, hexadecimal, HMAC-SHA-1 (source: Intercom's documentation "Signed
        /// notifications").
        intercom("Intercom", "intercom"): "x-hub-signature", "sha1=", HmacSha1, Hex, Raw;

        /// LINE: `X-Line-Signature`, base64 (source: LINE's documentation "Verify webhook signature", and `@line/bot-sdk`
        /// 11.0.0).
        line("LINE", "line"): "x-line-signature", "", HmacSha256, Base64, Raw;

        /// Meta: `X-Hub-Signature-256: sha256=`, hexadecimal (source: Meta's documentation "Getting started with webhooks").
        meta("Meta", "meta"): "x-hub-signature-256", "sha256=", HmacSha256, Hex, Raw;

        /// Razorpay: `X-Razorpay-Signature`, hexadecimal (source: `razorpay` 2.9.8).
        razorpay("Razorpay", "razorpay"): "x-razorpay-signature", "", HmacSha256, Hex, Raw;

        /// Sentry's integration platform: `Sentry-Hook-Signature`, hexadecimal (source: Sentry's documentation "Webhooks"). The
        /// time of `Sentry-Hook-Timestamp` is not signed, and not looked at. Sentry's own sample verifies a body that it
        /// wrote again; here the bytes count that were sent.
        sentry_hook("Sentry-Hook", "sentry-hook"): "sentry-hook-signature", "", HmacSha256, Hex, Raw;

        /// Shopify's webhooks: `X-Shopify-Hmac-Sha256`, base64 (source: `ShopifyAPI` 12.7.0 and `@shopify/shopify-api` 13.1.0).
        /// Not its signed queries: those of its OAuth are [`ShopifyQuery`](super::ShopifyQuery)'s.
        shopify("Shopify", "shopify"): "x-shopify-hmac-sha256", "", HmacSha256, Base64, Raw;

        /// Typeform: `Typeform-Signature: sha256=`, base64 (source: Typeform's documentation "Secure your webhooks").
        typeform("Typeform", "typeform"): "typeform-signature", "sha256=", HmacSha256, Base64, Raw;

        /// Vercel: `x-vercel-signature`, hexadecimal, HMAC-SHA-1 (source: Vercel's documentation "Webhooks").
        vercel("Vercel", "vercel"): "x-vercel-signature", "", HmacSha1, Hex, Raw;
    }

    pub(super) fn described(
        profile: &'static SchemeProfile,
        field: HeaderName,
        prefix: &'static str,
        key_id: &'static str,
    ) -> Self {
        Self { profile, field, prefix, key_id: KeyId::new(key_id).expect("a short name is a key id") }
    }

    /// Requests whose secret has this key id.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = key_id;
        self
    }
}

impl HmacScheme for BodyMac {
    fn profile(&self) -> &SchemeProfile {
        self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(value) = head.single(&self.field)? else { return Ok(None) };
        let signature = value.as_bytes().strip_prefix(self.prefix.as_bytes());
        let signature = signature.ok_or(Malformed::new("the signature does not begin as the format has it"))?;
        let bytes = if self.profile.algorithm == Algorithm::HmacSha1 { 20 } else { 32 };
        if !is_spelled(signature, self.profile.encoding, bytes) {
            return Err(Malformed::new("the signature is not spelled as the format has it"));
        }
        Presented::new(self.key_id.clone()).with_signature(signature).map(Some)
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        base.push_body();
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Ok(Presented::new(intent.key_id().clone()))
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(&self.field, field(format!("{}{signature}", self.prefix))?);
        Ok(())
    }
}
