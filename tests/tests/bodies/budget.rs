//! How many bytes are held at once, by all requests of a layer.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::hmac::schemes::UstudioV2;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer};
use countersign_tests::{Inner, Script, Server, Step, Wire, signed, store, ustudio_credentials};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tokio::sync::{Notify, mpsc};
use tower::{Layer as _, ServiceExt as _};

/// Room for one frame of ten bytes, which counts 32 more.
const ROOM: usize = 10 + 32;
const BODY: &[u8] = b"0123456789";

fn layer() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store()).with_body_budget(ROOM)
}

fn request(body: Script) -> Request<Script> {
    signed(&UstudioV2::new(), Request::post("/x"), BODY).map(|_| body)
}

#[tokio::test]
async fn a_spent_budget_is_503_and_is_given_back() {
    let service = layer().layer(Inner::new());
    for _ in 0..3 {
        let unfinished = Script::new([Step::Data(Bytes::from_static(b"0")), Step::Hang]);
        let holding = tokio::spawn(service.clone().oneshot(request(unfinished)));
        tokio::task::yield_now().await;
        let refused = service.clone().oneshot(request(Script::of(BODY))).await.unwrap();
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
        assert_eq!(refused.extensions().get::<AuthError>().unwrap().kind(), AuthErrorKind::BudgetExhausted);
        assert!(!refused.headers().contains_key("www-authenticate"));
        // An empty body needs no room.
        let empty = signed(&UstudioV2::new(), Request::get("/x"), b"");
        assert_eq!(service.clone().oneshot(empty).await.unwrap().status(), 200);
        holding.abort();
        assert!(holding.await.unwrap_err().is_cancelled());
        assert_eq!(service.clone().oneshot(request(Script::of(BODY))).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn every_refusal_gives_its_budget_back() {
    let service = layer().layer(Inner::new());
    let wrong = || request(Script::of("9876543210"));
    let failing = || request(Script::new([Step::Data(Bytes::from_static(BODY)), Step::Fail]));
    let greedy = || request(Script::trickling(BODY, 5));
    for (request, status) in [(wrong(), 401), (failing(), 400), (greedy(), 503), (wrong(), 401)] {
        assert_eq!(service.clone().oneshot(request).await.unwrap().status(), status);
        assert_eq!(service.clone().oneshot(self::request(Script::of(BODY))).await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_body_counts_until_the_inner_service_has_read_or_dropped_it() {
    let (go_on, (reached, mut arrivals)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let slow_reader = {
        let go_on = go_on.clone();
        tower::service_fn(move |request: Request<AuthBody<Script>>| {
            let (go_on, reached) = (go_on.clone(), reached.clone());
            async move {
                let mut body = Some(request.into_body());
                for drops in [false, true] {
                    reached.send(()).unwrap();
                    go_on.notified().await;
                    if drops {
                        body = None;
                    } else {
                        body.as_mut().unwrap().frame().await;
                    }
                }
                drop(body);
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        })
    };
    // Two frames: one is read, the other dropped unread.
    let layer = layer().with_body_budget(10 + 2 * 32);
    let service = layer.layer(slow_reader);
    let two_frames = || request(Script::new([b"01234", b"56789"].map(|data| Step::Data(Bytes::from_static(data)))));
    let kind = |answer: Response<_>| answer.extensions().get::<AuthError>().map(AuthError::kind);

    let other = layer.layer(Inner::new());
    let first = tokio::spawn(service.oneshot(two_frames()));
    arrivals.recv().await.unwrap();
    assert_eq!(kind(other.clone().oneshot(two_frames()).await.unwrap()), Some(AuthErrorKind::BudgetExhausted));
    go_on.notify_one();
    arrivals.recv().await.unwrap();
    // Room for one frame, not for two.
    let small = signed(&UstudioV2::new(), Request::post("/x"), b"01234");
    assert_eq!(kind(other.clone().oneshot(small).await.unwrap()), None);
    assert_eq!(kind(other.clone().oneshot(two_frames()).await.unwrap()), Some(AuthErrorKind::BudgetExhausted));
    go_on.notify_one();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(kind(other.oneshot(two_frames()).await.unwrap()), None);
}

#[tokio::test]
async fn clients_that_hang_up_give_the_budget_back() {
    let server = Server::start(layer().layer(Inner::new())).await;
    let credentials = ustudio_credentials("POST", "/x", BODY);
    let head = format!("POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nContent-Length: 10\r\n\r\n");
    for _ in 0..5 {
        let mut wire = Wire::connect(server.address()).await;
        wire.send(format!("{head}01234").as_bytes()).await;
        drop(wire);
        // The server may not know yet that nobody is there any more; in the end it does.
        loop {
            match Wire::exchange(server.address(), format!("{head}0123456789").as_bytes()).await.status {
                200 => break,
                503 => tokio::task::yield_now().await,
                other => panic!("{other}"),
            }
        }
    }
}
