//! A gRPC service of strings, its server, and calls to it. The messages are `google.protobuf.StringValue`, which prost
//! brings along, so nothing has to be generated.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use countersign::Authenticated;
use http::uri::PathAndQuery;
use http_body::Body as HttpBody;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::service_fn;
use tower_layer::Layer;
use tower_service::Service;

pub(crate) const UNARY: &str = "/test.Echo/Unary";
pub(crate) const COUNT: &str = "/test.Echo/Count";
pub(crate) const TALK: &str = "/test.Echo/Talk";

type Answers = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Says who called, and what it was told: once, three times, or for each message as it comes.
#[derive(Clone, Debug)]
pub(crate) struct Echo;

fn echo<T>(request: &Request<T>) -> Result<impl Fn(&str) -> String + Send + 'static, Status> {
    let caller = Authenticated::of(request.extensions()).cloned();
    let caller = caller.ok_or_else(|| Status::aborted("the handler does not learn who calls"))?;
    Ok(move |text: &str| format!("{} said {text}", caller.subject()))
}

async fn unary(request: Request<String>) -> Result<Response<String>, Status> {
    Ok(Response::new(echo(&request)?(request.get_ref())))
}

async fn count(request: Request<String>) -> Result<Response<Answers>, Status> {
    let (echo, text) = (echo(&request)?, request.into_inner());
    Ok(Response::new(Box::pin(tokio_stream::iter(1..=3).map(move |n| Ok(echo(&format!("{text} {n}")))))))
}

async fn talk(request: Request<Streaming<String>>) -> Result<Response<Answers>, Status> {
    let echo = echo(&request)?;
    Ok(Response::new(Box::pin(request.into_inner().map(move |text| text.map(|text| echo(&text))))))
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(codec());
            Ok(match request.uri().path() {
                UNARY => grpc.unary(service_fn(unary), request).await,
                COUNT => grpc.server_streaming(service_fn(count), request).await,
                TALK => grpc.streaming(service_fn(talk), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

pub(crate) fn codec() -> ProstCodec<String, String> {
    ProstCodec::default()
}

/// A server with these routes inside this layer, until it is dropped.
pub(crate) struct Running {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start<L, B>(layer: L, routes: Routes) -> Self
    where
        L: Layer<Routes> + Clone + Send + 'static,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>, Error: Into<BoxError> + Send, Future: Send>
            + Clone
            + Send
            + 'static,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let server = Server::builder().layer(layer).add_routes(routes);
        Self { address, serving: tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() }) }
    }

    /// The echo inside this layer.
    pub(crate) fn echo<L, B>(layer: L) -> Self
    where
        L: Layer<Routes> + Clone + Send + 'static,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>, Error: Into<BoxError> + Send, Future: Send>
            + Clone
            + Send
            + 'static,
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self::start(layer, Routes::default().add_service(Echo))
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The message with an `authorization` for each of the values.
pub(crate) fn with_credentials<T>(message: T, credentials: &[&str]) -> Request<T> {
    let mut request = Request::new(message);
    for value in credentials {
        request.metadata_mut().append("authorization", value.parse().unwrap());
    }
    request
}

/// A unary call.
pub(crate) async fn call<C, B>(channel: C, request: Request<String>) -> Result<Response<String>, Status>
where
    C: GrpcService<Body, ResponseBody = B>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap_or_else(|_| panic!("the server is there"));
    client.unary(request, PathAndQuery::from_static(UNARY), codec()).await
}
