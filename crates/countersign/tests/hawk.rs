//! Hawk's other half: responses that are signed, and clocks that are put right.

#![cfg(feature = "sign")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "whatever is unexpected stops the test")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::body::AuthBody;
use countersign::hmac::schemes::{Hawk, UstudioV2};
use countersign::hmac::{HawkResponseLayer, HmacScheme};
use countersign::sign::{SignLayer, verify_response};
use countersign::{
    AuthError, AuthErrorKind, Authenticated, Clock as _, HmacAuthLayer, KeyId, ManualClock, MemoryStore, Secret,
    sign_request,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, ServiceBuilder, ServiceExt as _, service_fn};

const NOW: u64 = 1_700_000_000;
const SIGNED: &str = "server-authorization";

fn at(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.checked_add_signed(seconds).unwrap())
}

fn secret() -> Secret {
    Secret::new("werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn").unwrap()
}

fn store() -> MemoryStore {
    MemoryStore::new().with_secret("dh37fgj492je", secret())
}

fn key() -> KeyId {
    KeyId::new("dh37fgj492je").unwrap()
}

fn guard(scheme: impl HmacScheme) -> HmacAuthLayer {
    HmacAuthLayer::new(scheme, store()).with_clock(ManualClock::new(at(0)))
}

fn request(method: Method, scheme: &impl HmacScheme) -> Request<()> {
    let request = Request::builder().method(method).uri("https://example.com/r?q=1").body(()).unwrap();
    let mut head = request.into_parts().0;
    sign_request(&mut head, b"", scheme, &key(), &secret(), at(0)).unwrap();
    Request::from_parts(head, ())
}

