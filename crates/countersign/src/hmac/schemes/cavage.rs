//! Draft-cavage-http-signatures-12: `Authorization: Signature keyId="…",headers="…",signature="…"`.

use std::time::Duration;

use http::HeaderName;
use http::header::AUTHORIZATION;
use http::request::Parts;
use smallvec::smallvec;

use super::field_list::{self, DATE, Options, options};
use super::text::{
    Parameters, ascii, credentials, field, field_name, http_date, joined, key_id, spell_seconds, unix_seconds,
};
use crate::auth::SignedHead;
use crate::hmac::{Bases, Coverage, HmacScheme, Intent, Leeway, Malformed, Presented, SchemeProfile, SignatureBase};

/// The draft before RFC 9421, `draft-cavage-http-signatures-12`, with shared secrets (sources: the draft, and `httpsig` 1.3.0).
///
/// `Authorization: Signature keyId="<key id>",algorithm="hmac-sha256",headers="<names>",signature="<base64>"`. A line for each
/// name is signed: `(request-target): get /path?query`, `(created): <seconds>`, `(expires): <seconds>`, and `name: value` for
/// fields, several of one name as one with `, ` between (§2.3). Without a list `(created)` alone is signed (§2.1.6). The time is
/// that of `created`, or of `Date` where that is not signed, good for 300 seconds, and 60 seconds ahead of our clock. HMAC-SHA-256
/// and -512 are accepted, whichever the request names; `hs2019`, and no algorithm at all, mean the first.
///
/// The sender decides what is signed. Here a signature has to cover the target, the time, and the body by its `Digest`, which
/// is held against the body: all others are refused, unless the layer is told
/// [otherwise](crate::HmacAuthLayer::with_required_components). `host` is not among them: signatures that leave it out fit other
/// hosts too. New services should use RFC 9421 instead.
#[derive(Clone, Debug)]
pub struct Cavage(
    Options,
    /// Whether the body is held against its digest.
    bool,
);

options!(Cavage);

impl Cavage {
    /// Requests that are signed with HMAC-SHA-256 or -512. Signs with the first, and covers target, host, date and digest.
    #[must_use]
    pub fn new() -> Self {
        let options = Options::new("Draft-Cavage", "Signature", &CREDENTIALS, "(request-target) host date digest");
        let leeway = Leeway::new(Duration::from_secs(300), Duration::from_secs(60));
        Self(Options { profile: options.profile.with_leeway(leeway), ..options }, true)
    }

    /// Takes `Digest` for a field like any other, as `httpsig` does: the body is not held against it, and so not covered by
    /// it.
    #[must_use]
    pub const fn with_insecure_reference_digest(mut self) -> Self {
        self.1 = false;
        self
    }
}

/// What is signed, as it is listed, and the parameters that may be among it.
struct Signed {
    names: String,
    created: Option<String>,
    expires: Option<String>,
}

impl HmacScheme for Cavage {
    fn profile(&self) -> &SchemeProfile {
        &self.0.profile
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let Some(credentials) = credentials(head, &CREDENTIALS, "Signature")? else { return Ok(None) };
        let parameters = Parameters::read(credentials)?;
        let names = parameters.find("headers").unwrap_or(CREATED).to_owned();
        let mut presented = Presented::new(key_id(parameters.want("keyId")?)?)
            .with_signature(parameters.want("signature")?.as_bytes())?;
        let named = parameters.find("algorithm").filter(|name| *name != "hs2019");
        if let Some(name) = named {
            presented = presented.with_algorithm(field_list::algorithm(name)?);
        }
        let signs = |name| names.split(' ').any(|other| other == name);
        if named.is_some() && (signs(CREATED) || signs(EXPIRES)) {
            return Err(Malformed::new("a time that belongs to hs2019 is signed with an algorithm that is named"));
        }
        let own = |name| -> Result<_, Malformed> {
            let text = parameters.find(name);
            text.map(|text| Ok((text.to_owned(), unix_seconds(text)?))).transpose()
        };
        let (created, expires) = (own("created")?, own("expires")?);
        let date = head.single(&DATE)?.map(|value| http_date(ascii(value)?)).transpose()?;
        let own_created = created.as_ref().map(|(_, time)| *time);
        let created_first = signs(CREATED) || !signs(DATE.as_str());
        let time = if created_first { own_created.or(date) } else { date.or(own_created) };
        if let Some(time) = time {
            presented = presented.with_created(time);
        }
        if let Some((_, time)) = expires {
            presented = presented.with_expires(time);
        }
        let text = |own: Option<(String, _)>| own.map(|(text, _)| text);
        Ok(Some(presented.with_extra(Signed { names, created: text(created), expires: text(expires) })))
    }

    fn bases<'r>(&self, head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let Signed { names, created, expires } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let missing = Malformed::new("something that is signed is missing");
        let signs_created = names.split(' ').any(|name| name == CREATED);
        let mut base = SignatureBase::new();
        for (index, name) in field_list::names(names)?.enumerate() {
            base.push_literal(if index == 0 { "" } else { "\n" });
            base.push_literal(name);
            base.push_literal(": ");
            if !name.starts_with('(') {
                base.cover_field(name);
            }
            match name {
                "(request-target)" => {
                    base.push(Coverage::METHOD, head.method().as_str().to_ascii_lowercase());
                    base.push_literal(" ");
                    base.push_path_and_query(head);
                }
                CREATED => base.push(Coverage::CREATED, created.as_ref().ok_or(missing)?),
                EXPIRES => base.push_literal(expires.as_ref().ok_or(missing)?),
                "host" => base.push(Coverage::AUTHORITY, head.authority().ok_or(missing)?),
                "digest" if !self.1 => base.push_literal(joined(head, &field_name(name)?, ", ").ok_or(missing)?),
                "digest" | "date" | "content-type" => {
                    let field = field_name(name)?;
                    let value = head.single(&field)?.ok_or(missing)?.as_bytes().trim_ascii();
                    let time = if signs_created { None } else { Some(&DATE) };
                    field_list::push_value(&mut base, &field, value, time)?;
                }
                name => base.push_literal(joined(head, &field_name(name)?, ", ").ok_or(missing)?),
            }
        }
        Ok(smallvec![base])
    }

    fn prepare(&self, head: &mut Parts, intent: &Intent<'_>) -> Result<Presented, Malformed> {
        let (presented, names) = self.0.prepare(head, intent)?;
        let signs_created = names.split(' ').any(|name| name == CREATED);
        if signs_created && self.0.algorithm != self.0.profile.algorithm {
            return Err(Malformed::new("hs2019, which (created) belongs to, means HMAC-SHA-256 here"));
        }
        let created = signs_created.then(|| spell_seconds(intent.now())).transpose()?;
        Ok(presented.with_extra(Signed { names, created, expires: None }))
    }

    fn attach(&self, head: &mut Parts, presented: &Presented, signature: &str) -> Result<(), Malformed> {
        let Signed { names, created, .. } = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let key_id = presented.key_id().as_str();
        let (algorithm, created) = match created {
            None => (field_list::spell_algorithm(self.0.algorithm)?, String::new()),
            Some(created) => ("hs2019", format!("created={created},")),
        };
        let value = format!(
            "Signature keyId=\"{key_id}\",algorithm=\"{algorithm}\",{created}signature=\"{signature}\",headers=\"{names}\""
        );
        head.headers.insert(AUTHORIZATION, field(value)?);
        Ok(())
    }
}

const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";
static CREDENTIALS: [HeaderName; 1] = [AUTHORIZATION];
