//! Two HTTP clients as one kind of tower service.

use std::time::Duration;

use bytes::Bytes;
use clap::ValueEnum;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::util::BoxCloneService;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};

use crate::Failure;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Which HTTP client.
#[derive(Clone, Copy, Default, ValueEnum)]
pub(crate) enum Client {
    #[default]
    Reqwest,
    Hyper,
}

/// The body of a response, of whichever client.
pub(crate) type Answer = UnsyncBoxBody<Bytes, BoxError>;

/// What sends a request as it stands.
pub(crate) type Transport<B> = BoxCloneService<Request<B>, Response<Answer>, BoxError>;

impl Client {
    pub(crate) fn transport<B>(self) -> Result<Transport<B>, Failure>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + Unpin + 'static,
    {
        match self {
            Self::Reqwest => reqwest_client(),
            Self::Hyper => Ok(hyper_client()),
        }
    }
}

/// reqwest writes URLs in its own way: dots in a path are resolved, blanks escaped. What it would change has to be written so
/// before it is signed.
fn reqwest_client<B>() -> Result<Transport<B>, Failure>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + Unpin + 'static,
{
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // A signature is good for one target, once: redirects and retries are for layers outside the one that signs.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .build()?;
    Ok(ServiceBuilder::new()
        .map_response(|response| Response::<reqwest::Body>::from(response).map(boxed))
        .filter(|request: Request<B>| reqwest::Request::try_from(request.map(reqwest::Body::wrap)))
        .service(client)
        .boxed_clone())
}

fn hyper_client<B>() -> Transport<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Sync + Unpin + 'static,
{
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    let client: HyperClient<_, B> =
        HyperClient::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(boxed))
        .map_err(BoxError::from)
        .service(client)
        .boxed_clone()
}

fn boxed<B>(body: B) -> Answer
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}
