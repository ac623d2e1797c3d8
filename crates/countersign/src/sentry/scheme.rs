//! The wire format of Sentry's signed messages.

use std::time::Duration;

use countersign_core::KeyId;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::parameters::{CREDENTIALS, NAME, Parameters, X_SENTRY_AUTH};
use super::timestamp::Timestamp;
use super::{ClientName, SentryProtocol};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// `Sentry sentry_signature=…, sentry_timestamp=…, sentry_client=…[, sentry_key=…]` in `X-Sentry-Auth` or `Authorization`:
/// HMAC-SHA-1 over the timestamp, a blank and the raw body.
///
/// Sentry 1.x signed not the timestamp it was sent but that number as Python 2 writes a float; Sentry 2.0 signed the text.
/// Unless told otherwise ([`with_protocol`](Self::with_protocol)), both are computed, always, and either may match. The
/// signer's timestamps read the same both ways, until the year 2286: Python writes twelve digits.
///
/// Without a `sentry_key` in the credentials, the store is asked for the key id `global`, or the one given.
#[derive(Clone, Debug)]
pub struct SentryMessage {
    global_key_id: KeyId,
    protocol: SentryProtocol,
    client: ClientName,
}

impl SentryMessage {
    /// Messages that are signed with the key they name, or with that of key id `global`.
    #[must_use]
    pub fn new() -> Self {
        Self::with_global_key_id(KeyId::new("global").expect("six bytes make a key id"))
    }

    /// Messages that are signed with the key they name, or with that of this key id.
    #[must_use]
    pub const fn with_global_key_id(key_id: KeyId) -> Self {
        Self { global_key_id: key_id, protocol: SentryProtocol::Any, client: ClientName::DEFAULT }
    }

    /// Reads and signs messages by this version's rules; [`SentryProtocol::Any`] unless told otherwise.
    #[must_use]
    pub const fn with_protocol(mut self, protocol: SentryProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Signs as this client; [`ClientName::DEFAULT`] unless told otherwise.
    #[must_use]
    pub fn with_client(mut self, name: ClientName) -> Self {
        self.client = name;
        self
    }

    /// Whose key signs messages that name none.
    #[must_use]
    pub const fn global_key_id(&self) -> &KeyId {
        &self.global_key_id
    }

    /// By whose rules messages are read.
    #[must_use]
    pub const fn protocol(&self) -> SentryProtocol {
        self.protocol
    }
}

impl Default for SentryMessage {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for SentryMessage {
    fn profile(&self) -> &SchemeProfile {
        static RELEASED: SchemeProfile = profile(Encoding::Hex, COVERS);
        static WITH_NONCE: SchemeProfile =
            profile(Encoding::Base64, COVERS.and(Coverage::NONCE)).with_single_use_nonce();
        if self.protocol == SentryProtocol::Nonce { &WITH_NONCE } else { &RELEASED }
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(found) = Parameters::find(head.headers(), self.protocol)? else { return Ok(None) };
        let (Some(signature), Some(timestamp)) = (found.signature, found.timestamp) else {
            return Err(Malformed::new("the signature or the timestamp is missing"));
        };
        let timestamp = Timestamp::read(timestamp).ok_or(
            Malformed::new("the timestamp is not decimal digits with a point at most")
                .with_status(StatusCode::BAD_REQUEST),
        )?;
        let key_id = match found.key {
            None => self.global_key_id.clone(),
            Some(key) => std::str::from_utf8(key)
                .ok()
                .and_then(|key| KeyId::new(key).ok())
                .ok_or(Malformed::new("the sentry_key is empty, too long or not UTF-8"))?,
        };
        // What is longer than any signature matches nothing, as surely as an empty one does.
        let signature = if signature.len() <= 40 { signature } else { b"" };
        let mut presented = Presented::new(key_id).with_signature(signature)?.with_created(timestamp.time);
        if self.protocol == SentryProtocol::Nonce {
            let nonce = found.nonce.filter(|nonce| is_nonce(nonce));
            presented = presented.with_nonce(nonce.ok_or(Malformed::new("the nonce is not 32 hexadecimal digits"))?);
        }
        Ok(Some(presented.with_extra(timestamp)))
    }

