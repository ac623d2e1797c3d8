//! Which target was meant: what can be read in two ways is refused, and what was signed is what is looked at.

#![allow(clippy::unwrap_used, reason = "whatever is unexpected stops the test")]

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use countersign::auth::PublicUrl;
use countersign::hmac::schemes::UstudioV2;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer};
use countersign_tests::{Inner, Script, Server, Wire, store, ustudio_credentials};
use http::{Request, Version};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower::{Layer as _, ServiceExt as _};

fn layer() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store())
}

/// A name, the request line, the method that is signed, what stands after `Host:`, the target that is signed, the status.
type Case = (&'static str, &'static str, &'static str, &'static [u8], &'static str, u16);

#[tokio::test]
async fn http_1_targets_are_read_in_one_way_or_refused() {
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let cases: [Case; 25] = [
        ("the usual", "GET /p HTTP/1.1", "GET", b"h", "/p", 200),
        ("a query", "GET /p?a=1&b=2 HTTP/1.1", "GET", b"h", "/p?a=1&b=2", 200),
        ("another path", "GET /q HTTP/1.1", "GET", b"h", "/p", 401),
        ("another method", "PUT /p HTTP/1.1", "GET", b"h", "/p", 401),
        ("a method in lower case", "get /p HTTP/1.1", "GET", b"h", "/p", 401),
        ("a query that was not signed", "GET /p?a=1 HTTP/1.1", "GET", b"h", "/p", 401),
        ("an escape that was not signed", "GET /%70 HTTP/1.1", "GET", b"h", "/p", 401),
        ("a dot segment", "GET /./p HTTP/1.1", "GET", b"h", "/p", 401),
        ("a dot segment as signed", "GET /./p HTTP/1.1", "GET", b"h", "/./p", 200),
        ("two slashes", "GET //p HTTP/1.1", "GET", b"h", "/p", 401),
        ("a fragment, which is cut off", "GET /p#f HTTP/1.1", "GET", b"h", "/p", 200),
        ("two hosts", "GET /p HTTP/1.1", "GET", b"h\r\nHost: g", "/p", 400),
        ("the same host twice", "GET /p HTTP/1.1", "GET", b"h\r\nHost: h", "/p", 400),
        ("a host that is not ASCII", "GET /p HTTP/1.1", "GET", b"h\xe9", "/p", 400),
        ("the absolute form", "GET http://h/p HTTP/1.1", "GET", b"h", "/p", 200),
        ("its host in upper case", "GET http://H/p HTTP/1.1", "GET", b"h", "/p", 200),
        ("another authority in it", "GET http://g/p HTTP/1.1", "GET", b"h", "/p", 400),
        ("another port in it", "GET http://h:81/p HTTP/1.1", "GET", b"h", "/p", 400),
        ("user information in it", "GET http://u@h/p HTTP/1.1", "GET", b"h", "/p", 400),
        ("user information in both", "GET http://u@h/p HTTP/1.1", "GET", b"u@h", "/p", 400),
        ("no path in it", "GET http://h HTTP/1.1", "GET", b"h", "/", 200),
        ("no slash before the path", "GET p HTTP/1.1", "GET", b"h", "/p", 400),
        ("a tunnel", "CONNECT h:80 HTTP/1.1", "CONNECT", b"h:80", "/", 400),
        ("the asterisk", "OPTIONS * HTTP/1.1", "OPTIONS", b"h", "*", 200),
        ("the asterisk with another's signature", "OPTIONS * HTTP/1.1", "OPTIONS", b"h", "/*", 401),
    ];
    let mut admitted = 0;
    for (name, line, method, host, target, status) in cases {
        let credentials = ustudio_credentials(method, target, b"");
        let request =
            [line.as_bytes(), b"\r\nAuthorization: ", credentials.as_bytes(), b"\r\nHost: ", host, b"\r\n\r\n"];
        let answer = Wire::exchange(server.address(), &request.concat()).await;
        assert_eq!(answer.status, status, "{name}");
        admitted += usize::from(status == 200);
        assert_eq!(inner.calls(), admitted, "{name}");
    }
}

#[tokio::test]
async fn the_layer_itself_refuses_what_some_server_may_let_through() {
    let cases = [
        ("two hosts", Request::get("/p").header("host", "h").header("host", "h")),
        ("another authority", Request::get("http://g/p").header("host", "h")),
        ("user information", Request::get("http://u@h/p")),
        ("no path", Request::get("p")),
        ("a tunnel", Request::builder().method("CONNECT").uri("h:80")),
    ];
    for (name, request) in cases {
        let credentials = ustudio_credentials("GET", "/p", b"");
        let inner = Inner::new();
        let request = request.header("authorization", credentials).body(Script::empty()).unwrap();
        let answer = layer().layer(inner.clone()).oneshot(request).await.unwrap();
        let error = answer.extensions().get::<AuthError>().unwrap();
        assert_eq!((answer.status().as_u16(), error.kind()), (400, AuthErrorKind::AmbiguousTarget), "{name}");
        assert_eq!(inner.calls(), 0, "{name}");
    }
}

#[tokio::test]
async fn http_2_has_one_authority_or_is_refused() {
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let stream = TokioIo::new(TcpStream::connect(server.address()).await.unwrap());
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let cases: [(&str, &str, &[&str], u16); 6] = [
        ("the authority alone", "http://h/p", &[], 200),
        ("the same host", "http://h/p", &["h"], 200),
        ("another host", "http://h/p", &["g"], 400),
        ("two hosts", "http://h/p", &["h", "h"], 400),
        ("user information", "http://u@h/p", &[], 400),
        ("another path", "http://h/q", &[], 401),
    ];
    for (name, uri, hosts, status) in cases {
        let mut request = Request::get(uri).header("authorization", ustudio_credentials("GET", "/p", b""));
        for host in hosts {
            request = request.header("host", *host);
        }
        let answer = client.send_request(request.body(Script::empty()).unwrap()).await;
        assert_eq!(answer.unwrap().status(), status, "{name}");
    }
    assert_eq!((inner.calls(), inner.last().head.version), (2, Version::HTTP_2));
}

#[tokio::test]
async fn a_nested_router_is_signed_with_its_whole_path() {
    let hello = || get(|| async { "admitted" });
    let routers = [
        ("the layer inside", Router::new().nest("/api", Router::new().route("/x", hello()).layer(layer()))),
        ("the layer outside", Router::new().nest("/api", Router::new().route("/x", hello())).layer(layer())),
        ("around one route", Router::new().nest("/api", Router::new().route("/x", hello().layer(layer())))),
        ("two nests", {
            let inner = Router::new().route("/", hello()).route_layer(layer());
            Router::new().nest("/api", Router::new().nest("/x", inner))
        }),
    ];
    for (name, router) in routers {
        let server = Server::start(router).await;
        for (signed, status) in [("/api/x", 200), ("/x", 401), ("/", 401), ("/api/x/", 401), ("/api/api/x", 401)] {
            let credentials = ustudio_credentials("GET", signed, b"");
            let request = format!("GET /api/x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\n\r\n");
            let answer = Wire::exchange(server.address(), request.as_bytes()).await;
            assert_eq!(answer.status, status, "{name}, signed for {signed}");
        }
    }
}

#[tokio::test]
async fn the_same_router_twice_takes_no_signature_for_the_other() {
    let things = || {
        let answer = |Path(id): Path<String>, body: String| async move { format!("{id}: {body}") };
        Router::new().route("/things/{id}", post(answer)).layer(layer())
    };
    let server = Server::start(Router::new().nest("/one", things()).nest("/two", things())).await;
    for (signed, sent, status) in [
        ("/one/things/7", "/one/things/7", 200),
        ("/two/things/7", "/two/things/7", 200),
        ("/one/things/7", "/two/things/7", 401),
        ("/two/things/7", "/one/things/7", 401),
        ("/one/things/8", "/one/things/7", 401),
    ] {
        let credentials = ustudio_credentials("POST", signed, b"hello");
        let request = format!(
            "POST {sent} HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nContent-Length: 5\r\n\r\nhello"
        );
        let answer = Wire::exchange(server.address(), request.as_bytes()).await;
        assert_eq!(answer.status, status, "signed for {signed}, sent to {sent}");
        assert_eq!(answer.body == b"7: hello", status == 200);
    }
}

#[tokio::test]
async fn behind_a_public_url_the_public_path_is_signed() {
    let cases = [
        ("https://example.com", "/x", 200),
        ("https://example.com/", "/x", 200),
        ("https://example.com/api", "/api/x", 200),
        ("https://example.com/api/", "/api/x", 200),
        ("https://example.com/api", "/x", 401),
        ("https://example.com/api", "/api//x", 401),
        ("https://example.com", "/api/x", 401),
    ];
    for (url, signed, status) in cases {
        let url: PublicUrl = url.parse().unwrap();
        let inner = Inner::new();
        let server = Server::start(layer().with_public_url(url.clone()).layer(inner.clone())).await;
        let credentials = ustudio_credentials("GET", signed, b"");
        let request = format!("GET /x HTTP/1.1\r\nHost: internal:8080\r\nAuthorization: {credentials}\r\n\r\n");
        let answer = Wire::exchange(server.address(), request.as_bytes()).await;
        assert_eq!(answer.status, status, "{signed} behind {url:?}");
        // Ambiguous is ambiguous, whatever is public.
        let twice = request.replace("Host: internal:8080", "Host: internal:8080\r\nHost: internal:8080");
        assert_eq!(Wire::exchange(server.address(), twice.as_bytes()).await.status, 400);
    }
}
