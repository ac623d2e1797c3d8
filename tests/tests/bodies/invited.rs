//! `100 Continue` over real sockets: nobody is invited to send the body of a request that is refused from its head.

use std::time::Duration;

use countersign::hmac::schemes::UstudioV2;
use countersign::{Clock, HmacAuthLayer, KeyId, ManualClock, Secrets, StoreError, SystemClock, store_fn};
use countersign_tests::{Answer, Inner, KEY, SECRET, Server, Timed, Wire, signed, store, ustudio_credentials};
use http::Request;
use tower::Layer as _;

const BODY: &[u8] = b"eleven byte";

fn head(fields: &str) -> String {
    format!("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n{fields}\r\n")
}

fn credentials() -> String {
    format!("Authorization: {}\r\n", ustudio_credentials("POST", "/x", BODY))
}

async fn served(layer: HmacAuthLayer) -> (Server, Inner) {
    let inner = Inner::new();
    (Server::start(layer.layer(inner.clone())).await, inner)
}

/// The first answer to a head alone.
async fn first_answer(server: &Server, head: &str) -> (Wire, Answer) {
    let mut wire = Wire::connect(server.address()).await;
    wire.send(head.as_bytes()).await;
    let answer = wire.answer().await;
    (wire, answer)
}

#[tokio::test]
async fn what_the_head_refuses_is_refused_without_its_body() {
    let plain = || HmacAuthLayer::new(UstudioV2::new(), store());
    let failing = store_fn(|_: KeyId| async { Err::<Secrets, _>(StoreError::new("down")) });
    let long = head(&credentials()).replace("Content-Length: 11", "Content-Length: 12");
    let timed = Timed::new(Duration::from_secs(60), Duration::from_secs(60));
    let in_time = signed(&timed, Request::post("/x"), BODY);
    let in_time = head(&format!("X-Mac: {}\r\n", in_time.headers()["x-mac"].to_str().unwrap()));
    let later = ManualClock::new(SystemClock::new().now() + Duration::from_secs(3600));
    let cases = [
        ("no credentials", plain(), head(""), 401),
        ("malformed", plain(), head("Authorization: USTUDIO-HMAC-V2 x\r\n"), 401),
        ("several", plain(), head(&credentials().repeat(2)), 400),
        ("too long", plain(), head(&format!("Authorization: USTUDIO-HMAC-V2 {} x\r\n", "k".repeat(9 << 10))), 431),
        ("two hosts", plain(), head(&format!("Host: g\r\n{}", credentials())), 400),
        ("over the limit", plain().with_body_limit(11), long, 413),
        ("stale", HmacAuthLayer::new(timed.clone(), store()).with_clock(later), in_time.clone(), 401),
        ("store failure", HmacAuthLayer::new(UstudioV2::new(), failing), head(&credentials()), 503),
    ];
    for (name, layer, head, status) in cases {
        let (server, inner) = served(layer).await;
        let (_, answer) = first_answer(&server, &head).await;
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(inner.calls(), 0, "{name}");
    }
    // The very same requests are invited where nothing speaks against them.
    let cases = [(plain().with_body_limit(11), head(&credentials())), (HmacAuthLayer::new(timed, store()), in_time)];
    for (layer, head) in cases {
        let (server, inner) = served(layer).await;
        let (mut wire, answer) = first_answer(&server, &head).await;
        assert_eq!(answer.status, 100);
        wire.send(BODY).await;
        assert_eq!(wire.answer().await.status, 200);
        assert_eq!((inner.calls(), inner.last().body()), (1, BODY.to_vec()));
    }
}

#[tokio::test]
async fn who_has_no_secret_is_invited_like_everybody_else() {
    let unknown = credentials().replace(KEY, "unknown-key");
    let wrong = ustudio_credentials("POST", "/y", BODY);
    for fields in [unknown, format!("Authorization: {wrong}\r\n")] {
        let (server, inner) = served(HmacAuthLayer::new(UstudioV2::new(), store())).await;
        let (mut wire, answer) = first_answer(&server, &head(&fields)).await;
        assert_eq!(answer.status, 100);
        wire.send(BODY).await;
        let answer = wire.answer().await;
        assert_eq!((answer.status, answer.field("www-authenticate")), (401, Some("USTUDIO-HMAC-V2")));
        assert_eq!(inner.calls(), 0);
        assert!(!answer.head.contains(SECRET));
    }
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal() {
    let (server, inner) = served(HmacAuthLayer::new(UstudioV2::new(), store())).await;
    let mut wire = Wire::connect(server.address()).await;
    let sent = |credentials: &str| {
        format!("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n{credentials}\r\neleven byte")
    };
    for _ in 0..3 {
        wire.send(sent("").as_bytes()).await;
        assert_eq!(wire.answer().await.status, 401);
        wire.send(sent(&credentials()).as_bytes()).await;
        assert_eq!(wire.answer().await.status, 200);
    }
    assert_eq!(inner.calls(), 3);
}
