//! The client.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, KeyId, Secret, SystemClock, sign_request};
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// A response with the whole of its body.
pub type Reply = Response<Bytes>;

/// An HTTP client that keeps its connections, for one server. Clones share them.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    http: legacy::Client<HttpConnector, Full<Bytes>>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, http: legacy::Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a request whose URI is a path.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(&self, request: Request<()>) -> Result<Reply, String> {
        let (mut head, ()) = request.into_parts();
        head.uri = format!("http://{}{}", self.address, head.uri).parse().expect("a path follows");
        let answer = async {
            let answer = self.http.request(Request::from_parts(head, Full::default())).await?;
            let (head, body) = answer.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        let answer: Result<_, Box<dyn std::error::Error + Send + Sync>> =
            tokio::time::timeout(STUCK, answer).await.map_err(|_| "no answer came")?;
        answer.map_err(|error| format!("no answer came: {error:?}"))
    }

    pub async fn get(&self, path: &str) -> Result<Reply, String> {
        self.send(Request::get(path).body(()).expect("a path is a path")).await
    }

    /// Presents a token.
    pub async fn present(&self, path: &str, token: &str) -> Result<Reply, String> {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(()).expect("a token is a header's value")).await
    }

    /// Signs the request for `path`, with its query, and sends it. Signed again it is the same request.
    pub async fn sign(&self, path: &str, key_id: &KeyId, secret: &Secret) -> Result<Reply, String> {
        let (mut head, ()) = Request::get(path).body(()).expect("a path is a path").into_parts();
        let now = SystemClock::new().now();
        sign_request(&mut head, b"", &UstudioV2::new(), key_id, secret, now).expect("it can be signed");
        self.send(Request::from_parts(head, ())).await
    }
}

/// Nothing takes so long: it is only there so that a fault does not hang the tests.
const STUCK: Duration = Duration::from_secs(30);
