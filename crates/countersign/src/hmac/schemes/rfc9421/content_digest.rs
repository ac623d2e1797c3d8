//! `Content-Digest: sha-256=:<base64>:` (RFC 9530 §2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use sfv::{BareItem, Item, ListEntry};

use super::dictionary::canonical;
use super::plain;
use crate::hmac::schemes::text::ascii;
use crate::hmac::{BodyClaim, DigestAlgorithm, Encoding, Malformed, SignatureBase};

/// Client: the field's value.
pub(super) fn of(body: &[u8]) -> String {
    let claim = BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, "");
    format!("sha-256=:{}:", claim.digest_of(body))
}

/// Adds the value, and claims of the body whatever it says that we can judge. Digests of other algorithms are left alone
/// (§5: there may be several for several readers); where there is no other, the body is not covered.
pub(super) fn push<'r>(base: &mut SignatureBase<'r>, value: &'r HeaderValue) -> Result<(), Malformed> {
    let text = ascii(value)?;
    if let Some(digest) = plain::sha256(text) {
        base.push_claim(text, BodyClaim::new(DigestAlgorithm::Sha256, Encoding::Base64, digest));
        return Ok(());
    }
    base.push_literal(text);
    for (name, member) in canonical(text)? {
        let algorithm = match name.as_str() {
            "sha-256" => DigestAlgorithm::Sha256,
            "sha-512" => DigestAlgorithm::Sha512,
            _ => continue,
        };
        let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(digest), .. }) = member else {
            return Err(Malformed::new("a digest is not a sequence of bytes"));
        };
        base.push_claim("", BodyClaim::new(algorithm, Encoding::Base64, STANDARD.encode(digest)));
    }
    Ok(())
}
