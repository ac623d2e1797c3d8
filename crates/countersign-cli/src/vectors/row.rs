//! One vector: a secret, a request, a time, and what is expected.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::hmac::KeyDecoding;
use http::Request;
use serde_json::Value;

use super::request;
use super::scheme::Format;
use super::secret::Key;
use super::terms::Terms;

/// A request, what it was signed with, and what should become of it.
pub(super) struct Vector {
    pub(super) id: String,
    pub(super) expect: String,
    pub(super) now: SystemTime,
    /// `Err` where no HTTP request can be what the file says.
    pub(super) request: Result<Request<Bytes>, String>,
    pub(super) key: Key,
    /// One, or several that it may be of.
    pub(super) formats: Vec<Format>,
    pub(super) terms: Terms,
    /// Of the signature that counts.
    pub(super) tag: Option<String>,
}

impl Vector {
    /// Reads a row of a file of this scheme.
    ///
    /// # Errors
    /// What is missing, or not what it has to be.
    pub(super) fn read(id: &str, scheme: &str, file: &Value, row: &Value) -> Result<Self, String> {
        let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let expect = text("expect").ok_or("it has no `expect`")?;
        let now = time(row.get("now").ok_or("it has no `now`")?).ok_or("its `now` is not in seconds since 1970")?;
        let request = request::read(row.get("request").ok_or("it has no `request`")?)?;
        let request = match (request, text("public_url")) {
            (Ok(request), Some(url)) => Ok(request::sent_to(request, &url)?),
            (request, _) => request,
        };
        let request = match scheme {
            "adyen" | "adyen-notification" | "mailgun" => request.map(request::with_media_type),
            _ => request,
        };
        let secret = row.get("secret").ok_or("it has no `secret`")?;
        let formats = Format::of(scheme, row, request.as_ref().ok())?;
        let decoding = formats.first().map(|format| format.by_default.profile().key_decoding());
        let key = Key::read(secret, decoding.unwrap_or(KeyDecoding::Raw))?;
        let (terms, tag) = (Terms::read(file, row)?, text("expect_tag"));
        Ok(Self { id: id.to_owned(), expect, now, request, key, formats, terms, tag })
    }
}

/// Seconds since 1970, with a fraction or not.
fn time(now: &Value) -> Option<SystemTime> {
    let since = match now.as_u64() {
        Some(seconds) => Duration::from_secs(seconds),
        None => Duration::try_from_secs_f64(now.as_f64()?).ok()?,
    };
    SystemTime::UNIX_EPOCH.checked_add(since)
}
