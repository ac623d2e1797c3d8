//! Signed messages, and the older form where it is let in.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::Request;
use http::request::Parts;
use http_body::Body;

use super::legacy_form::{LegacyForms, is_form};
use crate::auth::{AuthError, Authenticate, Challenge, Verdict};
use crate::body::AuthBody;
use crate::hmac::HmacAuthenticator;

/// Decides whether a message was sent by somebody who has the secret; the inside of
/// [`SentrySignatureLayer`](crate::SentrySignatureLayer).
#[derive(Clone)]
pub struct SentryAuthenticator {
    signed: HmacAuthenticator,
    forms: Option<LegacyForms>,
}

impl SentryAuthenticator {
    pub(super) const fn new(signed: HmacAuthenticator, forms: Option<LegacyForms>) -> Self {
        Self { signed, forms }
    }
}

impl<B> Authenticate<B> for SentryAuthenticator
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Body = AuthBody<B>;

    fn claims(&self, head: &Parts) -> bool {
        Authenticate::<B>::claims(&self.signed, head) || (self.forms.is_some() && is_form(head))
    }

    fn challenges(&self, failure: Option<&AuthError>) -> Vec<Challenge> {
        Authenticate::<B>::challenges(&self.signed, failure)
    }

    fn untouched(&self, body: B) -> AuthBody<B> {
        self.signed.untouched(body)
    }

    fn authenticate(&self, request: Request<B>) -> Verdict<AuthBody<B>> {
        let Some(forms) = &self.forms else { return self.signed.authenticate(request) };
        let (head, body) = request.into_parts();
        if is_form(&head) {
            Verdict::Pending(Box::pin(forms.clone().authenticate(self.signed.clone(), head, body)))
        } else {
            self.signed.authenticate(Request::from_parts(head, body))
        }
    }
}

impl fmt::Debug for SentryAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryAuthenticator")
            .field("signed", &self.signed)
            .field("forms", &self.forms.is_some())
            .finish()
    }
}
