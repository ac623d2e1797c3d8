//! Components: how they are named, and their values (RFC 9421 §2.1 and §2.2).

use std::borrow::Cow;

use http::HeaderName;
use http::header::CONTENT_TYPE;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sfv::{BareItem, Item};
use smallvec::SmallVec;

use super::input::{key, text};
use super::{CONTENT_DIGEST, content_digest};
use crate::auth::SignedHead;
use crate::hmac::schemes::text::{field_name, joined};
use crate::hmac::schemes::url::{default_port, host_and_port, origin};
use crate::hmac::{Coverage, Malformed, SignatureBase};

/// A name, and the parameter of the query that `@query-param` is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Component {
    /// What stands before its value: the end of the line before, and the component as it is spelled.
    line: Cow<'static, str>,
    name_len: usize,
}

/// Those of one signature, each once.
pub(super) type Components = SmallVec<[Component; 8]>;

pub(super) fn add(components: &mut Components, component: Component) -> Result<(), Malformed> {
    if components.contains(&component) {
        return Err(Malformed::new("a component occurs twice"));
    }
    if components.len() >= MAX_COMPONENTS {
        return Err(Malformed::new("there are more than 64 components"));
    }
    components.push(component);
    Ok(())
}

impl Component {
    pub(super) fn new(name: &str) -> Self {
        let known = KNOWN.iter().find(|known| known.get(START..known.len() - END) == Some(name));
        let line = known.map_or_else(|| format!("\n\"{name}\": ").into(), |known| Cow::Borrowed(*known));
        Self { line, name_len: name.len() }
    }

    pub(super) fn of_parameter(parameter: &str) -> Self {
        let name_len = QUERY_PARAM.len();
        Self { line: format!("\n\"{QUERY_PARAM}\"{BEFORE_PARAMETER}{parameter}\": ").into(), name_len }
    }

    pub(super) fn name(&self) -> &str {
        self.line.get(START..START + self.name_len).unwrap_or_default()
    }

    fn parameter(&self) -> Option<&str> {
        let rest = self.line.get(START + self.name_len + 1..self.line.len() - END)?;
        rest.strip_prefix(BEFORE_PARAMETER)
    }

    /// What stands before its value in the base.
    pub(super) fn line(&self) -> &str {
        &self.line
    }

    pub(super) fn read(item: &Item) -> Result<Self, Malformed> {
        let unknown = Malformed::new("a component has a parameter that is not known here");
        let BareItem::String(name) = &item.bare_item else {
            return Err(Malformed::new("a component is not named by a string"));
        };
        let parameter = match (name.as_str(), item.params.len(), item.params.get("name")) {
            (QUERY_PARAM, 1, Some(BareItem::String(parameter))) => Some(parameter.as_str()),
            (QUERY_PARAM, ..) => return Err(unknown),
            (_, 0, None) => None,
            _ => return Err(unknown),
        };
        // What would have to be escaped occurs in no name.
        let plain = |text: &str| !text.contains(['"', '\\']);
        if !plain(name.as_str()) || !parameter.is_none_or(plain) {
            return Err(Malformed::new("a component has quotes or backslashes in its name"));
        }
        Ok(parameter.map_or_else(|| Self::new(name.as_str()), Self::of_parameter))
    }

    pub(super) fn item(&self) -> Result<Item, Malformed> {
        let mut item = Item::new(text(self.name())?);
        if let Some(parameter) = self.parameter() {
            item.params.insert(key("name"), text(parameter)?);
        }
        Ok(item)
    }

