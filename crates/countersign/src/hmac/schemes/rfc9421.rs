//! RFC 9421 with shared secrets, `hmac-sha256`, and RFC 9530's `Content-Digest`.

mod component;
mod content_digest;
mod dictionary;
mod input;
mod plain;

use std::time::Duration;

use http::HeaderName;
use http::request::Parts;
use smallvec::smallvec;

use self::component::Component;
use self::dictionary::Fields;
use self::input::{Input, Signed};
use super::text::field;
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

/// HTTP message signatures (RFC 9421) with HMAC-SHA-256, over a body that `Content-Digest` (RFC 9530) says the digest of. The
/// format for services of one's own: it covers everything, has a time and a nonce, and is a standard.
///
/// What is signed here is always the same: `("@method" "@authority" "@path" "@query" "content-digest")`, `created`, `nonce`, `keyid`
/// and `alg`. What is verified may cover more, or something else in its stead (`"@target-uri"`, `"@request-target"`), as long as
/// method, authority, path, query, time and body are covered: all others are refused, unless the layer is told
/// [otherwise](crate::HmacAuthLayer::with_required_components). Every digest of SHA-256 and SHA-512 in `Content-Digest` is
/// held against the body; others are left alone, and do not cover it. Times are good for 300 seconds, and 5 seconds ahead of our
/// clock; `expires` can only shorten that. A replay is known by its nonce, or by its signature where there is none.
///
/// A request may have several signatures. Say which one counts, by its [tag](Self::with_tag), which is signed, or by its
/// [label](Self::with_label), which is not; where nothing is said, there may be one. `alg` is not needed, and has to agree where it
/// is there: the algorithm is the key's.
///
/// Refused is what this does not implement, or what could be read in two ways: parameters of signatures other than the six of
/// §2.3, parameters of components (`sf`, `bs`, `key`, `req`, `tr`; `name` apart), components that occur twice or are not in the
/// message, `@query-param` of a parameter that does not occur once, an empty query (§2.2.7 signs it as if it were none), and
/// structured fields in any but their canonical spelling (RFC 9651 §4.1). `Signature-Input`, `Signature` and
/// `Content-Digest` are one field line each.
///
/// ```
/// use countersign::hmac::schemes::Rfc9421;
/// use countersign::{Clock, HmacAuthLayer, KeyId, MemoryStore, Secret, SystemClock, sign_request};
///
/// let secret = Secret::new("a secret of at least 32 random bytes")?;
/// let layer = HmacAuthLayer::new(Rfc9421::new(), MemoryStore::new().with_secret("partner", secret.clone()));
///
/// let (mut head, ()) = http::Request::post("https://example.com/orders").body(())?.into_parts();
/// sign_request(&mut head, b"{}", &Rfc9421::new(), &KeyId::new("partner")?, &secret, SystemClock::new().now())?;
/// assert!(head.headers["signature-input"].to_str()?.starts_with("sig1=(\"@method\" \"@authority\" \"@path\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rfc9421 {
    tag: Option<Box<str>>,
    label: Option<Box<str>>,
    /// What the client covers.
    covered: Vec<Component>,
    nonce: bool,
    lifetime: Option<Duration>,
}

impl Rfc9421 {
    /// The one signature of a request.
    #[must_use]
    pub fn new() -> Self {
        let covered = ["@method", "@authority", "@path", "@query", "content-digest"].map(Component::new).into();
        Self { tag: None, label: None, covered, nonce: true, lifetime: None }
    }

    /// Looks for the signature with this tag (RFC 9421 §2.3), and leaves all others alone. The client signs with it.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<Box<str>>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Looks for the signature with this label, and leaves all others alone. The client signs with it, `sig1` unless told
    /// otherwise, and replaces a signature that has it already. Labels are not signed: whoever is in the middle can change them.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<Box<str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Client: covers these components, in this order: names of fields in lower case, and of derived components
    /// (RFC 9421 §2.2).
    #[must_use]
    pub fn with_covered_components(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.covered = names.into_iter().map(|name| Component::new(name.as_ref())).collect();
        self
    }

    /// Client: signs without a nonce, for servers that know none. Two like requests within a second are the same one then.
    #[must_use]
    pub const fn without_nonce(mut self) -> Self {
        self.nonce = false;
        self
    }

    /// Client: says in `expires` for how long the signature is good, in whole seconds.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl Default for Rfc9421 {
    fn default() -> Self {
        Self::new()
    }
}

impl HmacScheme for Rfc9421 {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("RFC9421", Algorithm::HmacSha256, Encoding::Base64, COVERS, &CREDENTIALS)
                .with_challenge("Signature")
                .with_leeway(Leeway::new(Duration::from_secs(300), Duration::from_secs(5)))
                .with_single_use_nonce();
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some((inputs, signatures)) = dictionary::lines(head.headers())? else { return Ok(None) };
        let (tag, label) = (self.tag.as_deref(), self.label.as_deref());
        if let Some((input, signature)) = plain::read(inputs, signatures, tag, label) {
            return input.into_presented()?.with_signature(signature.as_bytes()).map(Some);
        }
        let fields = Fields::read(inputs, signatures)?;
        let Some((input, signature)) = fields.select(tag, label)? else { return Ok(None) };
        input.into_presented()?.with_signature(signature.as_bytes()).map(Some)
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { spelled, components, covers } = presented.extra().ok_or(NOTHING)?;
        let mut base = SignatureBase::with_room_for(2 * components.len() + 4);
        for (place, component) in components.iter().enumerate() {
            // A line begins with the end of the one before.
            base.push_literal(component.line().get(usize::from(place == 0)..).unwrap_or_default());
            component.push_value(&mut base, head)?;
        }
        base.push_literal(if components.is_empty() { "\"@signature-params\": " } else { "\n\"@signature-params\": " });
        base.push(*covers, &**spelled);
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        if self.covered.iter().any(|component| component.name() == "content-digest") {
            head.headers.insert(CONTENT_DIGEST, field(content_digest::of(intent.body()))?);
        }
        let nonce = self.nonce.then(|| format!("{:032x}", u128::from_be_bytes(*intent.nonce())));
        let list = input::list(&self.covered, intent, self.lifetime, nonce.as_deref(), self.tag.as_deref())?;
        Input::read(&list)?.into_presented()
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { spelled, .. } = presented.extra().ok_or(NOTHING)?;
        let input = input::unspelled(spelled).ok_or(NOTHING)?;
        let label = self.label.as_deref().unwrap_or("sig1");
        let fields = Fields::with(&head.headers, label, input, signature)?;
        head.headers.insert(INPUT, field(fields.0)?);
        head.headers.insert(SIGNATURE, field(fields.1)?);
        Ok(())
    }
}

const NOTHING: Malformed = Malformed::new("nothing is signed");
const COVERS: Coverage = Coverage::METHOD
    .and(Coverage::AUTHORITY)
    .and(Coverage::PATH)
    .and(Coverage::QUERY)
    .and(Coverage::CREATED)
    .and(Coverage::BODY);
const INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
static CREDENTIALS: [HeaderName; 2] = [INPUT, SIGNATURE];
