//! A format that was described.

use std::time::Duration;

use countersign_core::KeyId;
use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use super::super::text::{ascii, credentials, field, is_spelled, key_id, unix_milliseconds, unix_seconds};
use super::piece::Piece;
use super::render::{held, push, spell_time, value};
use super::review::{self, Fields};
use super::{CustomSchemeBuilder, InvalidScheme, TimeUnit};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile, SignatureBase,
};

/// A format of one's own. See the [module docs](super) for examples.
#[derive(Clone, Debug)]
pub struct CustomScheme {
    profile: SchemeProfile,
    signature: HeaderName,
    prefix: &'static str,
    auth_scheme: Option<&'static str>,
    between: Option<char>,
    key_id: KeyId,
    key_id_field: Option<HeaderName>,
    timestamp: Option<(HeaderName, TimeUnit)>,
    nonce: Option<HeaderName>,
    pieces: Vec<Piece>,
}

impl CustomScheme {
    /// Describes a format of this name: letters, digits and `-`. The name keeps its nonces apart from those of other formats,
    /// and is the auth-scheme of its challenge, unless the signature stands in `Authorization`, after another.
    pub const fn builder(name: &'static str) -> CustomSchemeBuilder {
        CustomSchemeBuilder::new(name)
    }

    pub(super) fn new(description: &CustomSchemeBuilder) -> Result<Self, InvalidScheme> {
        let CustomSchemeBuilder { name, algorithm, encoding, key_decoding, .. } = *description;
        let key_id = review::key_id(description)?;
        let fields = Fields::read(description)?;
        let auth_scheme = review::auth_scheme(description, &fields.signature)?;
        let pieces = review::pieces(description, &fields)?;

        let mut profile = SchemeProfile::new(name, algorithm, encoding, review::covers(&pieces), &[])
            .with_challenge(auth_scheme.unwrap_or(name))
            .with_key_decoding(key_decoding)
            .with_credentials([fields.signature.clone()]);
        if fields.timestamp.is_some() {
            profile = profile.with_leeway(description.leeway.unwrap_or(LEEWAY));
        }
        if fields.nonce.is_some() {
            profile = profile.with_single_use_nonce();
        }
        if pieces.contains(&Piece::JsonObject) {
            profile = profile.with_credentials_in_body();
        }
        Ok(Self {
            profile,
            signature: fields.signature,
            prefix: description.prefix,
            auth_scheme,
            between: description.between,
            key_id,
            key_id_field: fields.key_id,
            timestamp: fields.timestamp.zip(description.timestamp.map(|(_, unit)| unit)),
            nonce: fields.nonce,
            pieces,
        })
    }

    /// Whatever stands in the field of the signatures, after the auth-scheme where there is one.
    fn signatures<'h>(&self, head: &SignedHead<'h>) -> Result<Option<&'h str>, Malformed> {
        match self.auth_scheme {
            Some(scheme) => credentials(head, std::slice::from_ref(&self.signature), scheme),
            None => head.single(&self.signature)?.map(ascii).transpose(),
        }
    }

    fn with_signatures(&self, mut presented: Presented, text: &str) -> Result<Presented, Malformed> {
        let prefix = if self.auth_scheme.is_some() { "" } else { self.prefix };
        let members = text.split(|character| Some(character) == self.between);
        let mut any = false;
        for member in members {
            let Some(signature) = member.strip_prefix(prefix) else { continue };
            if !is_spelled(signature.as_bytes(), self.profile.encoding, length(self.profile.algorithm)) {
                return Err(Malformed::new("a signature is not spelled as the format has it"));
            }
            presented = presented.with_signature(signature.as_bytes())?;
            any = true;
        }
        if any { Ok(presented) } else { Err(Malformed::new("no signature begins as the format has it")) }
    }
}

impl HmacScheme for CustomScheme {
    fn profile(&self) -> &SchemeProfile {
        &self.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(signatures) = self.signatures(head)? else { return Ok(None) };
        let key_id = match &self.key_id_field {
            None => self.key_id.clone(),
            Some(name) => {
                let text = ascii(value(head, name)?)?;
                held(&Piece::KeyId, text.as_bytes())?;
                key_id(text)?
            }
        };
        let mut presented = self.with_signatures(Presented::new(key_id), signatures)?;
        if let Some((name, unit)) = &self.timestamp {
            let time = ascii(value(head, name)?)?;
            presented = presented.with_created(match unit {
                TimeUnit::Milliseconds => unix_milliseconds(time)?,
                TimeUnit::Seconds => unix_seconds(time)?,
            });
        }
        if let Some(name) = &self.nonce {
            let nonce = value(head, name)?.as_bytes();
            held(&Piece::Nonce, nonce)?;
            presented = presented.with_nonce(nonce);
        }
        Ok(Some(presented))
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        match body.first() {
            None | Some(b'{') => Ok(presented),
            _ if !self.profile.reads_body => Ok(presented),
            _ => Err(Malformed::new("the body does not begin with {")),
        }
    }

    fn bases<'r>(&'r self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let mut base = SignatureBase::new();
        for piece in &self.pieces {
            push(&mut base, piece, head, presented)?;
        }
        if base.covers().contains(Coverage::PATH) && head.query().is_none() {
            // Whoever adds a query makes the signature insufficient.
            base.push(Coverage::QUERY, "");
        }
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let mut presented = self.parse_body(Presented::new(intent.key_id().clone()), intent.body())?;
        if let Some(name) = &self.key_id_field {
            held(&Piece::KeyId, intent.key_id().as_str().as_bytes())?;
            head.headers.insert(name, field(intent.key_id().as_str())?);
        }
        if let Some((name, unit)) = &self.timestamp {
            presented = presented.with_created(intent.now());
            head.headers.insert(name, field(spell_time(&presented, *unit)?)?);
        }
        if let Some(name) = &self.nonce {
            let nonce = format!("{:032x}", u128::from_be_bytes(*intent.nonce()));
            head.headers.insert(name, field(&nonce)?);
            presented = presented.with_nonce(nonce.into_bytes());
        }
        Ok(presented)
    }

    fn attach(&self, head: &mut Parts, _presented: &Presented, signature: &str) -> Result<(), Malformed> {
        head.headers.insert(&self.signature, field(format!("{}{signature}", self.prefix))?);
        Ok(())
    }
}

/// How many bytes a MAC has.
const fn length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::HmacSha1 => 20,
        Algorithm::HmacSha256 => 32,
        Algorithm::HmacSha384 => 48,
        Algorithm::HmacSha512 => 64,
    }
}

const LEEWAY: Leeway = Leeway::new(Duration::from_secs(300), Duration::from_secs(60));
