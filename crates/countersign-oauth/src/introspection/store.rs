//! The store.

use std::fmt;

use axum::body::{Bytes, HttpBody};
use countersign::{PresentedToken, StoreError, TokenInfo, TokenStore, async_trait};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use tower::{BoxError, Service, ServiceExt as _};
use url::form_urlencoded;

use super::{InvalidEndpoint, answer, endpoint};
use crate::body::FORM;

/// The most bytes of an answer.
const ANSWER_LIMIT: usize = 64 << 10;

/// A token store that asks an introspection endpoint (RFC 7662); see the [module's documentation](crate::introspection).
///
/// The client is any tower service that sends requests; the layers of countersign's own [`sign`](countersign::sign) prove to the
/// endpoint who asks. It must not follow redirects: the token would follow too.
///
/// The layer that asks the store bounds how long that may take.
#[derive(Clone)]
pub struct IntrospectionTokenStore<S> {
    endpoint: Uri,
    client: S,
    audience: Option<Box<str>>,
}

impl<S> IntrospectionTokenStore<S> {
    /// Asks this endpoint through this client.
    ///
    /// # Errors
    /// When it is neither an `https` URI nor one of this machine.
    pub fn new(endpoint: &str, client: S) -> Result<Self, InvalidEndpoint> {
        Ok(Self { endpoint: endpoint::read(endpoint)?, client, audience: None })
    }

    /// Takes only tokens that are for this audience (`aud`); for any, or none, unless told otherwise.
    #[must_use]
    pub fn with_audience(self, audience: impl Into<Box<str>>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    fn question(&self, token: &PresentedToken) -> Request<Full<Bytes>> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.expose_secret())
            .append_pair("token_type_hint", "access_token")
            .finish();
        let mut request = Request::new(Full::from(form));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    }
}

#[async_trait]
impl<S, B> TokenStore for IntrospectionTokenStore<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    async fn token(&self, token: &PresentedToken) -> Result<Option<TokenInfo>, StoreError> {
        let response = self.client.clone().oneshot(self.question(token)).await.map_err(StoreError::new)?;
        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            return Err(StoreError::new(format!("the introspection endpoint answered {}", head.status)));
        }
        let body = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(StoreError::new)?.to_bytes();
        let read = answer::read(&body, self.audience.as_deref());
        read.map_err(|fault| StoreError::new(format!("the introspection endpoint's answer cannot be read: {fault}")))
    }
}

impl<S> fmt::Debug for IntrospectionTokenStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionTokenStore")
            .field("endpoint", &self.endpoint)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
