//! Signed gRPC calls: the body that is signed is what goes over the wire, the five bytes before each message included.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock as _, HmacAuthLayer, KeyId, SystemClock, sign_request};
use countersign_tests::{KEY, secret, store};
use http::uri::PathAndQuery;
use http_body_util::{BodyExt as _, Full};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tower_service::Service;

use crate::service::{Running, TALK, call, codec, with_credentials};

/// Signs unary calls, and spoils one byte afterwards if told to.
#[derive(Clone)]
struct Signing {
    channel: Channel,
    spoil: Option<usize>,
}

impl Service<http::Request<Body>> for Signing {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let Self { mut channel, spoil } = self.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let mut body = body.collect().await.unwrap().to_bytes().to_vec();
            let (key_id, now) = (KeyId::new(KEY).unwrap(), SystemClock::new().now());
            sign_request(&mut head, &body, &UstudioV2::new(), &key_id, &secret(), now).unwrap();
            if let Some(byte) = spoil {
                body[byte] ^= 1;
            }
            tower::ServiceExt::ready(&mut channel).await?;
            channel.call(http::Request::from_parts(head, Body::new(Full::new(Bytes::from(body))))).await
        })
    }
}

async fn channel(server: &Running, spoil: Option<usize>) -> Signing {
    Signing { channel: server.channel().await, spoil }
}

#[tokio::test]
async fn a_signed_unary_call_works() {
    let server = Running::echo(HmacAuthLayer::new(UstudioV2::new(), store()));
    let answer = call(channel(&server, None).await, Request::new("hello".to_owned())).await.unwrap();
    assert_eq!(answer.get_ref(), "correct-key said hello");
}

#[tokio::test]
async fn a_changed_byte_is_refused_wherever_it_is() {
    let server = Running::echo(HmacAuthLayer::new(UstudioV2::new(), store()));
    // The compression flag, the length, and the message.
    for byte in [0, 1, 4, 5, 11] {
        let refused = call(channel(&server, Some(byte)).await, Request::new("hello".to_owned())).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, "Unauthorized"), "byte {byte}");
    }
}

#[tokio::test]
async fn an_unsigned_call_is_refused() {
    let server = Running::echo(HmacAuthLayer::new(UstudioV2::new(), store()));
    let refused = call(server.channel().await, Request::new("hello".to_owned())).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, "Unauthorized"));
}

#[tokio::test]
async fn a_body_that_is_too_long_exhausts_a_resource() {
    // Five bytes before the message, two before the text.
    let longest = 5 + 2 + "hello".len();
    let server = Running::echo(HmacAuthLayer::new(UstudioV2::new(), store()).with_body_limit(longest));
    call(channel(&server, None).await, Request::new("hello".to_owned())).await.unwrap();
    let refused = call(channel(&server, None).await, Request::new("hello!".to_owned())).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::ResourceExhausted, "Payload Too Large"));
}

/// A signature over the body wants the whole of it first. Streams that take turns want a token instead.
#[tokio::test]
async fn a_stream_without_end_is_read_until_its_time_is_over() {
    let layer = HmacAuthLayer::new(UstudioV2::new(), store()).with_body_timeout(Duration::from_millis(1));
    let server = Running::echo(layer);
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let (messages, outbound) = mpsc::channel::<String>(1);
    let credentials = format!("USTUDIO-HMAC-V2 {KEY} {}", "0".repeat(64));
    let request = with_credentials(ReceiverStream::new(outbound), &[&credentials]);
    let refused = client.streaming(request, PathAndQuery::from_static(TALK), codec()).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "Request Timeout"));
    drop(messages);
}
