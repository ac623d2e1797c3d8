//! The values of components (RFC 9421 §2.1 and §2.2).

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::content_digest;
use super::input::Component;
use crate::auth::SignedHead;
use crate::hmac::schemes::text::{field_name, joined};
use crate::hmac::schemes::url::{default_port, host_and_port, origin};
use crate::hmac::{Coverage, Malformed, SignatureBase};

impl Component {
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
            "@query-param" => base.push_literal(parameter(head, self.parameter().unwrap_or_default())?),
            name if name.starts_with('@') => return Err(Malformed::new("a derived component is not known here")),
            name => push_field(base, head, name)?,
        }
        Ok(())
    }
}

/// All fields of a name, with `, ` between (§2.1).
fn push_field<'r>(base: &mut SignatureBase<'r>, head: &SignedHead<'r>, name: &'r str) -> Result<(), Malformed> {
    let missing = Malformed::new("a covered field is missing");
    let field = field_name(name)?;
    base.cover_field(name);
    match name {
        "host" => base.push(Coverage::AUTHORITY, head.authority().ok_or(missing)?),
        "content-digest" => content_digest::push(base, head.single(&field)?.ok_or(missing)?)?,
        "content-type" => base.push(Coverage::CONTENT_TYPE, joined(head, &field, ", ").ok_or(missing)?),
        _ => base.push_literal(joined(head, &field, ", ").ok_or(missing)?),
    }
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
