//! What a refusal is on the wire, seen by an HTTP/2 client that knows nothing of gRPC.

use bytes::Bytes;
use countersign::{BearerTokenLayer, MemoryStore, RequireScopeLayer, RequiredScopes, TokenInfo};
use http::{HeaderMap, Request, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::service::{LayerExt as _, Routes};

use crate::service::{Echo, Running, UNARY};

/// A response, frame by frame.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    fields: HeaderMap,
    /// The first HEADERS frame had END_STREAM: no DATA follows, not even an empty one.
    ended_by_head: bool,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.to_str().unwrap())
    }
}

/// The message "hello", with the five bytes that stand before every message.
const HELLO: &[u8] = b"\0\0\0\0\x07\x0a\x05hello";

async fn ask(server: &Running, content_type: &str, token: &str) -> Answer {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (mut sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!("http://{}{UNARY}", server.address()))
        .header("content-type", content_type)
        .header("te", "trailers")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::from_static(HELLO)))
        .unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let ended_by_head = body.is_end_stream();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned();
    Answer { status: head.status, fields: head.headers, ended_by_head, body: collected.to_bytes(), trailers }
}

fn bearer() -> BearerTokenLayer {
    BearerTokenLayer::new(MemoryStore::new().with_token("tk_of_ada", TokenInfo::new("ada")))
}

#[tokio::test]
async fn a_refusal_is_one_frame_of_headers() {
    let server = Running::echo(bearer());
    let answer = ask(&server, "application/grpc", "tk_of_eve").await;
    assert!(answer.ended_by_head && answer.body.is_empty() && answer.trailers.is_none(), "{answer:?}");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.field("content-type"), Some("application/grpc"));
    assert_eq!(answer.field("grpc-status"), Some("16"));
    assert_eq!(answer.field("grpc-message"), Some("Unauthorized"));
}

#[tokio::test]
async fn so_is_that_of_a_gate_around_one_service() {
    let gate = RequireScopeLayer::new(RequiredScopes::all_of("echo".parse().unwrap())).named_layer(Echo);
    let server = Running::start(bearer(), Routes::default().add_service(gate));
    let answer = ask(&server, "application/grpc", "tk_of_ada").await;
    assert!(answer.ended_by_head && answer.body.is_empty() && answer.trailers.is_none(), "{answer:?}");
    assert_eq!((answer.status, answer.field("grpc-status")), (StatusCode::OK, Some("7")));
}

/// What the checks above would say of a response with a body.
#[tokio::test]
async fn an_answer_has_a_body_and_trailers() {
    let server = Running::echo(bearer());
    let answer = ask(&server, "application/grpc", "tk_of_ada").await;
    assert!(!answer.ended_by_head, "{answer:?}");
    assert_eq!(answer.body, b"\0\0\0\0\x10\x0a\x0eada said hello"[..]);
    assert_eq!(answer.field("grpc-status"), None);
    assert_eq!(answer.trailers.unwrap()["grpc-status"], "0");
}

/// gRPC-Web callers get the same refusal under their own media type: their protocol allows the status among the fields of
/// the head where there is no body, and their clients insist on the media type. A translator for gRPC-Web that stands outside
/// the layer hides all this, and then the first line is what happens.
#[tokio::test]
async fn who_speaks_grpc_is_refused_in_grpc() {
    let server = Running::echo(bearer());
    let cases = [
        ("application/grpc", "application/grpc"),
        ("application/grpc+proto", "application/grpc"),
        ("application/grpc+json", "application/grpc"),
        ("application/grpc;charset=utf-8", "application/grpc"),
        ("Application/gRPC", "application/grpc"),
        ("application/grpc-web", "application/grpc-web"),
        ("application/grpc-web+proto", "application/grpc-web"),
        ("application/grpc-web-text", "application/grpc-web-text"),
        ("application/grpc-web-text+proto", "application/grpc-web-text"),
    ];
    for (asked, answered) in cases {
        let answer = ask(&server, asked, "tk_of_eve").await;
        assert!(answer.ended_by_head, "{asked}: {answer:?}");
        assert_eq!((answer.status, answer.field("grpc-status")), (StatusCode::OK, Some("16")), "{asked}");
        assert_eq!(answer.field("content-type"), Some(answered), "{asked}");
    }
}

#[tokio::test]
async fn who_does_not_is_refused_in_http() {
    let server = Running::echo(bearer());
    for asked in ["application/json", "application/grpcs", "application/grpc-websocket", "text/application/grpc"] {
        let answer = ask(&server, asked, "tk_of_eve").await;
        assert_eq!((answer.status, answer.field("grpc-status")), (StatusCode::UNAUTHORIZED, None), "{asked}");
    }
}
