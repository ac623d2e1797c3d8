//! Kong's hmac-auth: `Authorization: hmac username="…", algorithm="…", headers="…", signature="…"`.

use http::HeaderName;
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::request::Parts;
use smallvec::smallvec;

use super::field_list::{self, DATE, Options, X_DATE, options};
use super::text::{Parameters, ascii, credentials, field, http_date, key_id};
use crate::auth::SignedHead;
use crate::hmac::{Algorithm, Bases, Coverage, HmacScheme, Intent, Malformed, Presented, SchemeProfile, SignatureBase};

/// Kong's plugin hmac-auth (source: Kong/kong at 22246ef28c16, `plugins/hmac-auth/access.lua`).
///
/// `hmac username="<key id>", algorithm="hmac-sha256", headers="<names>", signature="<base64>"` in `Authorization` or
/// `Proxy-Authorization`. A line for each name is signed: `name: value`, `name:` for a field that is not there,
/// `@request-target: get /path?query`, and for `request-line` `GET /path?query HTTP/1.1`, whatever version the request
/// came in. The time is that of `X-Date` or `Date`, whichever is signed, good for 300 seconds either way. HMAC-SHA-256, -384
/// and -512 are accepted, whichever the request names.
///
/// In Kong the sender decides what is signed, and the time that is judged may be left out. Here a signature has to cover
/// the target, the time, and the body by its `Digest`, which is held against the body: all others are refused, unless the
/// layer is told [otherwise](crate::HmacAuthLayer::with_required_components). `host` is not among them: signatures that leave it
/// out fit other hosts too.
///
/// Parameters may have any order, where Kong knows one. A field that is signed and occurs twice is refused: Kong signs the
/// first alone. So is a name that is listed twice.
///
/// ```
/// use countersign::hmac::schemes::Kong;
/// use countersign::{HmacAuthLayer, MemoryStore, Secret};
///
/// let store = MemoryStore::new().with_secret("bob", Secret::new("bob's secret")?);
/// let layer = HmacAuthLayer::new(Kong::new(), store);
/// // The client's side, for a gateway that enforces no more than this:
/// let client = Kong::new().with_covered_components(["x-date", "request-line", "digest"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kong(Options);

options!(Kong);

impl Kong {
    /// Requests that are signed with HMAC-SHA-256, -384 or -512. Signs with the first, and covers date, host, target and
    /// digest.
    #[must_use]
    pub fn new() -> Self {
        let options = Options::new("Kong-HMAC", "hmac", &CREDENTIALS, "date host @request-target digest");
        Self(Options { profile: options.profile.with_accepted_algorithm(Algorithm::HmacSha384), ..options })
    }
}

/// What is signed, as it is listed, and the field whose time was judged.
struct Signed {
    names: String,
    time: Option<HeaderName>,
}

impl HmacScheme for Kong {
    fn profile(&self) -> &SchemeProfile {
        &self.0.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(credentials) = credentials(head, &CREDENTIALS, "hmac")? else { return Ok(None) };
        let parameters = Parameters::read(credentials)?;
        let names = parameters.want("headers")?.to_owned();
        let mut presented = Presented::new(key_id(parameters.want("username")?)?)
            .with_signature(parameters.want("signature")?.as_bytes())?
            .with_algorithm(field_list::algorithm(parameters.want("algorithm")?)?);
        let time = field_list::time_field(head, &names, &[X_DATE, DATE])?;
        if let Some((_, value)) = &time {
            presented = presented.with_created(http_date(ascii(value)?)?);
        }
        Ok(Some(presented.with_extra(Signed { names, time: time.map(|(name, _)| name) })))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { names, time } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let mut base = SignatureBase::new();
        for (index, name) in field_list::names(names)?.enumerate() {
            base.push_literal(if index == 0 { "" } else { "\n" });
            match name {
                "request-line" => {
                    base.push(Coverage::METHOD, head.method().as_str());
                    base.push_literal(" ");
                    base.push_path_and_query(head);
                    base.push_literal(" HTTP/1.1");
                }
                "@request-target" => {
                    base.push_literal("@request-target: ");
                    base.push(Coverage::METHOD, head.method().as_str().to_ascii_lowercase());
                    base.push_literal(" ");
                    base.push_path_and_query(head);
                }
                name => {
                    let field = HeaderName::try_from(name);
                    let field = field.map_err(|_| Malformed::new("a signed name is no field name"))?;
                    let value = field_list::value(head, &field)?;
                    // As the client wrote the name, in any case.
                    base.cover_field(name);
                    base.push_literal(name);
                    base.push_literal(":");
                    if let Some(value) = value {
                        base.push_literal(" ");
                        field_list::push_value(&mut base, &field, value.trim_ascii(), time.as_ref())?;
                    }
                }
            }
        }
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let (presented, names) = self.0.prepare(head, intent)?;
        Ok(presented.with_extra(Signed { names, time: None }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { names, .. } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let (username, algorithm) = (presented.key_id().as_str(), field_list::spell_algorithm(self.0.algorithm)?);
        let value = format!(
            "hmac username=\"{username}\", algorithm=\"{algorithm}\", headers=\"{names}\", signature=\"{signature}\""
        );
        head.headers.remove(PROXY_AUTHORIZATION);
        head.headers.insert(AUTHORIZATION, field(value)?);
        Ok(())
    }
}

static CREDENTIALS: [HeaderName; 2] = [PROXY_AUTHORIZATION, AUTHORIZATION];
