//! `USTUDIO-HMAC-V2`: method, path, canonical query and body.

mod query;

use countersign_core::KeyId;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::auth::SignedHead;
use crate::hmac::signature_base::one_base;
use crate::hmac::{Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Malformed, Presented, SchemeProfile};

/// `Authorization: USTUDIO-HMAC-V2 <key> <64 hex digits>` (source: `ustudio-hmac-tornado` 0.4.0, with which it is
/// wire compatible in both directions).
///
/// HMAC-SHA-256 over `METHOD \n PATH \n CANONICAL_QUERY \n BODY`. The path is signed byte for byte as it was sent; the
/// canonical query has names in order, each with its values in order, values percent-encoded, names *not*.
///
/// Because names are signed decoded, two different requests can have the same bytes to sign. What makes that possible is
/// refused: a name with `&`, `=` or a control character in it, percent-encoding that is not UTF-8, bytes that are not
/// ASCII, and repeated names whose values are not in order. Clients that mean no harm send none of that, except the last;
/// [`with_insecure_reference_query`](Self::with_insecure_reference_query) accepts it all.
///
/// The format has neither time nor nonce: a signature is good for ever, and for every host. Replay protection is off until
/// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember. The
/// auth-scheme is compared byte by byte, as the original does.
#[derive(Clone, Copy, Debug, Default)]
pub struct UstudioV2 {
    reference_query: bool,
}

impl UstudioV2 {
    /// The format, without the requests that another request's signature would fit.
    #[must_use]
    pub const fn new() -> Self {
        Self { reference_query: false }
    }

    /// Accepts every query that the original accepts: whoever sees a signed request can then make others of it, by moving
    /// bytes between names, values and the body.
    #[must_use]
    pub const fn with_insecure_reference_query(mut self) -> Self {
        self.reference_query = true;
        self
    }
}

impl HmacScheme for UstudioV2 {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new(NAME, Algorithm::HmacSha256, Encoding::Hex, COVERS, &CREDENTIALS);
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let mut values = head.headers().get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let Some(value) = values.next() else { return Ok(None) };
        if let Some(second) = values.next() {
            // Which of several counts must not depend on who reads, whatever auth-scheme the others have.
            let mut all = [value, second].into_iter().chain(values);
            return if all.any(is_ours) { Err(Malformed::several()) } else { Ok(None) };
        }
        if !is_ours(value) {
            return Ok(None);
        }
        let rest = value.strip_prefix(NAME.as_bytes()).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or_default();
        let mut parts = rest.splitn(2, |byte| *byte == b' ');
        let (Some(key), Some(hex)) = (parts.next(), parts.next()) else { return Err(SHAPE) };
        let key_id = std::str::from_utf8(key).ok().and_then(|key| KeyId::new(key).ok());
        let key_id = key_id.ok_or(Malformed::new("the key is empty, too long or not UTF-8"))?;
        // Every digit is judged, whatever the ones before were: many at once then.
        if hex.len() != 64 || !hex.iter().fold(true, |all, b| all & matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            let digest = Malformed::new("the digest is not 64 lower-case hexadecimal digits");
            return Err(if hex.contains(&b' ') { SHAPE } else { digest });
        }
        let mut presented = Presented::new(key_id);
        presented.add_signature(hex)?;
        Ok(Some(presented))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, _presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let query = head.query().unwrap_or_default();
        let query = match self.reference_query {
            false => query::canonical(query)?,
            true => query::canonical_as_reference(query),
        };
        if !self.reference_query && !head.path().is_ascii() {
            return Err(Malformed::new("the path has bytes outside ASCII"));
        }
        Ok(one_base(|base| {
            base.push(Coverage::METHOD, head.method().as_str());
            base.push_literal("\n");
            base.push_path(head);
            base.push_literal("\n");
            base.push(Coverage::QUERY, query);
            base.push_literal("\n");
            base.push_body();
        }))
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let fits = intent.key_id().as_str().bytes().all(|byte| !byte.is_ascii_control() && byte != b' ');
        if fits { Ok(Presented::new(intent.key_id().clone())) } else { Err(Malformed::new("the key has blanks in it")) }
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let value = HeaderValue::try_from(format!("{NAME} {} {signature}", presented.key_id().as_str()));
        let value = value.map_err(|_| Malformed::new("the key cannot stand in a field"))?;
        head.headers.insert(AUTHORIZATION, value);
        Ok(())
    }
}

fn is_ours(value: &[u8]) -> bool {
    value.strip_prefix(NAME.as_bytes()).is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t')))
}

static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
const NAME: &str = "USTUDIO-HMAC-V2";
const SHAPE: Malformed = Malformed::new("the credentials are not a key and a digest, each after one blank");
const COVERS: Coverage = Coverage::METHOD.and(Coverage::PATH).and(Coverage::QUERY).and(Coverage::BODY);
