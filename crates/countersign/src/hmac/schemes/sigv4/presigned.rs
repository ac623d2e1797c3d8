//! Credentials in the query: `X-Amz-Algorithm`, `-Credential`, `-Date`, `-Expires`, `-SignedHeaders`, `-Signature`.

use std::borrow::Cow;
use std::time::Duration;

use http::request::Parts;
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::NAME;
use super::canonical::UNRESERVED;
use super::credential::Credential;
use crate::auth::SignedHead;
use crate::hmac::Malformed;
use crate::hmac::schemes::text::number;
use crate::hmac::schemes::url::set_query;

pub(super) struct Presigned<'a> {
    pub(super) credential: Credential<'a>,
    pub(super) date: Cow<'a, str>,
    pub(super) expires: Duration,
}

/// Reads what stands in the query; `None` when there is no signature in it.
pub(super) fn read<'r>(head: &SignedHead<'r>) -> Result<Option<Presigned<'r>>, Malformed> {
    let query = head.query().unwrap_or_default();
    if !query.split('&').any(|pair| name_of(pair) == SIGNATURE) {
        return Ok(None);
    }
    let parameter = |name: &str| {
        let mut values = query.split('&').filter(|pair| name_of(pair) == name);
        let value = values.next().and_then(|pair| pair.split_once('='));
        if values.next().is_some() {
            return Err(Malformed::new("a part of the credentials occurs twice in the query"));
        }
        let (_, value) = value.ok_or(Malformed::new("a part of the credentials is missing in the query"))?;
        let decoded = percent_decode_str(value).decode_utf8();
        decoded.map_err(|_| Malformed::new("the credentials have bytes outside ASCII"))
    };
    if parameter("X-Amz-Algorithm")? != NAME {
        return Err(Malformed::new("the algorithm is not AWS4-HMAC-SHA256"));
    }
    let seconds = number(&parameter("X-Amz-Expires")?).filter(|seconds| (1..=WEEK).contains(seconds));
    let seconds = seconds.ok_or(Malformed::new("X-Amz-Expires is not a plain number of seconds, a week at most"))?;
    let credential =
        Credential::new(parameter("X-Amz-Credential")?, parameter("X-Amz-SignedHeaders")?, parameter(SIGNATURE)?)?;
    let date = parameter("X-Amz-Date")?;
    Ok(Some(Presigned { credential, date, expires: Duration::from_secs(seconds) }))
}

/// Client: puts everything but the signature into the query, in place of what was there.
pub(super) fn write(head: &mut Parts, credential: &str, date: &str, lifetime: Duration) -> Result<(), Malformed> {
    let seconds = Some(lifetime.as_secs()).filter(|seconds| (1..=WEEK).contains(seconds));
    let seconds = seconds.ok_or(Malformed::new("a signature in the query is good for a second to a week"))?;
    let query = head.uri.query().unwrap_or_default();
    let others = query.split('&').filter(|pair| !pair.is_empty() && !OURS.contains(&name_of(pair)));
    let mut pairs: Vec<_> = others.map(Cow::from).collect();
    pairs.push(format!("X-Amz-Algorithm={NAME}").into());
    pairs.push(format!("X-Amz-Credential={}", utf8_percent_encode(credential, UNRESERVED)).into());
    pairs.push(format!("X-Amz-Date={date}").into());
    pairs.push(format!("X-Amz-Expires={seconds}").into());
    pairs.push("X-Amz-SignedHeaders=host".into());
    set_query(head, &pairs.join("&"))
}

/// Client: adds the signature.
pub(super) fn attach(head: &mut Parts, signature: &str) -> Result<(), Malformed> {
    let query = head.uri.query().unwrap_or_default();
    set_query(head, &format!("{query}&{SIGNATURE}={signature}"))
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

pub(super) const SIGNATURE: &str = "X-Amz-Signature";
const OURS: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", SIGNATURE];
const WEEK: u64 = 7 * 24 * 3600;
