//! The formats of a vector.

use std::sync::Arc;

use bytes::Bytes;
use countersign::auth::SignedHead;
use countersign::hmac::schemes::{NamedSchemeError, SchemeParameters, has_key_id, named};
use countersign::hmac::{HmacScheme, Presented};
use http::Request;
use serde_json::Value;

/// A format, as its reference implementation has it and as we have it.
pub(super) struct Format {
    name: String,
    parameters: SchemeParameters,
    pub(super) by_reference: Arc<dyn HmacScheme>,
    pub(super) by_default: Arc<dyn HmacScheme>,
}

impl Format {
    /// What a scheme may mean in this request: one format mostly, or all of a family whose credentials are there. Never empty.
    ///
    /// # Errors
    /// When there is no such format, or it needs something that the row does not say.
    pub(super) fn of(scheme: &str, row: &Value, request: Option<&Request<Bytes>>) -> Result<Vec<Self>, String> {
        let family = FAMILIES.iter().find(|(family, _)| *family == scheme);
        let names = family.map_or_else(|| vec![scheme], |(_, names)| names.to_vec());
        let mut formats = names.iter().map(|name| Self::make(name, row, request)).collect::<Result<Vec<_>, _>>()?;
        if request.is_some_and(|request| formats.iter().any(|format| format.claims(request))) {
            formats.retain(|format| request.is_some_and(|request| format.claims(request)));
        }
        Ok(formats)
    }

    fn make(name: &str, row: &Value, request: Option<&Request<Bytes>>) -> Result<Self, String> {
        let parameters = parameters(name, row, request)?;
        let mut reference = parameters.clone().with_insecure_reference_format();
        if !ALGORITHM_OF_KEY.contains(&name) {
            reference = reference.with_insecure_sha1();
        }
        let make = |parameters| named(name, parameters).map_err(|error| error.to_string());
        let (by_reference, by_default) = (make(&reference)?, make(&parameters)?);
        Ok(Self { name: name.to_owned(), parameters: reference, by_reference, by_default })
    }

    /// The format of this name that signs as it is told.
    pub(super) fn signing(&self, told: impl FnOnce(SchemeParameters) -> SchemeParameters) -> Arc<dyn HmacScheme> {
        named(&self.name, &told(self.parameters.clone())).unwrap_or_else(|_| Arc::clone(&self.by_reference))
    }

    /// Whether the request has credentials of this format, whatever they are.
    fn claims(&self, request: &Request<Bytes>) -> bool {
        let (head, _) = request.clone().into_parts();
        let read = SignedHead::read(&head, None).map(|head| self.by_reference.parse(&head));
        !matches!(read, Ok(Ok(None)))
    }

    /// What the request presents, where that can be read.
    pub(super) fn presented(&self, request: &Request<Bytes>) -> Option<Presented> {
        let (head, body) = request.clone().into_parts();
        let presented = self.by_reference.parse(&SignedHead::read(&head, None).ok()?).ok()??;
        self.by_reference.parse_body(presented, &body).ok()
    }
}

/// # Errors
/// When there is no scheme of this name.
pub(super) fn must_be_known(scheme: &str) -> Result<(), String> {
    if FAMILIES.iter().any(|(family, _)| *family == scheme) {
        return Ok(());
    }
    match named(scheme, &SchemeParameters::new()) {
        Err(error @ NamedSchemeError::Unknown { .. }) => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// What the row says about its format.
fn parameters(name: &str, row: &Value, request: Option<&Request<Bytes>>) -> Result<SchemeParameters, String> {
    let own = |name: &str| row.get(name).and_then(Value::as_str);
    let of_secret = |name: &str| row.get("secret").and_then(|secret| secret.get(name)).and_then(Value::as_str);
    let mut parameters = SchemeParameters::new().with_presigned_urls();
    if let Some((region, service)) = of_secret("region").zip(of_secret("service")) {
        parameters = parameters.with_scope(region, service);
    }
    if let Some(url) = own("public_url") {
        parameters = parameters.with_notification_url(url);
    }
    if let Some(tag) = own("expect_tag") {
        parameters = parameters.with_tag(tag);
    }
    if let (Some(false), Some(id)) = (has_key_id(name), of_secret("id")) {
        parameters = parameters.with_key_id(id.parse().map_err(|_| "its secret's `id` is no key id")?);
    }
    if ALGORITHM_OF_KEY.contains(&name) && of_secret("algorithm") == Some("sha1") {
        parameters = parameters.with_insecure_sha1();
    }
    if let Some(token) = of_secret("access_token") {
        parameters = parameters.with_access_token(token);
    }
    // Which fields both sides sign is agreed on beforehand: the row says it, or they are its own.
    if let Some(request) = request.filter(|_| name == "akamai-edgegrid") {
        let said = row.get("headers_to_sign").and_then(Value::as_array);
        let said = said.map(|names| names.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect());
        let own = || request.headers().keys().map(ToString::to_string).filter(|name| name.starts_with("x-")).collect();
        let fields: Vec<String> = said.unwrap_or_else(own);
        parameters = parameters.with_covered_components(fields);
    }
    Ok(parameters)
}

/// Schemes that are several formats, or versions that requests do not say.
const FAMILIES: [(&str, &[&str]); 4] = [
    ("adyen", &["adyen", "adyen-notification"]),
    ("duo", &["duo", "duo-v5"]),
    ("sentry-modern", &["sentry-hook", "sentry-rpc"]),
    ("shopify", &["shopify", "shopify-query"]),
];
/// Formats whose algorithm is the key's and not the message's: there is none to be added.
const ALGORITHM_OF_KEY: [&str; 3] = ["duo", "duo-v5", "hawk"];
