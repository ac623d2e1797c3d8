//! What formats are made with.

use std::time::Duration;

use countersign_core::KeyId;

use crate::hmac::Algorithm;
#[cfg(doc)]
use crate::hmac::schemes::{Cavage, Contentful, EdgeGrid, SigV4, UstudioV2};

/// What some formats need to be told, and what can be changed about others. Each format takes what is meant for it.
#[derive(Clone, Debug, Default)]
pub struct SchemeParameters {
    pub(super) key_id: Option<KeyId>,
    pub(super) url: Option<Box<str>>,
    pub(super) scope: Option<(Box<str>, Box<str>)>,
    pub(super) access_token: Option<Box<str>>,
    pub(super) presigned: bool,
    pub(super) tag: Option<Box<str>>,
    pub(super) label: Option<Box<str>>,
    pub(super) covered: Option<Vec<String>>,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) lifetime: Option<Duration>,
    pub(super) no_nonce: bool,
    pub(super) sha1: bool,
    pub(super) reference: bool,
}

impl SchemeParameters {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key id that the store is asked for, for formats whose requests do not say one.
    #[must_use]
    pub fn with_key_id(mut self, key_id: KeyId) -> Self {
        self.key_id = Some(key_id);
        self
    }

    /// The URL that was registered with the sender. Square needs it; all other formats take theirs from the request, or from
    /// [`with_public_url`](crate::HmacAuthLayer::with_public_url).
    #[must_use]
    pub fn with_notification_url(mut self, url: impl Into<Box<str>>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Region and service. AWS Signature Version 4 needs them.
    #[must_use]
    pub fn with_scope(mut self, region: impl Into<Box<str>>, service: impl Into<Box<str>>) -> Self {
        self.scope = Some((region.into(), service.into()));
        self
    }

    /// Client: the access token that Akamai EdgeGrid has beside the key id, its client token.
    #[must_use]
    pub fn with_access_token(mut self, token: impl Into<Box<str>>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Reads the credentials of AWS Signature Version 4 in the query too: [`SigV4::with_presigned_urls`].
    #[must_use]
    pub const fn with_presigned_urls(mut self) -> Self {
        self.presigned = true;
        self
    }

    /// The tag of the signature that counts: [`Rfc9421::with_tag`](super::super::Rfc9421).
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<Box<str>>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// The label of the signature that counts: [`Rfc9421::with_label`](super::super::Rfc9421).
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Box<str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Client: covers these components, in formats whose requests list what they cover. Akamai EdgeGrid: the fields that both
    /// sides sign.
    #[must_use]
    pub fn with_covered_components(mut self, names: impl IntoIterator<Item: Into<String>>) -> Self {
        self.covered = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Client: signs with this algorithm, in formats whose requests name it.
    #[must_use]
    pub const fn with_algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    /// Client: says how long the signature is good, in RFC 9421 and AWS Signature Version 4; the latter then stands in the
    /// query, as [`SigV4::with_signature_in_query`] says.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Client: signs without a nonce, where a format can do without.
    #[must_use]
    pub const fn without_nonce(mut self) -> Self {
        self.no_nonce = true;
        self
    }

    /// Accepts HMAC-SHA-1 in formats that name their algorithm; in Hawk and Duo, it is what all keys are for.
    #[must_use]
    pub const fn with_insecure_sha1(mut self) -> Self {
        self.sha1 = true;
        self
    }

    /// Reads what the reference implementation reads, where the format here refuses it: any query
    /// ([`UstudioV2::with_insecure_reference_query`]), a digest that nobody holds against the body
    /// ([`Cavage::with_insecure_reference_digest`]), a body of which only the start is covered
    /// ([`EdgeGrid::with_insecure_uncovered_tail`]), a target that was signed before it was escaped
    /// ([`Contentful::with_insecure_decoded_target`]).
    #[must_use]
    pub const fn with_insecure_reference_format(mut self) -> Self {
        self.reference = true;
        self
    }
}