/// A response's body: its frames, an error where there is none, and how long it says that it is.
#[derive(Clone)]
struct Answer(VecDeque<Option<&'static str>>, Option<u64>);

impl Answer {
    fn of<const N: usize>(frames: [Option<&'static str>; N]) -> Self {
        let length = frames.iter().flatten().map(|frame| frame.len() as u64).sum();
        Self(frames.into(), Some(length))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(
            self.0.pop_front().map(|frame| frame.map(|data| Frame::data(Bytes::from(data))).ok_or("broken off")),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// What comes back: its fields, its frames, and whether it broke off.
struct Back {
    status: StatusCode,
    fields: HeaderMap,
    frames: Vec<Bytes>,
    broken: bool,
}

impl Back {
    fn body(&self) -> Vec<u8> {
        self.frames.concat()
    }

    fn is_digested(&self) -> bool {
        self.fields[SIGNED].to_str().unwrap().contains(", hash=\"")
    }

    /// What the client says of it; of other bytes than these, where it is told so.
    fn verified(&self, sent: &Request<()>, body: Option<&[u8]>) -> Option<AuthErrorKind> {
        let head = sent.clone().into_parts().0;
        verify_response(&head, &self.fields, body, &Hawk::new(), &secret()).err().map(|error| error.kind())
    }
}

/// The answer to this request, signed.
async fn answered(layer: HawkResponseLayer, sent: &Request<()>, response: Response<Answer>) -> Back {
    through(guard(Hawk::new()), layer, sent, response).await
}

async fn through(
    guard: HmacAuthLayer,
    layer: HawkResponseLayer,
    sent: &Request<()>,
    response: Response<Answer>,
) -> Back {
    let service = guard.layer(layer.layer(service_fn(move |_: Request<AuthBody<Full<Bytes>>>| {
        let (head, body) = (response.headers().clone(), response.body().clone());
        let mut answer = Response::new(body);
        (*answer.status_mut(), *answer.headers_mut()) = (response.status(), head);
        async move { Ok::<_, Infallible>(answer) }
    })));
    let response = service.oneshot(sent.clone().map(|()| Full::default())).await.unwrap();
    let (head, mut body) = response.into_parts();
    let mut back = Back { status: head.status, fields: head.headers, frames: Vec::new(), broken: false };
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => back.frames.push(frame.into_data().unwrap()),
            Err(_) => back.broken = true,
        }
    }
    back
}

fn json(body: Answer) -> Response<Answer> {
    Response::builder().header(header::CONTENT_TYPE, "Application/JSON; charset=utf-8").body(body).unwrap()
}

#[tokio::test]
async fn a_response_is_signed_for_its_request_and_nothing_of_it_can_be_changed() {
    let sent = request(Method::GET, &Hawk::new());
    let frames = [Some("{\"a\":"), Some(""), Some("1}")];
    let mut back = answered(HawkResponseLayer::new(), &sent, json(Answer::of(frames))).await;
    assert_eq!(back.status, 200);
    assert_eq!((back.body().as_slice(), back.frames.len()), (&b"{\"a\":1}"[..], 3), "handed on as it came");
    assert_eq!(back.verified(&sent, Some(b"{\"a\":1}")), None);
    assert_eq!(back.verified(&sent, None), None);
    assert_eq!(back.verified(&sent, Some(b"{\"a\":2}")), Some(AuthErrorKind::BadSignature));
    assert_eq!(back.verified(&sent, Some(b"")), Some(AuthErrorKind::BadSignature));
    // Another request with the same key has another nonce.
    let other = request(Method::GET, &Hawk::new());
    assert_eq!(back.verified(&other, None), Some(AuthErrorKind::BadSignature));
    let good = back.fields[SIGNED].to_str().unwrap().to_owned();
    for (from, to, kind) in [
        ("mac=\"", "mac=\"A", AuthErrorKind::BadSignature),
        ("hash=\"", "hash=\"A", AuthErrorKind::BadSignature),
        (", hash=", ", ext=", AuthErrorKind::BadSignature),
        ("Hawk mac", "Hawk ext=\"x\", mac", AuthErrorKind::BadSignature),
        ("Hawk mac", "Hawk other=\"x\", mac", AuthErrorKind::MalformedCredentials),
        ("Hawk mac", "Hawk hash=\"x\", mac", AuthErrorKind::MalformedCredentials),
        ("Hawk mac", "Basic mac", AuthErrorKind::MalformedCredentials),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good);
        back.fields.insert(SIGNED, changed.parse().unwrap());
        assert_eq!(back.verified(&sent, Some(b"{\"a\":1}")), Some(kind), "{changed}");
    }
    back.fields.insert(SIGNED, good.parse().unwrap());
    back.fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    assert_eq!(back.verified(&sent, Some(b"{\"a\":1}")), Some(AuthErrorKind::BadSignature), "the type is signed");
    back.fields.append(SIGNED, good.parse().unwrap());
    assert_eq!(back.verified(&sent, None), Some(AuthErrorKind::SeveralCredentials));
    back.fields.remove(SIGNED);
    assert_eq!(back.verified(&sent, None), Some(AuthErrorKind::MissingCredentials));
}

#[tokio::test]
async fn bodies_of_unknown_length_and_long_ones_are_handed_on_as_they_come() {
    let sent = || request(Method::GET, &Hawk::new());
    let three = || Answer::of([Some("one"), Some("two"), Some("three")]);
    let unknown = Answer(three().0, None);
    for (limit, body, digested) in [(11, three(), true), (10, three(), false), (11, unknown, false)] {
        let (sent, layer) = (sent(), HawkResponseLayer::new().with_body_limit(limit));
        let back = answered(layer, &sent, Response::new(body)).await;
        assert_eq!((back.is_digested(), back.body().as_slice()), (digested, &b"onetwothree"[..]));
        assert_eq!(back.verified(&sent, None), None);
        let refused = if digested { None } else { Some(AuthErrorKind::InsufficientCoverage) };
        assert_eq!(back.verified(&sent, Some(b"onetwothree")), refused);
    }
    // One that is longer than it said, and one that breaks off, come as they are.
    for (body, broken) in
        [(Answer(three().0, Some(3)), false), (Answer([Some("one"), Some("twothree"), None].into(), Some(11)), true)]
    {
        let sent = sent();
        let back = answered(HawkResponseLayer::new().with_body_limit(11), &sent, Response::new(body.clone())).await;
        assert_eq!((back.body().as_slice(), back.broken), (&b"onetwothree"[..], broken));
        let limited = answered(
            HawkResponseLayer::new().with_body_limit(3),
            &request(Method::GET, &Hawk::new()),
            Response::new(body),
        )
        .await;
        assert_eq!(limited.body(), b"onetwothree");
        assert!(!limited.is_digested());
    }
}

#[tokio::test]
async fn what_has_no_body_is_signed_without_one() {
    for (method, status, digested) in
        [(Method::GET, 200, true), (Method::HEAD, 200, false), (Method::GET, 204, false), (Method::GET, 304, false)]
    {
        let sent = request(method, &Hawk::new());
        let response = Response::builder().status(status).body(Answer::of([])).unwrap();
        let back = answered(HawkResponseLayer::new(), &sent, response).await;
        assert_eq!((back.is_digested(), back.verified(&sent, None)), (digested, None), "{status}");
    }
}

#[tokio::test]
async fn whoever_came_otherwise_gets_no_signature_and_a_forgotten_layer_is_found() {
    let body = || Answer::of([Some("body")]);
    let sent = request(Method::GET, &UstudioV2::new());
    let back = through(guard(UstudioV2::new()), HawkResponseLayer::new(), &sent, Response::new(body())).await;
    assert_eq!((back.status.as_u16(), back.fields.contains_key(SIGNED)), (200, false));
    let bare = Request::get("https://example.com/").body(()).unwrap();
    let back =
        through(guard(Hawk::new()).with_optional(), HawkResponseLayer::new(), &bare, Response::new(body())).await;
    assert_eq!((back.status.as_u16(), back.fields.contains_key(SIGNED)), (200, false));
    let back = through(guard(Hawk::new()), HawkResponseLayer::new(), &bare, Response::new(body())).await;
    assert_eq!((back.status.as_u16(), back.fields.contains_key(SIGNED)), (401, false));
    let alone = HawkResponseLayer::new()
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(Answer::of([])))));
    let response = alone.oneshot(bare).await.unwrap();
    assert_eq!(response.extensions().get::<AuthError>().unwrap().kind(), AuthErrorKind::Misconfigured);
    // Two types: which of them was meant cannot be told.
    let mut doubtful = json(body());
    doubtful.headers_mut().append(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    let sent = request(Method::GET, &Hawk::new());
    let back = answered(HawkResponseLayer::new(), &sent, doubtful).await;
    assert_eq!((back.body().as_slice(), back.fields.contains_key(SIGNED)), (&b"body"[..], false));
}

