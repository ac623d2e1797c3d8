//! Refusals as they come over a socket.

use countersign::HmacAuthLayer;
use countersign::hmac::schemes::UstudioV2;
use countersign_tests::{Inner, Server, Wire, store};
use http::{Request, Version};
use http_body_util::BodyExt as _;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower::Layer as _;

use crate::refusal::CANARY;

async fn server() -> Server {
    Server::start(HmacAuthLayer::new(UstudioV2::new(), store()).layer(Inner::new())).await
}

#[tokio::test]
async fn a_refused_head_has_the_fields_and_no_body() {
    let server = server().await;
    let mut wire = Wire::connect(server.address()).await;
    wire.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let get = wire.answer().await.without_date();
    assert_eq!((get.status, &get.body[..]), (401, &b"Unauthorized\n"[..]));
    for _ in 0..2 {
        wire.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(wire.answer_to_head().await.without_date().head, get.head);
    }
    // Had there been a body, it would stand before the next answer.
    wire.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(wire.answer().await.without_date(), get);
}

#[tokio::test]
async fn a_refused_grpc_call_gets_trailers_only() {
    let server = server().await;
    let stream = TokioIo::new(TcpStream::connect(server.address()).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let call = Request::post("http://h/package.Service/Method").header("content-type", "application/grpc");
    let answer = client.send_request(call.body(String::from("body")).unwrap()).await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
    assert_eq!(answer.headers()["grpc-status"], "16");
    assert_eq!(answer.headers()["grpc-message"], "Unauthorized");
    assert_eq!(answer.headers()["www-authenticate"], "USTUDIO-HMAC-V2");
    // Trailers only: the head ends the stream.
    assert!(http_body::Body::is_end_stream(answer.body()));
    assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn nothing_of_a_request_comes_back() {
    let server = server().await;
    let requests = [
        format!("GET /{CANARY}?{CANARY} HTTP/1.1\r\nHost: {CANARY}\r\nX-{CANARY}: {CANARY}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: USTUDIO-HMAC-V2 {CANARY}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: USTUDIO-HMAC-V2 {CANARY} {}\r\n\r\n", "0".repeat(64)),
        format!("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: USTUDIO-HMAC-V2 k {CANARY}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {CANARY}\r\nHost: h\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: h\r\nAccept: application/{CANARY}+json\r\nAuthorization: {CANARY}\r\n\r\n"),
        format!(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nAuthorization: USTUDIO-HMAC-V2 k {}\r\n\r\n{CANARY}",
            "0".repeat(64)
        ),
    ];
    for request in requests {
        let answer = Wire::exchange(server.address(), request.as_bytes()).await;
        assert_eq!(answer.status / 100, 4);
        assert!(
            !answer.head.contains(CANARY) && !String::from_utf8(answer.body).unwrap().contains(CANARY),
            "{request}"
        );
    }
}