    fn bases<'r>(&self, _head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let timestamp = presented.extra::<Timestamp>().ok_or(Malformed::new("there is no timestamp"))?;
        let base = |text: &'r str| {
            let mut base = SignatureBase::new();
            base.push(Coverage::CREATED, text);
            base.push_literal(" ");
            if let Some(nonce) = presented.nonce() {
                base.push(Coverage::NONCE, nonce);
                base.push_literal(" ");
            }
            base.push_body();
            base
        };
        let (sent, as_python_2) = (&*timestamp.text, &*timestamp.as_python_2);
        let mut bases = Bases::new();
        match self.protocol {
            SentryProtocol::V1 | SentryProtocol::V1_7 => bases.push(base(as_python_2)),
            SentryProtocol::V2 | SentryProtocol::Nonce => bases.push(base(sent)),
            SentryProtocol::Any => {
                bases.push(base(sent));
                // Where both versions write the same, both sign the same. Which it is, everybody can see.
                if as_python_2 != sent {
                    bases.push(base(as_python_2));
                }
            }
        }
        Ok(bases)
    }

    fn prepare(&self, _head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let key_id = intent.key_id();
        if key_id != &self.global_key_id && !self.protocol.names_keys() {
            return Err(Malformed::new("messages of this version name no key: the global one alone can sign"));
        }
        if !key_id.as_str().bytes().all(|b| b.is_ascii_graphic() && b != b',') {
            return Err(Malformed::new("the key has commas, blanks or other than ASCII in it"));
        }
        let timestamp = Timestamp::at(intent.now()).ok_or(Malformed::new("the time of signing lies before 1970"))?;
        let mut presented = Presented::new(key_id.clone()).with_created(timestamp.time);
        if self.protocol == SentryProtocol::Nonce {
            presented = presented.with_nonce(format!("{:032x}", u128::from_be_bytes(*intent.nonce())).into_bytes());
        }
        Ok(presented.with_extra(timestamp))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let timestamp = &presented.extra::<Timestamp>().ok_or(Malformed::new("there is no timestamp"))?.text;
        let (client, nonce) = (&self.client, presented.nonce().map(String::from_utf8_lossy));
        let key = match presented.key_id() == &self.global_key_id {
            true => String::new(),
            false => format!(", sentry_key={}", presented.key_id().as_str()),
        };
        let (field, parameters) = match (self.protocol, nonce) {
            (SentryProtocol::Nonce, nonce) => {
                let nonce = nonce.ok_or(Malformed::new("there is no nonce"))?;
                (AUTHORIZATION, format!("signature={signature}, timestamp={timestamp}, nonce={nonce}, client={client}"))
            }
            // Every version reads `Authorization`.
            (SentryProtocol::V1 | SentryProtocol::V1_7 | SentryProtocol::Any, _) => (
                AUTHORIZATION,
                format!("sentry_signature={signature}, sentry_timestamp={timestamp}, sentry_client={client}{key}"),
            ),
            (SentryProtocol::V2, _) => (
                X_SENTRY_AUTH,
                format!(
                    "sentry_timestamp={timestamp}, sentry_signature={signature}, sentry_client={client}, \
                     sentry_version=2.0{key}"
                ),
            ),
        };
        let value = HeaderValue::try_from(format!("{NAME} {parameters}"));
        head.headers.insert(field, value.map_err(|_| Malformed::new("the key cannot stand in a field"))?);
        Ok(())
    }
}

const fn profile(encoding: Encoding, covers: Coverage) -> SchemeProfile {
    SchemeProfile::new(NAME, Algorithm::HmacSha1, encoding, covers, &CREDENTIALS)
        .with_leeway(Leeway::new(Duration::from_secs(3600), Duration::from_secs(60)))
        .with_method("POST")
}

/// Whether this is a nonce as `uuid4().hex` writes one; nothing in it can be taken for a blank.
fn is_nonce(text: &[u8]) -> bool {
    text.len() == 32 && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

const COVERS: Coverage = Coverage::CREATED.and(Coverage::BODY);