/// The key rides in the handler's request, and nobody can print it.
#[tokio::test]
async fn what_signs_the_response_shows_nothing() {
    let service = guard(Hawk::new()).layer(service_fn(async |request: Request<AuthBody<Full<Bytes>>>| {
        let shown = format!("{:?}", Authenticated::of(request.extensions()).unwrap());
        assert!(shown.contains("[REDACTED]"), "{shown}");
        assert!(!shown.contains("werx"), "{shown}");
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let sent = request(Method::GET, &Hawk::new()).map(|()| Full::<Bytes>::default());
    assert_eq!(service.oneshot(sent).await.unwrap().status(), 200);
}

/// A server that is `ahead` of the client, what it changes in what it tells, and how often it was asked.
async fn learns(
    ahead: i64,
    url: &'static str,
    change: impl Fn(&str) -> String + Clone + Send + Sync + 'static,
) -> (Vec<u16>, usize) {
    let clock = ManualClock::new(at(ahead));
    let guarded = HmacAuthLayer::new(Hawk::new(), store()).with_clock(clock.clone()).layer(service_fn(
        async |request: Request<AuthBody<Full<Bytes>>>| {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::new(Full::new(body)))
        },
    ));
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let server = ServiceBuilder::new()
        .map_request(move |request: Request<AuthBody<Full<Bytes>>>| {
            counter.fetch_add(1, Ordering::Relaxed);
            let body = request.body().size_hint().exact().unwrap();
            request.map(|_| Full::from(if body == 0 { "" } else { "body" }))
        })
        .map_response(move |mut response: Response<_>| {
            let told = response.headers().get(header::WWW_AUTHENTICATE).map(|value| change(value.to_str().unwrap()));
            if let Some(told) = told {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, told.parse().unwrap());
            }
            // Believed of other formats; never of this one.
            response.headers_mut().insert(header::DATE, httpdate::fmt_http_date(clock.now()).parse().unwrap());
            response
        })
        .service(guarded);
    let signing =
        SignLayer::new(Hawk::new(), key(), secret()).with_clock(ManualClock::new(at(0))).with_clock_learning();
    let client = signing.layer(server);
    let mut statuses = Vec::new();
    for body in ["body", ""] {
        let request = Request::post(url).body(Full::<Bytes>::from(body)).unwrap();
        statuses.push(client.clone().oneshot(request).await.unwrap().status().as_u16());
    }
    (statuses, asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_clock_is_put_right_by_a_time_that_is_proved_and_by_no_other() {
    const HTTPS: &str = "https://example.com/r";
    let as_it_is = |told: &str| told.to_owned();
    for (ahead, url) in
        [(61, HTTPS), (-61, HTTPS), (100_000_000, HTTPS), (-100_000_000, HTTPS), (3600, "http://example.com/r")]
    {
        assert_eq!(learns(ahead, url, as_it_is).await, (vec![200, 200], 3), "{ahead} s, {url}");
    }
    assert_eq!(learns(60, HTTPS, as_it_is).await, (vec![200, 200], 2), "nothing to learn");
    let changes: [fn(&str) -> String; 7] = [
        |told| told.replace("ts=\"1700", "ts=\"1800"),
        |told| told.replace("tsm=\"", "tsm=\"A"),
        |told| told.replace("tsm=", "other="),
        |told| told.replace("ts=\"", "ts=\"0"),
        |told| format!("{told}, ts=\"1700003600\""),
        |_| "Hawk".to_owned(),
        |_| "Hawk ts=\"1700003600\", tsm=\"\", error=\"Stale timestamp\"".to_owned(),
    ];
    for change in changes {
        assert_eq!(learns(3600, HTTPS, change).await, (vec![401, 401], 2), "nothing is learnt, of Date neither");
    }
}
