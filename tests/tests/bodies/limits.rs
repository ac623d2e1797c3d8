//! How much is read, and for how long.

use std::time::Duration;

use bytes::Bytes;
use countersign::hmac::schemes::UstudioV2;
use countersign::{AuthError, AuthErrorKind, HmacAuthLayer};
use countersign_tests::{Inner, Script, Server, Step, Wire, signed, store, ustudio_credentials};
use http::Request;
use tower::{Layer as _, ServiceExt as _};

fn layer() -> HmacAuthLayer {
    HmacAuthLayer::new(UstudioV2::new(), store())
}

fn request(body: Script) -> Request<Script> {
    signed(&UstudioV2::new(), Request::post("/x"), b"0123456789").map(|_| body)
}

/// The status and the kind of a refusal; nothing of it reaches the inner service.
async fn refusal(layer: &HmacAuthLayer, body: Script) -> (u16, AuthErrorKind) {
    let inner = Inner::new();
    let answer = layer.layer(inner.clone()).oneshot(request(body)).await.unwrap();
    assert_eq!(inner.calls(), 0);
    (answer.status().as_u16(), answer.extensions().get::<AuthError>().unwrap().kind())
}

async fn admits(layer: &HmacAuthLayer, body: Script) {
    assert_eq!(layer.layer(Inner::new()).oneshot(request(body)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_limit_itself_is_let_through_and_a_byte_more_is_not() {
    let (exact, one_less) = (layer().with_body_limit(10), layer().with_body_limit(9));
    let bodies: [fn() -> Script; 3] = [
        || Script::of("0123456789"),
        || Script::trickling(b"0123456789", 3),
        || Script::of("0123456789").declaring(10),
    ];
    for body in bodies {
        admits(&exact, body()).await;
        assert_eq!(refusal(&one_less, body()).await, (413, AuthErrorKind::BodyTooLarge));
    }
}

#[tokio::test]
async fn no_more_than_the_limit_is_read() {
    let endless = Script::new((0..1000).map(|_| Step::Data(Bytes::from_static(b"0123456789"))));
    let poller = endless.poller();
    assert_eq!(refusal(&layer().with_body_limit(95), endless).await, (413, AuthErrorKind::BodyTooLarge));
    assert_eq!(poller.bytes(), 100);
    let declared = Script::of("0123456789").declaring(96);
    let poller = declared.poller();
    assert_eq!(refusal(&layer().with_body_limit(95), declared).await, (413, AuthErrorKind::BodyTooLarge));
    assert_eq!(poller.polls(), 0);
}

#[tokio::test]
async fn chunks_over_the_limit_are_refused_on_the_wire() {
    let inner = Inner::new();
    let server = Server::start(layer().with_body_limit(8).layer(inner.clone())).await;
    let credentials = ustudio_credentials("POST", "/x", b"0123456789");
    let head =
        format!("POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let mut wire = Wire::connect(server.address()).await;
    // The last chunk is never sent: the answer comes without it.
    wire.send(format!("{head}5\r\n01234\r\n5\r\n56789\r\n").as_bytes()).await;
    assert_eq!(wire.answer().await.status, 413);
    assert_eq!(inner.calls(), 0);
}

#[test]
fn a_length_that_is_only_claimed_allocates_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let measured = |layer: HmacAuthLayer, body: Script| {
        let (service, request) = (layer.layer(Inner::new()), request(body));
        let mut status = 0;
        let allocated = allocation_counter::measure(|| {
            status = runtime.block_on(service.oneshot(request)).unwrap().status().as_u16();
        });
        (status, allocated.bytes_total)
    };
    let claiming = || Script::of("0123456789").declaring(HUGE);
    let (status, plain) = measured(layer(), Script::of("0123456789"));
    assert!(status == 200 && plain > 0);
    let (status, refused) = measured(layer(), claiming());
    assert!(status == 413 && refused < 2 * plain, "{status}: {refused} against {plain} bytes");
    // Where the limit would let it through, what is not there still costs nothing.
    let (status, unlimited) = measured(layer().with_body_limit(usize::MAX), claiming());
    assert!(status == 200 && unlimited < 2 * plain, "{status}: {unlimited} against {plain} bytes");
    // The measure sees what there is to see.
    assert!(allocation_counter::measure(|| drop(vec![0_u8; 1 << 20])).bytes_total > 2 * plain);
}

#[tokio::test]
async fn a_huge_length_is_refused_on_the_wire() {
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let credentials = ustudio_credentials("POST", "/x", b"0123456789");
    let head = format!("POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nContent-Length: {HUGE}\r\n\r\n");
    assert_eq!(Wire::exchange(server.address(), head.as_bytes()).await.status, 413);
    assert_eq!(inner.calls(), 0);
}

const HUGE: u64 = 1 << 60;

#[tokio::test(start_paused = true)]
async fn a_body_has_so_much_time_and_no_more() {
    let stalled = || Script::new([Step::Data(Bytes::from_static(b"01")), Step::Hang]);
    let started = tokio::time::Instant::now();
    assert_eq!(refusal(&layer(), stalled()).await, (408, AuthErrorKind::BodyTimedOut));
    assert_eq!(started.elapsed().as_secs(), 30);
    let started = tokio::time::Instant::now();
    let short = layer().with_body_timeout(Duration::from_secs(7));
    assert_eq!(refusal(&short, stalled()).await, (408, AuthErrorKind::BodyTimedOut));
    assert_eq!(started.elapsed().as_secs(), 7);
    // It is the whole body that has to be there in time, however often a little of it comes.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let dripping = tokio::spawn(async move {
        while sender.send(Bytes::from_static(b"0")).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let (head, _) = request(Script::empty()).into_parts();
    let started = tokio::time::Instant::now();
    let service = short.layer(Inner::new());
    let answer = service.oneshot(Request::from_parts(head, Dripping(receiver))).await.unwrap();
    assert_eq!((answer.status().as_u16(), started.elapsed().as_secs()), (408, 7));
    dripping.await.unwrap();
}

/// A byte now and then.
struct Dripping(tokio::sync::mpsc::Receiver<Bytes>);

impl http_body::Body for Dripping {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|data| data.map(|data| Ok(http_body::Frame::data(data))))
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_fault() {
    for steps in [vec![Step::Fail], vec![Step::Data(Bytes::from_static(b"0123456789")), Step::Wait, Step::Fail]] {
        assert_eq!(refusal(&layer(), Script::new(steps)).await, (400, AuthErrorKind::BodyFailed));
    }
    let inner = Inner::new();
    let server = Server::start(layer().layer(inner.clone())).await;
    let credentials = ustudio_credentials("POST", "/x", b"0123456789");
    let head =
        format!("POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: {credentials}\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(
        Wire::exchange(server.address(), format!("{head}a\r\n0123456789\r\nzz\r\n").as_bytes()).await.status,
        400
    );
    assert_eq!(inner.calls(), 0);
}
