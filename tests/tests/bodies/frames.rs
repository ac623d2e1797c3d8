//! What is admitted arrives as it was sent.

use bytes::Bytes;
use countersign::HmacAuthLayer;
use countersign::hmac::schemes::UstudioV2;
use countersign_tests::{Inner, Script, Server, Step, Wire, collect, signed, store, ustudio_credentials};
use http::{HeaderMap, HeaderValue, Request};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower::{Layer as _, ServiceExt as _};

fn layer() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store())
}

fn frame(text: &'static str) -> Step {
    Step::Data(Bytes::from_static(text.as_bytes()))
}

fn trailers() -> HeaderMap {
    let field = |value| ("x-sum".parse().unwrap(), HeaderValue::from_static(value));
    HeaderMap::from_iter([field("first"), field("second")])
}

#[tokio::test]
async fn frames_and_trailers_are_handed_on_as_they_came() {
    let cases = [
        ("one frame", vec![frame("abc")]),
        ("several frames", vec![frame("a"), frame("bcd"), frame("e")]),
        ("waits between frames", vec![Step::Wait, frame("a"), Step::Wait, frame("b"), Step::Wait]),
        ("trailers", vec![frame("ab"), frame("c"), Step::Trailers(trailers())]),
        ("trailers late", vec![frame("ab"), Step::Wait, Step::Trailers(trailers()), Step::Wait]),
        ("trailers alone", vec![Step::Trailers(trailers())]),
        ("nothing", vec![]),
        ("nothing, late", vec![Step::Wait]),
    ];
    for (name, steps) in cases {
        let data = |step: &Step| if let Step::Data(data) = step { Some(data.clone()) } else { None };
        let frames: Vec<Bytes> = steps.iter().filter_map(data).collect();
        let sum = steps.iter().any(|step| matches!(step, Step::Trailers(_))).then(trailers);
        let inner = Inner::new();
        let request = signed(&UstudioV2::new(), Request::post("/x"), &frames.concat()).map(|_| Script::new(steps));
        assert_eq!(layer().layer(inner.clone()).oneshot(request).await.unwrap().status(), 200, "{name}");
        let seen = inner.last();
        assert_eq!((&seen.frames, seen.trailers), (&frames, sum), "{name}");
        // Not copied: the very bytes.
        assert!(seen.frames.iter().zip(&frames).all(|(one, other)| one.as_ptr() == other.as_ptr()), "{name}");
    }
}

#[tokio::test]
async fn every_framing_of_http_1_arrives_whole() {
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let chunked = "Transfer-Encoding: chunked\r\nTrailer: X-Sum";
    let cases = [
        ("a length", "Content-Length: 5", "hello", "hello", None),
        ("a length of nothing", "Content-Length: 0", "", "", None),
        ("no length", "X-Other: 1", "", "", None),
        ("chunks", chunked, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello", None),
        ("an empty chunk", chunked, "0\r\n\r\n", "", None),
        ("trailers", chunked, "5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n", "hello", Some("7")),
    ];
    for (name, framing, sent, body, sum) in cases {
        let credentials = ustudio_credentials("POST", "/x?a=1", body.as_bytes());
        let head = format!("POST /x?a=1 HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\n{framing}\r\n\r\n");
        let answer = Wire::exchange(server.address(), [head.as_bytes(), sent.as_bytes()].concat().as_slice()).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &b"admitted"[..]), "{name}");
        let seen = inner.last();
        assert_eq!(seen.body(), body.as_bytes(), "{name}");
        assert_eq!(
            seen.trailers.and_then(|trailers| trailers.get("x-sum").cloned()),
            sum.map(HeaderValue::from_static)
        );
    }
    assert_eq!(inner.calls(), cases.len());
}

#[tokio::test]
async fn bodies_over_http_2_arrive_whole_or_not_at_all() {
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let stream = TokioIo::new(TcpStream::connect(server.address()).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let send = |path: &str, steps| {
        let signed = signed(&UstudioV2::new(), Request::post("/x"), b"hello over two");
        let (mut head, _) = signed.into_parts();
        head.uri = format!("http://h{path}").parse().unwrap();
        Request::from_parts(head, Script::new(steps))
    };
    let steps = || [frame("hello "), Step::Wait, frame("over two"), Step::Trailers(trailers())];

    let refused = client.send_request(send("/y", steps())).await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(collect(refused.into_body()).await, "Unauthorized\n");
    assert_eq!(inner.calls(), 0);

    let admitted = client.send_request(send("/x", steps())).await.unwrap();
    assert_eq!(admitted.status(), 200);
    let seen = inner.last();
    assert_eq!((seen.body(), seen.trailers), (b"hello over two".to_vec(), Some(trailers())));
    assert_eq!(seen.head.version, http::Version::HTTP_2);
    drop(client);
    connection.await.unwrap().unwrap();
}
