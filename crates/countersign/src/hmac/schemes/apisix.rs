//! APISIX's hmac-auth: `Authorization: Signature keyId="…",algorithm="…",headers="…",signature="…"`.

use http::HeaderName;
use http::header::AUTHORIZATION;
use http::request::Parts;
use smallvec::smallvec;

use super::field_list::{self, DATE, Options, options};
use super::text::{Parameters, ascii, credentials, field, http_date, key_id};
use crate::auth::SignedHead;
use crate::hmac::{Bases, Coverage, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase};

/// APISIX's plugin hmac-auth (source: apache/apisix at f519a0f04ccf, `plugins/hmac-auth.lua`).
///
/// `Authorization: Signature keyId="<key id>",algorithm="hmac-sha256",headers="<names>",signature="<base64>"`. What is signed is
/// the key id and, in the list's order, `GET /path?query` for `@request-target` and `name: value` for fields, each with a
/// line feed. The time is that of `Date`, good for 300 seconds either way. HMAC-SHA-256 and -512 are accepted, whichever the
/// request names.
///
/// In APISIX the sender decides what is signed, the date apart. Here a signature has to cover the target, the date, and the
/// body by its `Digest`, which is held against the body: all others are refused, unless the layer is told
/// [otherwise](crate::HmacAuthLayer::with_required_components). `host` is not among them: signatures that leave it out fit
/// other hosts too.
///
/// A field that is listed and is not there is refused, where APISIX leaves it out; so is one that occurs twice, and a name that
/// is listed twice.
#[derive(Clone, Debug)]
pub struct Apisix(Options);

options!(Apisix);

impl Apisix {
    /// Requests that are signed with HMAC-SHA-256 or -512. Signs with the first, and covers target, date, host and digest.
    #[must_use]
    pub fn new() -> Self {
        Self(Options::new("APISIX-HMAC", "Signature", &CREDENTIALS, "@request-target date host digest"))
    }
}

/// What is signed, as it is listed.
struct Signed {
    names: String,
}

impl HmacScheme for Apisix {
    fn profile(&self) -> &SchemeProfile {
        &self.0.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(credentials) = credentials(head, &CREDENTIALS, "Signature")? else { return Ok(None) };
        let parameters = Parameters::read(credentials)?;
        let names = parameters.want("headers")?.to_owned();
        let mut presented = Presented::new(key_id(parameters.want("keyId")?)?)
            .with_signature(parameters.want("signature")?.as_bytes())?
            .with_algorithm(field_list::algorithm(parameters.want("algorithm")?)?);
        if let Some(date) = head.single(&DATE)? {
            presented = presented.with_created(http_date(ascii(date)?)?);
        }
        Ok(Some(presented.with_extra(Signed { names })))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { names } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let mut base = SignatureBase::new();
        base.push(Coverage::KEY_ID, presented.key_id().as_str());
        base.push_literal("\n");
        for name in field_list::names(names)? {
            if name == "@request-target" {
                base.push(Coverage::METHOD, head.method().as_str());
                base.push_literal(" ");
                base.push_path_and_query(head);
            } else {
                let field = HeaderName::try_from(name).map_err(|_| Malformed::new("a signed name is no field name"))?;
                let value = field_list::value(head, &field)?;
                let value = value.ok_or(Malformed::new("a signed field is missing"))?;
                // As the client wrote the name, in any case.
                base.cover_field(name);
                base.push_literal(name);
                base.push_literal(": ");
                field_list::push_value(&mut base, &field, value.trim_ascii(), Some(&DATE))?;
            }
            base.push_literal("\n");
        }
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let (presented, names) = self.0.prepare(head, intent)?;
        Ok(presented.with_extra(Signed { names }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { names } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let (key_id, algorithm) = (presented.key_id().as_str(), field_list::spell_algorithm(self.0.algorithm)?);
        let value = format!(
            "Signature keyId=\"{key_id}\",algorithm=\"{algorithm}\",headers=\"{names}\",signature=\"{signature}\""
        );
        head.headers.insert(AUTHORIZATION, field(value)?);
        Ok(())
    }
}

static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
