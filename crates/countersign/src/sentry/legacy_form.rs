//! The older form: `key`, `format` and `data` as `application/x-www-form-urlencoded`.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use countersign_core::KeyId;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body::Body;
use zeroize::Zeroizing;

use super::parameters::X_SENTRY_AUTH;
use super::{LegacyFormError, SentryProtocol};
use crate::auth::AuthError;
use crate::body::AuthBody;
use crate::hmac::HmacAuthenticator;

/// By whose rules forms are read.
#[derive(Clone, Debug)]
pub(super) struct LegacyForms {
    pub(super) protocol: SentryProtocol,
    pub(super) key_id: KeyId,
    /// Whether the first one was reported.
    pub(super) reported: Arc<AtomicBool>,
}

/// In the extensions of a request that was admitted by the key in its form: its body is a form, and may be opened as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdmittedForm;

/// Whether a request's credentials, if it has any, are in a form: it has none in its head.
pub(super) fn is_form(head: &Parts) -> bool {
    let in_head = [&AUTHORIZATION, &X_SENTRY_AUTH].into_iter().any(|name| head.headers.contains_key(name));
    head.method == Method::POST && !in_head && has_form_type(&head.headers)
}

/// One field, and its media type that of forms, whatever parameters follow.
fn has_form_type(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(CONTENT_TYPE).iter().map(HeaderValue::as_bytes);
    let only = fields.next().filter(|_| fields.next().is_none());
    let media_type = only.and_then(|value| value.split(|byte| *byte == b';').next()).unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

impl LegacyForms {
    /// Judges key, data and format, in the order of the protocol.
    pub(super) async fn authenticate<B>(
        self,
        signed: HmacAuthenticator,
        mut head: Parts,
        body: B,
    ) -> Result<Request<AuthBody<B>>, AuthError>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let named = |error: LegacyFormError| AuthError::from(error).with_key_id(self.key_id.clone());
        let body = signed.read_secret_body(&head, body).await?;
        let form = LegacyForm::read(&body.joined()).map_err(named)?;
        if self.protocol == SentryProtocol::V1_7 {
            form.content.map_err(named)?;
        }
        let key = form.key.filter(|key| !key.is_empty()).ok_or_else(|| named(LegacyFormError::NoKey))?;
        let found = signed
            .find_secret(&self.key_id, key.as_bytes())
            .await
            .map_err(|error| error.with_key_id(self.key_id.clone()))?;
        let found = found.ok_or_else(|| named(LegacyFormError::WrongKey))?;
        form.content.map_err(named)?;
        self.report();
        head.extensions.insert(AdmittedForm);
        signed.admit_by_secret(head, body, found, |head, body| {
            let rest = without_key(&body.joined());
            if let Some(length) = head.headers.get_mut(CONTENT_LENGTH) {
                *length = rest.len().into();
            }
            // What was taken out leaves its place in the budget first.
            drop(body);
            signed.replaced_body(rest.into())
        })
    }

    /// Says that somebody still sends the key: once for all to see, then for whoever looks closely.
    fn report(&self) {
        let key_id = self.key_id.as_str();
        if self.reported.swap(true, Ordering::Relaxed) {
            tracing::debug!(target: "countersign::deprecation", key_id, "message admitted by the key in its form");
        } else {
            tracing::warn!(
                target: "countersign::deprecation", key_id,
                "message admitted by the key in its form: its client should sign; more of them are logged at DEBUG",
            );
        }
    }
}

/// What is said in a form.
struct LegacyForm {
    key: Option<Zeroizing<String>>,
    /// Whether there is an event that may be read.
    content: Result<(), LegacyFormError>,
}

impl LegacyForm {
    fn read(body: &[u8]) -> Result<Self, LegacyFormError> {
        let (mut key, mut format, mut data) = (None, None, None);
        let mut names = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if names.len() >= MAX_FIELDS {
                return Err(LegacyFormError::TooManyFields);
            }
            match &*name {
                "key" => key = Some(Zeroizing::new(value.into_owned())),
                "format" => format = Some(value),
                "data" => data = Some(value.is_empty()),
                _ => {}
            }
            if names.contains(&name) {
                return Err(LegacyFormError::SeveralFields);
            }
            names.push(name);
        }
        // The original took an empty field for none, and whatever had no format for a pickle.
        let format = format.as_deref().unwrap_or("");
        let content = match (data, format) {
            (None | Some(true), _) => Err(LegacyFormError::NoData),
            (Some(false), "json") => Ok(()),
            (Some(false), "" | "pickle") => Err(LegacyFormError::Pickle),
            (Some(false), _) => Err(LegacyFormError::NotJson),
        };
        Ok(Self { key, content })
    }
}

/// The same form with all fields but the key.
fn without_key(body: &[u8]) -> String {
    let others = form_urlencoded::parse(body).filter(|(name, _)| name != "key");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish()
}

/// The event in a form, as it was wrapped.
///
/// # Errors
/// When there is none, or it is not said to be JSON.
#[cfg(feature = "sentry-events")]
pub(super) fn data_of(body: &[u8]) -> Result<String, LegacyFormError> {
    LegacyForm::read(body)?.content?;
    let data = form_urlencoded::parse(body).find(|(name, _)| name == "data");
    data.map(|(_, value)| value.into_owned()).ok_or(LegacyFormError::NoData)
}

const MAX_FIELDS: usize = 32;
