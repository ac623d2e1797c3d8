//! The client's side: an event, to the first server that takes it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::Full;
use serde::Serialize;
use tower::{BoxError, ServiceExt as _};
use tower_service::Service;

use super::{AttemptError, SentryEnvelope, SentrySendError, SentrySignError, SentrySigner};

/// Sends events through any tower HTTP client, as clients of the time did: to one server after the other until one takes it,
/// twice to each that cannot be reached.
///
/// A server has taken an event when its answer is a success (2xx). One that cannot be reached, does not answer in time, or
/// fails (5xx) is tried once more at once; one that refuses is not. Each attempt is signed afresh, since the one before may have
/// arrived, and has the whole [timeout](Self::with_timeout) until the head of the answer is there; the original's second attempt had none. An
/// event whose first attempt was cut off may so be stored twice.
///
/// Redirects are not followed. The client's pool decides over connections; `http` shows events, and never the secret.
///
/// ```
/// use bytes::Bytes;
/// use countersign::sentry::{SentryClient, SentrySigner};
/// use countersign::{Secret, SentrySignatureLayer};
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower::{Layer, service_fn};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = Secret::new("the server's SENTRY_KEY")?;
/// // In an application: hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http().
/// # let guarded = SentrySignatureLayer::new(secret.clone())
/// #     .layer(service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))));
/// let http = service_fn(move |request: Request<Full<Bytes>>| {
///     let guarded = guarded.clone();
///     async move {
///         match request.uri().host() {
///             Some("up.example.com") => Ok(tower::ServiceExt::oneshot(guarded, request).await.unwrap()),
///             _ => Err("connection refused"),
///         }
///     }
/// });
/// let servers = ["http://down.example.com/store/".parse()?, "http://up.example.com/store/".parse()?];
/// let client = SentryClient::new(http, SentrySigner::new(secret)).with_servers(servers);
/// let answer = client.send(&serde_json::json!({"message": "hello"})).await?;
/// assert_eq!(answer.status(), 200);
/// # Ok(())
/// # }
/// ```
///
/// `reqwest::Client` is a service of its own requests, and becomes one of these by two functions:
/// `ServiceBuilder::new().map_request(|request: Request<Full<Bytes>>| reqwest::Request::try_from(request.map(reqwest::Body::wrap)).unwrap())`
/// and `.map_response(http::Response::<reqwest::Body>::from)`.
#[derive(Clone)]
pub struct SentryClient<S> {
    http: S,
    signer: SentrySigner,
    servers: Arc<[Uri]>,
    timeout: Duration,
}

impl<S> SentryClient<S> {
    /// How long an attempt may take unless told otherwise: 5 seconds, as the original's.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

    /// A client without servers: [`with_servers`](Self::with_servers) names them.
    #[must_use]
    pub fn new(http: S, signer: SentrySigner) -> Self {
        Self { http, signer, servers: Arc::default(), timeout: Self::DEFAULT_TIMEOUT }
    }

    /// Where events are stored, in the order in which they are tried: `https://sentry.example.com/store/`.
    #[must_use]
    pub fn with_servers(mut self, servers: impl IntoIterator<Item = Uri>) -> Self {
        self.servers = servers.into_iter().collect();
        self
    }

    /// How long each attempt may take, the second one too.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the event to the first server that takes it, and returns that server's answer.
    ///
    /// # Errors
    /// When the event cannot be signed, there are no servers, or none of them took it: the error says what came of each
    /// attempt.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time, and when the system has no random source.
    ///
    /// # Cancel safety
    /// When dropped, the attempt under way is given up; its server may have taken the event.
    pub async fn send<R>(&self, event: &impl Serialize) -> Result<Response<R>, SentrySendError>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let body = SentryEnvelope::wrap(event).map_err(SentrySignError::of_event)?;
        let mut failed = SentrySendError::new();
        for server in &*self.servers {
            for _ in 0..ATTEMPTS {
                let error = match self.attempt(self.signer.sign(server, body.clone())?).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
                let again = error.may_pass();
                failed.push(server.clone(), error);
                if !again {
                    break;
                }
            }
        }
        Err(failed)
    }

    async fn attempt<R>(&self, message: Request<Full<Bytes>>) -> Result<Response<R>, AttemptError>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        // To be made ready is part of it.
        let answer = tokio::time::timeout(self.timeout, self.http.clone().oneshot(message)).await;
        match answer {
            Err(_) => Err(AttemptError::TimedOut),
            Ok(Err(error)) => Err(AttemptError::Failed(error.into())),
            Ok(Ok(answer)) if answer.status().is_success() => Ok(answer),
            Ok(Ok(answer)) => Err(AttemptError::Refused(answer.status())),
        }
    }
}

impl<S> fmt::Debug for SentryClient<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryClient")
            .field("signer", &self.signer)
            .field("servers", &self.servers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// How often each server is tried.
const ATTEMPTS: usize = 2;
