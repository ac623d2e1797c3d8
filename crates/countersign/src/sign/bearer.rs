//! Sending a token.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use countersign_core::{PresentedToken, async_trait};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use tower::BoxError;
use tower_layer::Layer;
use tower_service::Service;

/// Where a client's token comes from. A [`PresentedToken`] is a source of one.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// The token to send now.
    ///
    /// # Errors
    /// When there is none; nothing is sent then.
    async fn token(&self) -> Result<PresentedToken, BoxError>;

    /// A server refused this token (`invalid_token`, RFC 6750 §3.1): it makes no sense to send it again.
    ///
    /// Several requests may have been under way with it, and each says so.
    async fn refused(&self, token: &PresentedToken);
}

#[async_trait]
impl TokenSource for PresentedToken {
    async fn token(&self) -> Result<Self, BoxError> {
        Ok(self.clone())
    }

    async fn refused(&self, _token: &PresentedToken) {}
}

/// Sends a token with each request: `Authorization: Bearer …` (RFC 6750 §2.1).
///
/// Over `https`, or to this machine: elsewhere a token would be anybody's, and the request is an error before it is sent.
/// Requests are not repeated when the token is refused; the source is told, so that whoever tries again sends another.
#[derive(Clone)]
#[must_use = "a layer sends nothing until it is applied"]
pub struct BearerLayer {
    source: Arc<dyn TokenSource>,
    in_the_clear: bool,
}

impl BearerLayer {
    /// Sends what `source` gives.
    pub fn new(source: impl TokenSource) -> Self {
        Self { source: Arc::new(source), in_the_clear: false }
    }

    /// Sends the token over `http` too, where everybody on the way can read it.
    pub const fn with_insecure_http(mut self) -> Self {
        self.in_the_clear = true;
        self
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = Bearer<S>;

    fn layer(&self, inner: S) -> Bearer<S> {
        Bearer { inner, layer: self.clone() }
    }
}

impl fmt::Debug for BearerLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerLayer").field("in_the_clear", &self.in_the_clear).finish_non_exhaustive()
    }
}

/// The client service made by [`BearerLayer`].
#[derive(Clone, Debug)]
pub struct Bearer<S> {
    inner: S,
    layer: BearerLayer,
}

impl<S, B, R> Service<Request<B>> for Bearer<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
    R: Send,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The instance that was made ready is the one to call.
        let fresh = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, fresh);
        let BearerLayer { source, in_the_clear } = self.layer.clone();
        Box::pin(async move {
            if !in_the_clear && is_in_the_clear(request.uri()) {
                return Err("a bearer token is sent over https only, or to this machine".into());
            }
            let token = source.token().await?;
            request.headers_mut().insert(header::AUTHORIZATION, credentials(&token)?);
            let response = inner.call(request).await.map_err(Into::into)?;
            if response.status() == StatusCode::UNAUTHORIZED && names_invalid_token(response.headers()) {
                source.refused(&token).await;
            }
            Ok(response)
        })
    }
}

fn credentials(token: &PresentedToken) -> Result<HeaderValue, BoxError> {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| "the token cannot stand in a header field")?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_in_the_clear(target: &Uri) -> bool {
    let here = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    target.scheme_str() == Some("http") && !target.host().is_some_and(here)
}

/// Whether a challenge says that the token is not good. Read loosely: a wrong guess costs one token more.
fn names_invalid_token(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    challenges.into_iter().any(|challenge| challenge.contains("invalid_token"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tower::{ServiceExt as _, service_fn};

    use super::*;

    /// Gives the first token that was not refused.
    #[derive(Clone, Default)]
    struct Tokens(Arc<Mutex<usize>>);

    #[async_trait]
    impl TokenSource for Tokens {
        async fn token(&self) -> Result<PresentedToken, BoxError> {
            Ok(PresentedToken::new(&format!("tk_{}", self.0.lock().unwrap())))
        }

        async fn refused(&self, _: &PresentedToken) {
            *self.0.lock().unwrap() += 1;
        }
    }

    /// Knows `tk_1` alone.
    async fn server(request: Request<()>) -> Result<Response<()>, BoxError> {
        let credentials = &request.headers()[header::AUTHORIZATION];
        assert!(credentials.is_sensitive());
        let refusal = Response::builder().status(401).header("www-authenticate", r#"Bearer error="invalid_token""#);
        Ok(if credentials == "Bearer tk_1" { Response::new(()) } else { refusal.body(())? })
    }

    fn get(url: &str) -> Request<()> {
        Request::get(url).body(()).unwrap()
    }

    #[tokio::test]
    async fn a_refused_token_is_not_sent_again() {
        let client = BearerLayer::new(Tokens::default()).layer(service_fn(server));
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(client.clone().oneshot(get("https://example.com/")).await.unwrap().status().as_u16());
        }
        assert_eq!(statuses, [401, 200, 200]);
    }

    #[tokio::test]
    async fn a_token_is_not_sent_for_everybody_to_read() {
        let layer = BearerLayer::new(PresentedToken::new("tk_1"));
        let client = layer.layer(service_fn(server));
        assert!(client.clone().oneshot(get("http://example.com/")).await.is_err());
        assert!(client.clone().oneshot(get("http://localhost.example.com/")).await.is_err());
        for url in ["https://example.com/", "http://localhost:3000/", "http://127.0.0.1/", "http://[::1]:80/"] {
            assert_eq!(client.clone().oneshot(get(url)).await.unwrap().status(), 200, "{url}");
        }
        let client = layer.with_insecure_http().layer(service_fn(server));
        assert_eq!(client.oneshot(get("http://example.com/")).await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn what_cannot_stand_in_a_field_is_not_sent() {
        let client = BearerLayer::new(PresentedToken::new("tk\n1")).layer(service_fn(server));
        assert!(client.oneshot(get("https://example.com/")).await.is_err());
    }
}
