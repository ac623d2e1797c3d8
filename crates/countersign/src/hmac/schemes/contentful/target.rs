//! The target as Contentful's library writes it: escaped once more, the query twice.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::auth::SignedHead;
use crate::hmac::Malformed;

/// `encodeURI(path + "?" + escape(query))` of ECMAScript and Node.
pub(super) fn canonical(head: &SignedHead<'_>) -> Result<String, Malformed> {
    let mut target = utf8_percent_encode(&[head.path_prefix(), head.path()].concat(), URI).to_string();
    if let Some(query) = head.query() {
        if query.is_empty() || query.contains('?') {
            return Err(Malformed::new("the query is empty, or has a ? in it: the signature does not cover it"));
        }
        let escaped = utf8_percent_encode(query, COMPONENT).to_string();
        target.push('?');
        target.extend(utf8_percent_encode(&escaped, URI));
    }
    Ok(target)
}

/// The target as it stands in the request.
pub(super) fn as_sent(head: &SignedHead<'_>) -> String {
    let query = head.query().map(|query| ["?", query].concat());
    [head.path_prefix(), head.path(), query.as_deref().unwrap_or_default()].concat()
}

/// ECMA-262 §19.2.6.5, `encodeURIComponent`; Node's `querystring.escape` is the same.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// ECMA-262 §19.2.6.4, `encodeURI`.
const URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'#');