    /// Adds the component's value and says what that covers.
    pub(super) fn push_value<'r>(
        &'r self,
        base: &mut SignatureBase<'r>,
        head: &SignedHead<'r>,
    ) -> Result<(), Malformed> {
        match self.name() {
            "@method" => base.push(Coverage::METHOD, head.method().as_str()),
            "@scheme" => base.push(Coverage::SCHEME, origin(head)?.0.to_ascii_lowercase()),
            "@authority" => base.push(Coverage::AUTHORITY, authority(head)?),
            "@path" => base.push_path(head),
            "@query" => {
                base.push_literal("?");
                base.push(Coverage::QUERY, query(head)?.unwrap_or_default());
            }
            "@request-target" => base.push_path_and_query(head),
            "@target-uri" => {
                base.push(Coverage::SCHEME, origin(head)?.0.to_ascii_lowercase());
                base.push_literal("://");
                base.push(Coverage::AUTHORITY, authority(head)?);
                base.push_path_and_query(head);
            }
            QUERY_PARAM => base.push_literal(parameter(head, self.parameter().unwrap_or_default())?),
            name if name.starts_with('@') => return Err(Malformed::new("a derived component is not known here")),
            name => push_field(base, head, name)?,
        }
        Ok(())
    }
}

/// All fields of a name, with `, ` between (§2.1).
fn push_field<'r>(base: &mut SignatureBase<'r>, head: &SignedHead<'r>, name: &'r str) -> Result<(), Malformed> {
    let missing = Malformed::new("a covered field is missing");
    let value = |field: &HeaderName| joined(head, field, ", ").ok_or(missing);
    match name {
        "host" => base.push(Coverage::AUTHORITY, head.authority().ok_or(missing)?),
        "content-digest" => content_digest::push(base, head.single(&CONTENT_DIGEST)?.ok_or(missing)?)?,
        "content-type" => base.push(Coverage::CONTENT_TYPE, value(&CONTENT_TYPE)?),
        _ => base.push_literal(value(&field_name(name)?)?),
    }
    base.cover_field(name);
    Ok(())
}

/// §2.2.3: in lower case, without the scheme's default port. Where the scheme is not known, a port stays.
fn authority<'r>(head: &SignedHead<'r>) -> Result<Cow<'r, str>, Malformed> {
    let authority = head.authority().ok_or(Malformed::new("the host of the URL is not known"))?;
    let (host, port) = host_and_port(authority);
    let is_default = port.is_some() && port == head.scheme().map(default_port);
    let authority = if is_default { host } else { authority };
    Ok(match authority.bytes().any(|byte| byte.is_ascii_uppercase()) {
        false => Cow::Borrowed(authority),
        true => Cow::Owned(authority.to_ascii_lowercase()),
    })
}

fn query<'r>(head: &SignedHead<'r>) -> Result<Option<&'r str>, Malformed> {
    match head.query() {
        Some("") => Err(Malformed::new("there is an empty query, which is signed as if there were none")),
        query => Ok(query),
    }
}

/// §2.2.8: the value of the one parameter of this name, decoded and encoded again.
fn parameter(head: &SignedHead<'_>, name: &str) -> Result<String, Malformed> {
    let bad = Malformed::new("a parameter of the query does not occur once, or is not UTF-8");
    let decoded = |text: &str| {
        let blanks = text.replace('+', " ");
        percent_decode_str(&blanks).decode_utf8().map(Cow::into_owned).map_err(|_| bad)
    };
    let name = decoded(name)?;
    let mut found = None;
    for pair in head.query().unwrap_or_default().split('&') {
        let (other, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !pair.is_empty() && decoded(other)? == name && found.replace(value).is_some() {
            return Err(bad);
        }
    }
    Ok(utf8_percent_encode(&decoded(found.ok_or(bad)?)?, FORM).to_string())
}

/// The WHATWG's `application/x-www-form-urlencoded` percent-encode set, with blanks as `%20`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Whatever is covered mostly, as it stands in the base.
const KNOWN: [&str; 11] = [
    "\n\"@method\": ",
    "\n\"@authority\": ",
    "\n\"@path\": ",
    "\n\"@query\": ",
    "\n\"content-digest\": ",
    "\n\"content-type\": ",
    "\n\"content-length\": ",
    "\n\"date\": ",
    "\n\"@scheme\": ",
    "\n\"@target-uri\": ",
    "\n\"@request-target\": ",
];
/// How much of such a line stands before the name, and after it.
const START: usize = "\n\"".len();
const END: usize = "\": ".len();
pub(super) const QUERY_PARAM: &str = "@query-param";
const BEFORE_PARAMETER: &str = ";name=\"";
/// Each may cost a walk through the query.
const MAX_COMPONENTS: usize = 64;
