//! Signing responses.

use http::Request;
use http::{Method, request::Parts};

use crate::auth::{
    Auth, AuthError, AuthLayer, Authenticate, Authenticated, Caller, Challenge, ResponseFields, Verdict, nobody_found,
};

/// Signs responses to requests that [`Hawk`](crate::hmac::schemes::Hawk) verified: `Server-Authorization`, made with the secret that
/// the request was signed with, for its very time and nonce. Whoever sent it can tell that the answer is ours, and to what.
///
/// Put it inside the [`HmacAuthLayer`](crate::HmacAuthLayer), around whatever makes the response that is to be signed. The body's
/// digest is signed too where the body says how long it is, and is no longer than the limit: it is read first then. Bodies of
/// unknown length, streams of events say, are handed on as they come, signed without a digest; so is what is sent for `HEAD`,
/// and with 204 and 304. Refusals of the layers outside are not signed, nor are responses to callers who came with something
/// else than Hawk. A `Content-Type` that is not ASCII, or occurs twice, leaves a response unsigned, and is logged.
///
/// Clients verify with [`verify_response`](crate::sign::verify_response).
///
/// ```
/// use bytes::Bytes;
/// use countersign::hmac::HawkResponseLayer;
/// use countersign::hmac::schemes::Hawk;
/// use countersign::sign::verify_response;
/// use countersign::{Clock, HmacAuthLayer, KeyId, MemoryStore, Secret, SystemClock, sign_request};
/// use http::{Request, Response};
/// use http_body_util::{BodyExt, Full};
/// use tower::{Layer, ServiceExt};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (key_id, secret) = (KeyId::new("partner")?, Secret::new("a secret of the partner")?);
/// let guard = HmacAuthLayer::new(Hawk::new(), MemoryStore::new().with_secret("partner", secret.clone()));
/// let service = guard.layer(HawkResponseLayer::new().layer(tower::service_fn(async |_| {
///     Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from("forty-two"))))
/// })));
///
/// let (mut head, ()) = Request::get("https://example.com/answer").body(())?.into_parts();
/// sign_request(&mut head, b"", &Hawk::new(), &key_id, &secret, SystemClock::new().now())?;
/// let response = service.oneshot(Request::from_parts(head.clone(), Full::<Bytes>::default())).await?;
/// let (answer, body) = response.into_parts();
/// let body = body.collect().await?.to_bytes();
/// verify_response(&head, &answer.headers, Some(&body), &Hawk::new(), &secret)?;
/// assert!(verify_response(&head, &answer.headers, Some(b"forty-one"), &Hawk::new(), &secret).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer signs nothing until it is applied"]
pub struct HawkResponseLayer(AuthLayer<HawkResponder>);

impl HawkResponseLayer {
    /// Signs, bodies of 2 MiB at most too.
    pub fn new() -> Self {
        Self(AuthLayer::new(HawkResponder { limit: 2 << 20 }))
    }

    /// The longest body whose digest is signed, in bytes; 2 MiB unless told otherwise. Longer ones are handed on as they come.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.0.authenticator_mut().limit = bytes;
        self
    }
}

impl Default for HawkResponseLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> tower_layer::Layer<S> for HawkResponseLayer {
    type Service = Auth<S, HawkResponder>;

    fn layer(&self, inner: S) -> Self::Service {
        self.0.layer(inner)
    }
}

/// Lets every caller through whom a layer outside let through, and has what is answered signed; the inside of
/// [`HawkResponseLayer`].
#[derive(Clone, Debug)]
pub struct HawkResponder {
    limit: usize,
}

impl<B> Authenticate<B> for HawkResponder {
    type Body = B;

    fn claims(&self, head: &Parts) -> bool {
        Authenticated::of(&head.extensions).is_some()
    }

    fn challenges(&self, _failure: Option<&AuthError>) -> Vec<Challenge> {
        Vec::new()
    }

    fn untouched(&self, body: B) -> B {
        body
    }

    fn adds_response_fields(&self) -> bool {
        true
    }

    fn authenticate(&self, mut request: Request<B>) -> Verdict<B> {
        if Caller::of(request.extensions()).is_none() {
            return nobody_found(request.extensions()).into();
        }
        let seal = Authenticated::of(request.extensions()).and_then(Authenticated::response_seal).cloned();
        if let Some(seal) = seal {
            let limit = if request.method() == Method::HEAD { None } else { Some(self.limit) };
            request.extensions_mut().insert(ResponseFields::sealed(seal, limit));
        }
        Verdict::Ready(Ok(request))
    }
}
